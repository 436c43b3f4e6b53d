"""Snapshots of the totals, and their way to every screen."""
