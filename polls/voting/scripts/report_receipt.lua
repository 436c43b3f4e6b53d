-- Keeps what a phone has found out about its receipt in a live drill.
--
-- KEYS 1 reports of the poll's round (hash): by voter key the cast id and what was found; and how many found what
-- ARGV 1 voter key
--      2 cast id of the receipt
--      3 what was found: counted or missing
--      4 seconds for which the reports are kept
--
-- Returns 1 if it is news. One report of each voter is kept: that of the newest cast (ids of casts are in their order),
-- and of one cast that it is counted. May be repeated.
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before then
  local id, found = string.match(before, '(%S+) (%S+)')
  if id > ARGV[2] or (id == ARGV[2] and (found == 'counted' or found == ARGV[3])) then
    return 0
  end
  redis.call('HINCRBY', KEYS[1], found, -1)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
redis.call('HINCRBY', KEYS[1], ARGV[3], 1)
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
