#!lua flags=allow-oom
-- Says for a while that votes are being counted.
--
-- KEYS 1 the sign (string)   ARGV 1 seconds for which it holds
--
-- It runs without free memory too: counting goes on then. May be repeated.
redis.call('SET', KEYS[1], 1, 'EX', ARGV[1])
return 1
