"""Errors of libraries as text for our messages."""


def one_line(error: Exception) -> str:
    """Return an error's text without line breaks, as part of a sentence."""
    return " ".join(str(error).split())
