-- Keeps what was pressed last on a poll's remote.
--
-- KEYS 1 the poll's remote (hash)
-- ARGV 1 deed, 2 slug of the poll to go to, or empty, 3 milliseconds for which it is kept
--
-- Returns the number of the press: the milliseconds of Redis's clock, and greater than the one before, so that presses
-- of two polls have an order too. A second call is a second press of the same button, which changes nothing on a screen.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local press = math.max(now, tonumber(redis.call('HGET', KEYS[1], 'press') or '0') + 1)
redis.call('HSET', KEYS[1], 'press', string.format('%.0f', press), 'deed', ARGV[1], 'slug', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return press
