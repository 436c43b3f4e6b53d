"""The pages of a poll before any script runs."""

from typing import Any

import pytest

from polls.templatetags import pages
from tests.polls.results.test_chart import poll, snapshot


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


@pytest.mark.parametrize(
    ("state", "waiting", "text"),
    [
        ("open", 1, ", 1 vote on its way"),
        ("open", 1200, ", 1,200 votes on their way"),
        ("open", 0, ""),
        ("open", None, ""),
        ("final", 3, ""),
    ],
)
def test_an_open_poll_says_how_many_votes_are_on_their_way(state: str, waiting: int | None, text: str) -> None:
    seen = snapshot(poll("Cats", state=state), 1)
    seen["waiting"] = waiting
    assert pages.coming(seen) == text
    assert pages.coming(None) == ""
