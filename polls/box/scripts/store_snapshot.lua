#!lua flags=allow-oom
-- Stores a snapshot, unless the one stored is as new: a late worker can't put an older one over it.
--
-- KEYS 1 the poll's snapshot (hash)   ARGV 1 version
--                                          2 snapshot (JSON)
--
-- It runs without free memory too: votes are counted then, and pages prefer what stands here. It takes the place of one
-- of about the same length.
-- Returns 1 if it was stored. A second call changes nothing.
if tonumber(redis.call('HGET', KEYS[1], 'version') or '0') >= tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'json', ARGV[2])
return 1
