"""Numbers and shares, as the language of the page writes them."""

import pytest
from django.utils import translation

from core.web import texts


@pytest.mark.parametrize(
    ("language", "number", "share"),
    [("en", "100,000", "67%"), ("en-gb", "100,000", "67%"), ("es", "100\u00a0000", "67\u00a0%")],
)
def test_numbers_and_shares_are_written_as_the_language_does(language: str, number: str, share: str) -> None:
    with translation.override(language):
        assert (texts.spaced(100_000), texts.percent(67)) == (number, share)
