"""Texts that people have typed, and numbers as the language of the page writes them."""

import pytest
from django.utils import translation

from core.web import texts
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


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Wh\0ich?", "Which?"),
        ("\0", ""),
        ("\u200bTea\u202e", "Tea"),
        (" Tea\n and\tmilk ", "Tea and milk"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
    ],
)
def test_a_line_is_kept_as_it_is_seen(typed: str, kept: str):
    assert texts.clean(typed) == kept


@pytest.mark.parametrize(
    ("language", "number", "share"),
    [("en", "100,000", "67%"), ("en-gb", "100,000", "67%"), ("es", "100\u00a0000", "67\u00a0%")],
)
def test_numbers_and_shares_are_written_as_the_language_does(language: str, number: str, share: str) -> None:
    with translation.override(language):
        assert (texts.spaced(100_000), texts.percent(67)) == (number, share)


@pytest.mark.parametrize(
    ("number", "text"), [(1.7999, "1.8"), (1.74, "1.7"), (0.05001, "0.1"), (2, "2.0"), (9.96, "10.0"), (1e-7, "0.0")]
)
def test_a_number_with_a_point_is_rounded_not_cut_off(number: float, text: str):
    assert texts.decimal(number) == text
    with translation.override("es"):
        assert texts.decimal(number) == text.replace(".", ",")
