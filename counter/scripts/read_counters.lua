-- Read: counts nothing.
--
-- KEYS 1 ids of all counters here (set)   ARGV 1 prefix of a counter's key, before its id
--                                              2... ids of the counters to read; none: all
--
-- Returns a list of {id, epoch, number of visits in it, sum of the other epochs or nil}; an id that has no key is left
-- out.
local ids = {unpack(ARGV, 2)}
if #ids == 0 then
  ids = redis.call('SMEMBERS', KEYS[1])
end
local counters = {}
for _, id in ipairs(ids) do
  local counter = redis.call('HMGET', ARGV[1] .. id, 'epoch', 'number', 'base')
  if counter[1] then
    table.insert(counters, {id, counter[1], counter[2], counter[3]})
  end
end
return counters
