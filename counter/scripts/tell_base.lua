-- Tell: stores the sum of a counter's other epochs, unless Redis has begun another epoch meanwhile.
--
-- KEYS 1 the counter (hash)   ARGV 1 epoch that the sum leaves out
--                                  2 the sum
--
-- Returns 1 if it was stored. Safe to send twice.
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'base', ARGV[2])
return 1
