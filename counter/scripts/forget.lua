-- Forget: takes a counter away that Postgres knows no more.
--
-- KEYS 1 the counter (hash)               ARGV 1 id of the counter
--      2 ids of all counters here (set)
redis.call('DEL', KEYS[1])
return redis.call('SREM', KEYS[2], ARGV[1])
