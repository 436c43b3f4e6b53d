#!lua flags=allow-oom
-- Takes away what is kept of a poll that was deleted, its boxes excepted.
--
-- KEYS 1 greatest box number of the poll (string)   ARGV 1 poll id
--      2 the poll's bell (string)                        2 and all that follow: slugs that led to it
--      3 its snapshot (hash)
--      4 polls by slug (hash)
--
-- It runs without free memory too: it frees some.
-- Returns 1. A second call changes nothing.
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
for index = 2, #ARGV do
  -- Another poll may have taken the address since.
  if redis.call('HGET', KEYS[4], ARGV[index]) == ARGV[1] then
    redis.call('HDEL', KEYS[4], ARGV[index])
  end
end
return 1
