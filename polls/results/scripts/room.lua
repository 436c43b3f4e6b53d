-- Says how many screens of some polls a process has, and asks how many all processes have, and what was pressed last.
--
-- KEYS for each poll: its screens by process (hash), its remote (hash)
-- ARGV 1 process
--      2 milliseconds for which what a process says is true
--      3 and all that follow, for each poll: people, projectors
--
-- Returns for each poll: people, projectors, and of the remote: press (0 where nothing was pressed), deed, slug. Times
-- are Redis's. May be repeated.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
for poll = 1, #KEYS / 2 do
  local here, remote = KEYS[2 * poll - 1], KEYS[2 * poll]
  local people, projectors = tonumber(ARGV[2 * poll + 1]), tonumber(ARGV[2 * poll + 2])
  local others = redis.call('HGETALL', here)
  for index = 1, #others, 2 do
    local their_people, their_projectors, at = string.match(others[index + 1], '(%d+) (%d+) (%d+)')
    if others[index] ~= ARGV[1] then
      if now - at > tonumber(ARGV[2]) then
        redis.call('HDEL', here, others[index])
      else
        people, projectors = people + their_people, projectors + their_projectors
      end
    end
  end
  redis.call('HSET', here, ARGV[1], ARGV[2 * poll + 1] .. ' ' .. ARGV[2 * poll + 2] .. ' ' .. string.format('%.0f', now))
  redis.call('PEXPIRE', here, ARGV[2])
  local pressed = redis.call('HMGET', remote, 'press', 'deed', 'slug')
  for _, value in ipairs({people, projectors, tonumber(pressed[1] or 0), pressed[2] or '', pressed[3] or ''}) do
    table.insert(answer, value)
  end
end
return answer
