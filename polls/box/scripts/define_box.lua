-- Gives a box a newer definition. Web services learn of it with their next cast.
--
-- KEYS 1 the box (hash)              ARGV 1 version of the definition
--      2 polls by slug (hash)             2 definition (JSON)
--                                         3 closing time (milliseconds since 1970), or ''
--                                         4 slug
--                                         5 poll id
--
-- Returns 1 if it was taken: the box is there, takes casts, and its definition was older. A second call changes nothing.
local present = redis.call('HMGET', KEYS[1], 'definition_version', 'sealed')
-- A sealed one keeps the closing time that has sealed it, so that it can be told from one which the poll has now.
if not present[1] or present[2] or tonumber(present[1]) >= tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'definition_version', ARGV[1], 'definition', ARGV[2], 'closes_at', ARGV[3])
redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
return 1
