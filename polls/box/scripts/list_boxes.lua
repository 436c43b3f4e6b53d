-- What every box holds, in one step.
--
-- KEYS 1 all boxes (set of "poll:number")   ARGV 1 prefix of the keys
--
-- Returns {poll id, number, round, 1 if closed, casts waiting, definition version, age of the oldest cast in ms} for
-- each.
local now = redis.call('TIME')
local now_ms = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
local found = {}
for _, name in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local poll, number = string.match(name, '^(%d+):(%d+)$')
  local box = redis.call('HMGET', ARGV[1] .. poll .. ':box:' .. number, 'round', 'sealed', 'definition_version')
  if box[1] then
    local closed = box[2] or redis.call('GET', ARGV[1] .. poll .. ':box') ~= number
    local casts = ARGV[1] .. poll .. ':casts:' .. number
    local waiting = redis.call('XLEN', casts)
    local age = 0
    if waiting > 0 then
      local oldest = redis.call('XRANGE', casts, '-', '+', 'COUNT', 1)[1][1]
      age = now_ms - tonumber(string.match(oldest, '^%d+'))
    end
    found[#found + 1] = {poll, number, box[1], closed and 1 or 0, waiting, box[3], age}
  end
end
return found
