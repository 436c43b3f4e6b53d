"""The protocol as a model: the rules of a vote without servers, and a search for runs that break a promise."""
