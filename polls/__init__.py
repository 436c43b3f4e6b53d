"""Polls: from the press of a button to the totals on every screen."""
