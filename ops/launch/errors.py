"""Errors that stop a start."""


class CannotStart(Exception):
    """An error with one sentence for the person at the terminal: what is wrong, and what to do."""
