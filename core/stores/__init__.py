"""Redis and Postgres: clients, time limits, checks of their settings, and the job queue."""
