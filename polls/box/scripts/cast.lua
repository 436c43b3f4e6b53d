-- Cast: appends one ballot to the poll's open box, or says why not.
--
-- KEYS 1 greatest box number of the poll (string)   ARGV 1 number of the box that the web service means
--      2 that box (hash)                                 2 version of the definition the cast was checked against
--      3 the casts in it (stream)                        3 the cast (JSON)
--      4 the poll's bell (string)                        4 seconds after which a bell may be rung again
--      5 casts of this address (string)                  5 casts that an address may make in a minute, or 0: any
--      6 first casts in this box by voter key (hash)     6 voter key where votes can't be changed, or ''
--
-- Returns {'received', position, 1 if this cast has to ring the bell} or {'sealed'} or {'no_box'} or
-- {'definition', JSON of a newer one} or {'voted', position and first cast of this voter, with a space between} or
-- {'limited', seconds after which the address may cast again}.
-- Sent twice it appends twice, but where votes can't be changed; the tally counts a cast once.
local number = ARGV[1]
if redis.call('GET', KEYS[1]) ~= number then
  return {'no_box'}
end
local box = redis.call('HMGET', KEYS[2], 'definition_version', 'closes_at', 'sealed')
if not box[1] then
  return {'no_box'}
end
if box[3] then
  return {'sealed'}
end
if box[2] ~= '' then
  local now = redis.call('TIME')
  if tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000) >= tonumber(box[2]) then
    -- Written down, so that a clock that steps back opens nothing again.
    redis.call('HSET', KEYS[2], 'sealed', 1)
    return {'sealed'}
  end
end
if tonumber(box[1]) > tonumber(ARGV[2]) then
  return {'definition', redis.call('HGET', KEYS[2], 'definition')}
end
if ARGV[6] ~= '' then
  local first = redis.call('HGET', KEYS[6], ARGV[6])
  if first then
    return {'voted', first}
  end
end
if ARGV[5] ~= '0' then
  local used = redis.call('INCR', KEYS[5])
  if used == 1 then
    redis.call('EXPIRE', KEYS[5], 60)
  elseif used > tonumber(ARGV[5]) then
    return {'limited', redis.call('TTL', KEYS[5])}
  end
end
local position = redis.call('XADD', KEYS[3], '*', 'cast', ARGV[3])
if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[6], ARGV[6], position .. ' ' .. ARGV[3])
end
local rang = redis.call('SET', KEYS[4], 1, 'NX', 'EX', ARGV[4])
return {'received', position, rang and 1 or 0}
