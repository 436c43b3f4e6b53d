"""`bin/up`: every part of the system on this machine, started, watched, started again, and stopped in order.

`__main__` is bin/up itself: it makes ready what is needed, then becomes the process manager (`supervisor`, which reads
supervisord.conf). Every part begins as `part NAME`, which ends what an earlier one left behind and then becomes the
part's own command; `wait_until_ready` migrates and seeds, and says when all is up.
"""
