"""`bin/up`: starts all parts of the system on this machine, watches and restarts them, and stops them in order.

`__main__` is bin/up itself: it prepares the data folder, then becomes the process manager (`supervisor`, which reads
supervisord.conf). Every part begins as `part NAME`, which ends leftover processes and then becomes the part's own
command; `wait_until_ready` migrates and seeds, and prints the addresses when all is ready.
"""
