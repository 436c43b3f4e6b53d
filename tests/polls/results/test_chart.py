"""The chart of a snapshot, before any script runs."""

from typing import Any

import pytest

from polls.box.definition import Definition, Option
from polls.results.chart import SENTENCES
from polls.results.chart import of as chart_of
from polls.results.snapshots import ShownChoice, ranking

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


def snapshot(definition: Definition, *votes: int | None, voters: int | None = None) -> Any:
    shown = [number or 0 for number in votes]
    choices: list[ShownChoice] = [
        {"id": choice.id, "text": choice.text, "votes": number, "percent": number}
        for choice, number in zip(definition.choices, votes, strict=True)
    ]
    voters = sum(shown) if voters is None else voters
    known = {"poll": {"slug": "poll", "question": "Which?", "state": definition.state}, "voters": voters}
    return {**known, "choices": choices, **ranking(choices, voters)}


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

    assert chart_of(definition, snapshot(definition, *votes)).sentence == sentence


def test_a_tie_of_many_names_their_number() -> None:
    definition = poll(*"abcd")

    assert chart_of(definition, snapshot(definition, 2, 2, 2, 2)).sentence == "4 choices tie with 2 votes each."


def test_shares_are_of_the_voters_where_several_may_be_picked() -> None:
    definition = poll("Trains", "Buses", max_choices=2)

    found = chart_of(definition, snapshot(definition, 3, 1, voters=4))

    assert found.sentence == "In the lead: <b>Trains</b>, picked by 3 of 4 voters"
    assert [row.bar for row in found.rows] == ["93.75%", "31.25%"]


@pytest.mark.parametrize(("leader", "top"), [(33, 40), (30, 40), (0, 10), (99, 100), (100, 100)])
def test_the_scale_ends_at_the_next_full_ten(leader: int, top: int) -> None:
    definition = poll("Cats", "Dogs", "Fish", "Birds")
    others = [(100 - leader) // 3, (100 - leader) // 3, 100 - leader - 2 * ((100 - leader) // 3)]
    votes = [leader, *(others if leader else [0, 0, 0])]

    assert chart_of(definition, snapshot(definition, *votes)).ticks[-1] == ("100.00%", top)


def test_without_a_snapshot_the_tracks_are_empty() -> None:
    found = chart_of(poll("Cats", "Dogs"), None)

    assert found.hidden
    assert [row.choice.text for row in found.rows] == ["Cats", "Dogs"]
    assert found.sentence == SENTENCES["unread"].replace("'", "&#x27;")


def test_texts_of_people_are_escaped() -> None:
    definition = poll("<i>Cats", "Dogs")

    assert chart_of(definition, snapshot(definition, 1, 0)).sentence.startswith("In the lead: <b>&lt;i&gt;Cats</b>")


@pytest.mark.parametrize(("votes", "emptiness"), [([2, 1], ""), ([0, 0], "no-votes"), ([None, None], "hidden-result")])
def test_a_chart_without_votes_says_why(votes: list[int | None], emptiness: str) -> None:
    definition = poll("Cats", "Dogs")

    assert chart_of(definition, snapshot(definition, *votes)).emptiness == emptiness
