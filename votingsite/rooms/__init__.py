"""The rooms: pages of the admin that show what is in Redis and in Postgres. They read, whatever is typed."""
