"""Numbers as people type them, with a decimal point or a decimal comma."""

import re
from decimal import Decimal

from django.utils.formats import get_format

#: More digits than any number that somebody estimates has.
_MOST_LETTERS = 30


class NoNumberError(ValueError):
    """A text that is no number."""


def number(text: str) -> Decimal:
    """Return a typed number. Raises NoNumberError. static/estimate.js reads it in the same way.

    Point and comma both are taken for the decimal sign, but where the other one of the language groups thousands.
    """
    decimal = get_format("DECIMAL_SEPARATOR")
    group = "," if decimal == "." else "."
    kept = re.sub(r"\s", "", text).replace("\N{MINUS SIGN}", "-")
    if re.fullmatch(rf"-?\d{{1,3}}(\{group}\d{{3}})+(\{decimal}\d+)?", kept, re.ASCII):
        kept = kept.replace(group, "")
    kept = kept.replace(",", ".")
    if len(kept) > _MOST_LETTERS or not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", kept, re.ASCII):
        raise NoNumberError
    return Decimal(kept)
