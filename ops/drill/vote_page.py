"""Reading a vote page, as a voter does: its choices."""

import re

_CHOICE = re.compile(r'name="choice"[^>]*?value="(\d+)"|value="(\d+)"[^>]*?name="choice"')


def choices(text: str) -> list[str]:
    """Return the values that may be chosen."""
    return [one or other for one, other in _CHOICE.findall(text)]
