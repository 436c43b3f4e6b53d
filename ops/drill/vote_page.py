"""Reads the choices of a vote page."""

import re

_CHOICE = re.compile(r'name="choice"[^>]*?value="(\d+)"|value="(\d+)"[^>]*?name="choice"')


def choices(text: str) -> list[str]:
    """Return the values of the choices."""
    return [one or other for one, other in _CHOICE.findall(text)]
