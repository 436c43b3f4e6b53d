"""The public list of a poll's ballots: how it is made, found in, and checked."""
