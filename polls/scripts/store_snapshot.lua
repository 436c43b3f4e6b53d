-- Stores a snapshot, unless the one stored is as new: a late worker can't put an older one over it.
--
-- KEYS 1 the poll's snapshot (hash)   ARGV 1 version
--                                          2 snapshot (JSON)
--
-- Returns 1 if it was stored. A second call changes nothing.
if tonumber(redis.call('HGET', KEYS[1], 'version') or '0') >= tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'json', ARGV[2])
return 1
