"""Behind the web services: RQ jobs and the worker."""
