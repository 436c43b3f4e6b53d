"""What runs behind the web services: RQ jobs, their bell, and the worker."""
