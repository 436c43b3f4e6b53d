"""The admin's inspection: the pipeline, what is in Redis and Postgres, one vote's way. It reads, whatever is typed."""
