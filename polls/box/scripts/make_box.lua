-- Makes a box, unless the poll has had one of this number or a greater one. Every older box is closed by it: casts go
-- into the box of the greatest number only.
--
-- KEYS 1 greatest box number of the poll (string)   ARGV 1 number of the new box
--      2 the new box (hash)                              2 round
--      3 all boxes (set of "poll:number")                3 closing time (milliseconds since 1970), or ''
--      4 polls by slug (hash)                            4 definition (JSON)
--                                                        5 version of the definition
--                                                        6 poll id
--                                                        7 slug
--
-- Returns 1 if it was made. A second call changes nothing.
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], 'round', ARGV[2], 'closes_at', ARGV[3], 'definition', ARGV[4], 'definition_version', ARGV[5])
redis.call('SADD', KEYS[3], ARGV[6] .. ':' .. ARGV[1])
redis.call('HSET', KEYS[4], ARGV[7], ARGV[6])
return 1
