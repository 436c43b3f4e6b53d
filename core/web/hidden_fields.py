"""The hidden fields of our pages' forms, for programs that send them as browsers do."""

import re

_FIELD = re.compile(r'name="(csrfmiddlewaretoken|page)" value="([^"]*)"')


def of(text: str) -> dict[str, str]:
    """Return the hidden fields that a vote needs, by name; empty for a page without them."""
    return dict(_FIELD.findall(text))
