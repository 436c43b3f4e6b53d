"""Texts that people have typed."""

import pytest

from core.web.texts import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("7", 7),
        ("007", 7),
        ("999", 999),
        ("1000", None),
        ("0999", None),
        ("", None),
        ("-1", None),
        ("+1", None),
        (" 1", None),
        ("1_0", None),
        ("1.0", None),
        ("\u0661", None),
        ("\u00b2", None),
        ("9" * 10_000, None),
    ],
)
def test_a_whole_number_is_ascii_digits_alone(text: str, number: int | None):
    assert whole_number(text, 999) == number


def test_a_whole_number_is_at_most_what_postgres_holds():
    assert whole_number("9223372036854775807") == 2**63 - 1
    assert whole_number("9223372036854775808") is None
