"""Voting codes: they are read however they are typed, and none is guessed or good elsewhere."""

import itertools
import random
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import override_settings

from core.web import base32
from polls.electorate import codes, keys
from polls.electorate.codes import Code
from polls.electorate.electorates import Electorate, KeyGoneError
from polls.models import WhoMayVote


def electorate(scope: str = "poll:7") -> Electorate:
    return Electorate(WhoMayVote.CODES, scope, keys.present_mark())


@pytest.mark.parametrize("code", [Code(1, 0), Code(10_000, 3), Code(codes.MOST, codes.LAST_GENERATION)])
def test_a_code_says_its_number_and_generation(code: Code):
    written = codes.written(electorate(), code)
    assert (len(written), codes.read(electorate(), written)) == (codes.LENGTH, code)


def test_codes_of_neighbours_have_nothing_in_common():
    """No two of 10,000 are the same, and none begins or ends as the one before."""
    written = [codes.written(electorate(), Code(number, 0)) for number in range(1, 10_001)]
    pairs = list(itertools.pairwise(written))
    alike = sum(first[:4] == second[:4] or first[-4:] == second[-4:] for first, second in pairs)
    assert (len(set(written)), alike < 5) == (10_000, True)


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        codes.grouped,
        lambda code: f"  {code[:5]} {code[5:]}\n",
        lambda code: codes.grouped(code).replace("-", "\N{EN DASH}"),
        lambda code: code.replace("1", "l").replace("0", "o"),
        lambda code: code.replace("1", "I").replace("0", "O").replace("V", "u"),
        lambda code: "".join(chr(ord(letter) + 0xFEE0) for letter in code),
    ],
)
def test_it_is_read_however_it_is_typed(typed: Callable[[str], str]):
    for number in range(1, 200):
        code = Code(number, number % 16)
        assert codes.read(electorate(), typed(codes.written(electorate(), code))) == code


def test_another_poll_another_event_and_a_wrong_letter_are_none():
    written = codes.written(electorate(), Code(5, 0))
    assert [codes.read(electorate(scope), written) for scope in ("poll:8", "event:7")] == [None, None]
    for place in range(codes.LENGTH):
        other = random.choice([letter for letter in base32.ALPHABET if letter != written[place]])
        assert codes.read(electorate(), written[:place] + other + written[place + 1 :]) is None


@pytest.mark.parametrize("typed", ["", "x", "0" * 12, "0" * 13, "\0" * 12, "é" * 12, "7K4Q-2MXH-9T3C" * 50])
def test_what_is_no_code_is_none(typed: str):
    assert codes.read(electorate(), typed) is None


def test_a_code_outlives_its_secret_key_among_the_fallbacks():
    old = electorate()
    written, voter = codes.written(old, Code(5, 0)), old.voter_id(5)
    with override_settings(SECRET_KEY="another" * 8, SECRET_KEY_FALLBACKS=[]):
        assert codes.read(old, written) is None
        with pytest.raises(KeyGoneError):
            old.voter_id(5)
    with override_settings(SECRET_KEY="another" * 8, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert (codes.read(old, written), old.voter_id(5)) == (Code(5, 0), voter)
        assert electorate() != old


def test_an_electorate_is_one_word():
    word = str(electorate("event:3"))
    assert (Electorate.read(word), Electorate.read("")) == (electorate("event:3"), None)
