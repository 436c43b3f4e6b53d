#!lua flags=allow-oom
-- Seals a box: from here on nothing is appended to it. Where there is no such box, none of this number or a smaller one
-- can be made any more.
--
-- KEYS 1 greatest box number of the poll (string)   ARGV 1 number of the box
--      2 the box (hash)
--
-- It runs without free memory too: counting what is in a closed box is what frees it.
-- Returns 1 if the box is there. A second call changes nothing.
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1])
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  return 0
end
redis.call('HSET', KEYS[2], 'sealed', 1)
return 1
