"""What runs behind the doors: RQ jobs, their bell, and the worker."""
