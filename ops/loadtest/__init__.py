"""The load test: a room of phones that arrive, vote and keep watching; measures their waits.

A black-box test: it knows only addresses and pages.
"""
