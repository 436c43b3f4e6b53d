"""The vote page: its poster in the place of the ballot, and the words of each choice."""

from types import SimpleNamespace
from typing import Any

import pytest

from polls.box.definition import Option
from polls.templatetags import ballots
from tests.polls.results.test_chart import poll


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (503, "unknown", "unknown"),
        (503, "not_recorded", "not_recorded"),
        (409, "closed", "closed"),
        (410, "lost", "lost"),
        (409, "not_open", ""),
        (409, "other_round", ""),
        (400, "bad_choice", ""),
        (429, "too_many", ""),
    ],
)
def test_a_refusal_has_a_page_or_a_line(code: int, status: str, kind: str) -> None:
    found = ballots.standing(poll("Cats", "Dogs"), None, {"code": code, "status": status, "detail": ""}, [2])

    assert found == ballots.Standing(kind, "Dogs", 1, has_chosen=True)


@pytest.mark.parametrize(("state", "word"), [("scheduled", "Soon"), ("sealing", "Closed"), ("final", "Closed")])
def test_a_poll_that_is_not_open_says_so_to_who_has_not_voted(state: str, word: str) -> None:
    assert ballots.standing(poll("Cats", state=state), None, None, []) == ballots.Standing(
        state, word, None, has_chosen=False
    )


def test_a_half_is_taken_or_the_other_one_once_there_is_a_vote() -> None:
    mine: Any = SimpleNamespace(selections=[2])

    assert [ballots.taken(choice_id, mine) for choice_id in (1, 2)] == ["other", "picked"]
    assert ballots.taken(1, None) == ""


@pytest.mark.parametrize(("text", "name"), [("x" * 14, "x" * 14), ("x" * 15, "B")])
def test_a_long_name_is_told_by_its_letter(text: str, name: str) -> None:
    assert ballots.short_name(Option(7, text, 1)) == name


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("sending", "<b>Sending</b>"),
        ("waiting", "<b>Received</b>, still waiting"),
        ("paused", "<b>Received</b>, counting is paused"),
        ("received", "<b>Received</b>, not yet counted"),
    ],
)
def test_a_vote_on_its_way_says_how_far_it_is(status: str, text: str) -> None:
    assert ballots.on_its_way(status) == text
