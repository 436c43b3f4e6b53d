-- What every box holds, in one step.
--
-- KEYS 1 all boxes (set of "poll:number")   ARGV 1 prefix of the keys
--
-- Returns {poll id, number, round, 1 if closed, casts waiting, definition version} for each.
local found = {}
for _, name in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local poll, number = string.match(name, '^(%d+):(%d+)$')
  local box = redis.call('HMGET', ARGV[1] .. poll .. ':box:' .. number, 'round', 'sealed', 'definition_version')
  if box[1] then
    local closed = box[2] or redis.call('GET', ARGV[1] .. poll .. ':box') ~= number
    local waiting = redis.call('XLEN', ARGV[1] .. poll .. ':casts:' .. number)
    found[#found + 1] = {poll, number, box[1], closed and 1 or 0, waiting, box[3]}
  end
end
return found
