"""The pages of a poll before any script runs."""

from typing import Any

import pytest

from polls.templatetags import pages
from tests.polls.results.test_chart import poll


@pytest.mark.parametrize(
    ("snapshot", "text"),
    [
        ({"waiting": 0}, "Every vote is counted; the result is about to be final."),
        ({"waiting": 1}, "1 vote is still to be counted."),
        ({"waiting": 1200}, "1,200 votes are still to be counted."),
        ({"waiting": None}, pages.WAITS["unknown"]),
        ({}, "The last ones are still being counted."),
        (None, "The last ones are still being counted."),
    ],
)
def test_a_closing_poll_says_how_many_votes_still_wait(snapshot: Any, text: str) -> None:
    assert pages.waits(snapshot)["text"] == text


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
    found = pages.standing(poll("Cats", "Dogs"), None, {"code": code, "status": status, "detail": ""}, [2])

    assert found == pages.Standing(kind, "Dogs", 1, has_chosen=True)


@pytest.mark.parametrize(("state", "word"), [("scheduled", "Soon"), ("sealing", "Closed"), ("final", "Closed")])
def test_a_poll_that_is_not_open_says_so_to_who_has_not_voted(state: str, word: str) -> None:
    assert pages.standing(poll("Cats", state=state), None, None, []) == pages.Standing(
        state, word, None, has_chosen=False
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("Cats", "size-1"),
        ("Trains", "size-2"),
        ("Night buses", "size-3"),
        ("Keep the lecture in the morning", "size-4"),
        ("Donaudampfschiffahrt", "size-5"),
        ("x" * 200, "size-6"),
        ("", "size-1"),
    ],
)
def test_a_name_is_as_large_as_its_letters_allow(text: str, size: str) -> None:
    assert pages.poster(text) == size
