#!lua flags=allow-oom
-- Adds an entry to the history, unless somebody has in these few seconds: one writer is enough, many do no harm.
--
-- KEYS 1 the history (stream)   ARGV 1 the entry (JSON)
--                                    2 ms between two entries
--                                    3 entries that are kept
--
-- An entry's id is the beginning of its span of time. A history that a clock has brought into the future begins anew.
local now = redis.call('TIME')
local now_ms = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
local span = tonumber(ARGV[2])
local id = now_ms - now_ms % span
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if newest then
  local last = tonumber(string.match(newest[1], '^%d+'))
  if last > now_ms + span then
    redis.call('DEL', KEYS[1])
  elseif last >= id then
    return 0
  end
end
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], string.format('%.0f-1', id), 'entry', ARGV[1])
redis.call('PEXPIRE', KEYS[1], span * tonumber(ARGV[3]))
return 1
