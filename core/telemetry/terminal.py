"""Texts for terminals that can't print every letter."""

import io
import sys


def print_what_can_be() -> None:
    """Make this process print `?` for each letter that the terminal can't show. May be repeated."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def can_print(text: str, encoding: str) -> bool:
    """Tell whether a terminal with this encoding can print the text."""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
