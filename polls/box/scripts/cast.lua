-- Cast: appends one ballot to the poll's open box, or says why not.
--
-- KEYS 1 greatest box number of the poll (string)   ARGV 1 number of the box that the web service means
--      2 that box (hash)                                 2 version of the definition the cast was checked against
--      3 the casts in it (stream)                        3 the cast (JSON)
--      4 the poll's bell (string)                        4 seconds after which a bell may be rung again
--      5 casts of this address (string)                  5 casts that an address may make in a minute, or 0: any
--      6 first casts in this box by voter key (hash)     6 voter key where votes can't be changed, or ''
-- and, of a voter who may be new, where a poll limits how fast they come (else none of these):
--      7 voters of this network in this minute (set)     7 voter key
--      8 voters of this network in this hour (set)       8 new voters that a network may have in a minute, or 0: any
--                                                        9 seconds of a minute
--                                                       10 voters in an hour after whom work is asked for, or 0: never
--                                                       11 seconds of an hour
--                                                       12 1 if the voter's browser has done the work, or 0
--
-- Returns {'received', position, 1 if this cast has to ring the bell} or {'sealed'} or {'no_box'} or
-- {'definition', JSON of a newer one} or {'voted', position and first cast of this voter, with a space between} or
-- {'limited', seconds after which the address may cast again} or {'crowded', seconds after which the network may have
-- new voters again} or {'slowed', voters of the network in this hour}.
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
if ARGV[7] then
  local per_minute, slow_after = tonumber(ARGV[8]), tonumber(ARGV[10])
  -- Whether so many voters are in a window that this one, who is not among them, is one too many.
  local function is_full(window, most)
    return most > 0 and redis.call('SISMEMBER', window, ARGV[7]) == 0 and redis.call('SCARD', window) >= most
  end
  if is_full(KEYS[7], per_minute) then
    return {'crowded', redis.call('TTL', KEYS[7])}
  end
  if ARGV[12] == '0' and is_full(KEYS[8], slow_after) then
    return {'slowed', redis.call('SCARD', KEYS[8])}
  end
  if per_minute > 0 and redis.call('SADD', KEYS[7], ARGV[7]) == 1 and redis.call('SCARD', KEYS[7]) == 1 then
    redis.call('EXPIRE', KEYS[7], ARGV[9])
  end
  if slow_after > 0 and redis.call('SADD', KEYS[8], ARGV[7]) == 1 and redis.call('SCARD', KEYS[8]) == 1 then
    redis.call('EXPIRE', KEYS[8], ARGV[11])
  end
end
local position = redis.call('XADD', KEYS[3], '*', 'cast', ARGV[3])
if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[6], ARGV[6], position .. ' ' .. ARGV[3])
end
local rang = redis.call('SET', KEYS[4], 1, 'NX', 'EX', ARGV[4])
return {'received', position, rang and 1 or 0}
