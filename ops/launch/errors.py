"""Errors that stop a start."""


class CannotStart(Exception):
    """An error with one sentence for the person who typed the command: what is wrong, and what to do."""
