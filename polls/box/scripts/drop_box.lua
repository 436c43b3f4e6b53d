-- Takes a box away, if it is closed and everything in it was counted and deleted.
--
-- KEYS 1 greatest box number of the poll (string)   ARGV 1 number of the box
--      2 the box (hash)                                  2 poll id
--      3 the casts in it (stream)                        3 1: whatever is in it goes with it (a reset)
--      4 all boxes (set of "poll:number")
--      5 first casts in it by voter key (hash)
--
-- Returns 1 if it is gone. A second call changes nothing.
local open = redis.call('GET', KEYS[1]) == ARGV[1] and not redis.call('HGET', KEYS[2], 'sealed')
if ARGV[3] ~= '1' and (open or redis.call('XLEN', KEYS[3]) > 0) then
  return 0
end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[5])
redis.call('SREM', KEYS[4], ARGV[2] .. ':' .. ARGV[1])
return 1
