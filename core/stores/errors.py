"""The errors of others as text of ours."""


def one_line(error: Exception) -> str:
    """Return an error's text without line breaks, as part of a sentence."""
    return " ".join(str(error).split())
