"""Texts for terminals, without what a terminal would obey."""

import io
import sys


def print_what_can_be() -> None:
    """Let this process print a question mark in the place of what its terminal has no letter for. May be repeated."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def can_print(text: str, encoding: str) -> bool:
    """Tell whether a terminal of this encoding has all these letters."""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
