-- Keeps a copy of an agenda, unless a newer one is there.
--
-- KEYS 1 the agenda (JSON)
--      2 and all that follow: for each poll of it, the address of its event
-- ARGV 1 version of the agenda
--      2 the agenda
--      3 address of the event
--      4 seconds until it expires
--
-- Returns whether it was kept. May be repeated.
local present = redis.call('GET', KEYS[1])
if present and cjson.decode(present).version > tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[4])
for index = 2, #KEYS do
  redis.call('SET', KEYS[index], ARGV[3], 'EX', ARGV[4])
end
return 1
