"""Commands that look at the running system."""
