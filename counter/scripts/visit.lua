-- Visit: counts one, in the counter's epoch.
--
-- KEYS 1 the counter (hash)                ARGV 1 id of the counter
--      2 ids of all counters here (set)         2 random id of the visit; also the epoch's, if this key has to be made
--      3 the counters' bell (string)            3 milliseconds after which the bell may be rung again
--      4 ids of the last visits (list)          4 how many of these are kept
--      5 there if this visit is void (string)
--
-- Returns {epoch, number of visits in it, sum of the other epochs or nil, 1 if this visit has to ring the bell}.
-- Sent twice it counts twice. Void is a visit that came so late that Postgres has counted it: nobody waits for its reply.
if redis.call('EXISTS', KEYS[5]) == 1 then
  return redis.error_reply('this visit was counted elsewhere')
end
redis.call('LPUSH', KEYS[4], ARGV[2])
redis.call('LTRIM', KEYS[4], 0, ARGV[4] - 1)
if redis.call('HSETNX', KEYS[1], 'epoch', ARGV[2]) == 1 then
  redis.call('SADD', KEYS[2], ARGV[1])
end
local number = redis.call('HINCRBY', KEYS[1], 'number', 1)
local told = redis.call('HMGET', KEYS[1], 'epoch', 'base')
local rang = redis.call('SET', KEYS[3], 1, 'NX', 'PX', ARGV[3])
return {told[1], number, told[2], rang and 1 or 0}
