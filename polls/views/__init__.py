"""The public pages and the API."""
