"""What voters read off a vote page: the fields of its form, and its choices."""

import re

_FIELD = re.compile(r'name="(csrfmiddlewaretoken|page)" value="([^"]*)"')
_CHOICE = re.compile(r'name="choice"[^>]*?value="(\d+)"|value="(\d+)"[^>]*?name="choice"')


def fields(text: str) -> dict[str, str]:
    """Return the hidden fields that a vote has to have, by name."""
    return dict(_FIELD.findall(text))


def choices(text: str) -> list[str]:
    """Return the values that may be chosen."""
    return [one or other for one, other in _CHOICE.findall(text)]
