"""The API for programs: polls, events, results, votes and counters, and what hosts do with an access token."""
