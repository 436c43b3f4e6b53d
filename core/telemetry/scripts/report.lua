#!lua flags=allow-oom
-- Takes a process's report, or only its sign of life, and forgets processes that are long gone.
--
-- KEYS 1 reports (hash: process, report)    ARGV 1 the process
--      2 when each was heard (sorted set)        2 its report (JSON), or '': it only says that it is alive
--      3 the history (stream)                    3 ms after which a silent process is forgotten
--                                                4 ms between two entries of the history
--
-- It runs without free memory too: a report takes the place of the one before. May be repeated.
-- Returns {seconds, microseconds of Redis's clock, 1 if an entry of the history is due}.
local now = redis.call('TIME')
local now_ms = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
redis.call('ZADD', KEYS[2], string.format('%.0f', now_ms), ARGV[1])
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now_ms - tonumber(ARGV[3])))) do
  redis.call('ZREM', KEYS[2], gone)
  redis.call('HDEL', KEYS[1], gone)
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
local newest = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
-- Also where a clock has brought the newest entry into the future: remember.lua begins anew then.
local due = not newest or math.abs(now_ms - tonumber(string.match(newest[1], '^%d+'))) >= tonumber(ARGV[4])
return {now[1], now[2], due and 1 or 0}
