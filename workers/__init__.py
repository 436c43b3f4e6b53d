"""The worker and its RQ jobs."""
