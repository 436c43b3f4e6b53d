"""The commands `loadtest` and `bench`."""
