-- Begin anew: Redis was put back from an older copy, so its numbers of this epoch have been counted before.
--
-- KEYS 1 the counter (hash)   ARGV 1 epoch that Postgres was asked about
--                                  2 number of visits that Postgres has for it
--                                  3 a fresh random epoch
--
-- Compared here once more: whoever read the number may have been paused while it grew.
-- Returns 1 if a new epoch was begun. Safe to send twice.
local counter = redis.call('HMGET', KEYS[1], 'epoch', 'number')
if counter[1] ~= ARGV[1] or tonumber(counter[2]) >= tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[3], 'number', 0)
redis.call('HDEL', KEYS[1], 'base')
return 1
