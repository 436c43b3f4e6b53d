-- Settle: says whether a visit in doubt was counted here; if not, it is void from here on.
--
-- KEYS 1 ids of the last visits (list)     ARGV 1 id of the visit
--      2 there if it is void (string)           2 seconds for which it is void
--
-- Returns 1 if it was counted, 0 if it never will be. Safe to send twice.
if redis.call('LPOS', KEYS[1], ARGV[1]) then
  return 1
end
redis.call('SET', KEYS[2], 1, 'EX', ARGV[2])
return 0
