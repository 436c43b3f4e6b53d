"""The pages of a poll before any script runs."""

from typing import Any

import pytest

from polls.box.definition import Definition, Option
from polls.templatetags import pages

NO_VOTES = "No votes yet."


def poll(*texts: str, state: str = "open", max_choices: int = 1, rule: str = "always") -> Definition:
    return Definition(
        id=1,
        slug="poll",
        code="k7",
        question="Which?",
        choices=tuple(Option(index + 1, text, index) for index, text in enumerate(texts)),
        max_choices=max_choices,
        result_rule=rule,
        voter_salt="00",
        opens_at=None,
        closes_at=None,
        state=state,
        round=1,
        box=1,
        version=1,
    )


def snapshot(definition: Definition, *votes: int | None, voters: int | None = None) -> dict[str, Any]:
    shown = [number or 0 for number in votes]
    choices = [
        {"id": choice.id, "text": choice.text, "votes": number, "percent": number}
        for choice, number in zip(definition.choices, votes, strict=True)
    ]
    return {
        "poll": {"slug": "poll", "question": "Which?", "state": definition.state},
        "voters": sum(shown) if voters is None else voters,
        "choices": choices,
    }


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
def test_a_closing_poll_says_how_many_votes_are_still_to_be_counted(snapshot: dict[str, Any] | None, text: str) -> None:
    assert pages.waits(snapshot)["text"] == text


@pytest.mark.parametrize(
    ("state", "votes", "sentence"),
    [
        ("open", [0, 0], NO_VOTES),
        ("final", [0, 0], "Nobody voted."),
        ("open", [1, 0], "In the lead: <b>Cats</b>, the only vote"),
        ("open", [1200, 3], "In the lead: <b>Cats</b>, 1,200 of 1,203 votes"),
        ("final", [1, 2], "<b>Dogs</b> won with 2 of 3 votes."),
        ("open", [1, 1], "<b>Cats</b> and <b>Dogs</b> tie with 1 vote each."),
        ("open", [5, 5], "<b>Cats</b> and <b>Dogs</b> tie with 5 votes each."),
        ("open", [None, None], "The result is shown after closing."),
    ],
)
def test_the_sentence_says_who_leads(state: str, votes: list[int | None], sentence: str) -> None:
    definition = poll("Cats", "Dogs", state=state, rule="after_close" if None in votes else "always")

    assert pages.chart(definition, snapshot(definition, *votes)).sentence == sentence


def test_a_tie_of_many_names_their_number() -> None:
    definition = poll(*"abcd")

    assert pages.chart(definition, snapshot(definition, 2, 2, 2, 2)).sentence == "4 choices tie with 2 votes each."


def test_shares_are_of_the_voters_where_several_may_be_picked() -> None:
    definition = poll("Trains", "Buses", max_choices=2)

    chart = pages.chart(definition, snapshot(definition, 3, 1, voters=4))

    assert chart.sentence == "In the lead: <b>Trains</b>, picked by 3 of 4 voters"
    assert [row.bar for row in chart.rows] == ["93.75%", "31.25%"]


@pytest.mark.parametrize(("leader", "top"), [(33, 40), (30, 40), (0, 10), (99, 100), (100, 100)])
def test_the_scale_ends_at_the_next_full_ten(leader: int, top: int) -> None:
    definition = poll("Cats", "Dogs", "Fish", "Birds")
    others = [(100 - leader) // 3, (100 - leader) // 3, 100 - leader - 2 * ((100 - leader) // 3)]
    votes = [leader, *(others if leader else [0, 0, 0])]

    assert pages.chart(definition, snapshot(definition, *votes)).ticks[-1] == ("100.00%", top)


def test_without_a_snapshot_the_tracks_are_empty() -> None:
    chart = pages.chart(poll("Cats", "Dogs"), None)

    assert chart.hidden
    assert [row.choice.text for row in chart.rows] == ["Cats", "Dogs"]
    assert chart.sentence == pages.SENTENCES["unread"].replace("'", "&#x27;")


def test_texts_of_people_are_escaped() -> None:
    definition = poll("<i>Cats", "Dogs")

    assert pages.chart(definition, snapshot(definition, 1, 0)).sentence.startswith("In the lead: <b>&lt;i&gt;Cats</b>")


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
    assert pages.coming(snapshot(poll("Cats", state=state), 1) | {"waiting": waiting}) == text
    assert pages.coming(None) == ""


@pytest.mark.parametrize(("votes", "emptiness"), [([2, 1], ""), ([0, 0], "no-votes"), ([None, None], "hidden-result")])
def test_a_chart_without_votes_says_why(votes: list[int | None], emptiness: str) -> None:
    definition = poll("Cats", "Dogs")

    assert pages.chart(definition, snapshot(definition, *votes)).emptiness == emptiness
