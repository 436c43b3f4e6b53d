"""The load test: a room of phones that arrive, vote and keep watching, and what they waited for.

Black box: it knows addresses and pages, and nothing of what is behind them.
"""
