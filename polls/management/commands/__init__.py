"""Commands of the polls."""
