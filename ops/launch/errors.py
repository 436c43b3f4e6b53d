"""What stops a start."""


class CannotStart(Exception):
    """One sentence for the person who typed the command: what is wrong, and what to do."""
