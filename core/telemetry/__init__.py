"""What each process measures of its own work, and says in Redis."""
