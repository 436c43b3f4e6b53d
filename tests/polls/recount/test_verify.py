"""The file of a public list, and what verifying it finds."""

import json
import random
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from polls.models import BallotListPart, Poll
from polls.recount import lists, sketch, verify
from polls.recount.file import BadFileError
from polls.recount.verify import Verified
from tests.polls.recount.generated import KINDS, make, pure_file, tampered, text_of


def verified(text: str, published: str | None = None) -> Verified:
    def lines() -> Iterator[bytes]:
        return iter(BytesIO(text.encode()))

    return verify.verify(lines, published)


def faults(found: Verified) -> set[tuple[str, str]]:
    return {(fault.what, fault.receipt) for fault in found.faults}


@pytest.fixture(params=sorted(KINDS))
def poll(request: pytest.FixtureRequest) -> Poll:
    """A final poll of each kind."""
    return make(request.param, 300)


def test_every_kind_is_recounted_to_its_result(poll: Poll):
    text = text_of(poll)
    made = lists.public(poll.pk)
    assert made is not None
    found = verified(text, made.commitment)
    assert (found.differences, found.faults, found.is_published, found.agrees) == ([], [], True, True)
    assert found.rows == found.head["result"]["voters"] == poll.tally.voters > 250


def test_a_list_that_another_worker_has_made_stays():
    poll = make("one", 20)
    parts = BallotListPart.objects.filter(list=poll.pk).values_list("pk", flat=True)
    before = list(parts)
    lists.make(poll.pk)
    assert list(parts.all()) == before != []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_hundred_thousand_ballots_of_every_kind_agree(name: str):
    found = verified(text_of(make(name, 100_000)))
    assert (found.agrees, found.differences, found.rows > 95_000) == (True, [], True)


def test_a_row_says_nothing_but_receipt_and_selections(poll: Poll):
    text = text_of(poll)
    _, *rows = text.splitlines()
    read = [json.loads(row) for row in rows]
    assert [len(row) for row in read] == [2] * len(read)
    assert [receipt for receipt, _ in read] == sorted(receipt for receipt, _ in read)
    assert all(str(ballot.voter_key) not in text for ballot in poll.ballots.all()[:20])


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_changed_dropped_and_added_row_are_named(name: str):
    lines = pure_file(name, 300)
    changed, named = tampered(lines)
    found = verified("\n".join([*changed, ""]))
    assert (faults(found), found.agrees) == (named, False)
    at = {fault.what: fault.line for fault in found.faults}
    assert at == {"changed": 21, "dropped": 0, "added": len(lines)}


@pytest.mark.parametrize("do", ["change", "drop", "add"])
def test_each_alone_is_named(do: str):
    head, *rows = pure_file("one", 200)
    code, (selection,) = json.loads(rows[7])
    others = [choice["id"] for choice in json.loads(head)["choices"] if choice["id"] != selection]
    line = json.dumps([code, others[:1]], separators=(",", ":"))
    tampered = {
        "change": [*rows[:7], line, *rows[8:]],
        "drop": rows[:7] + rows[8:],
        "add": [*rows[:8], line, *rows[8:]],
    }
    found = verified("\n".join([head, *tampered[do], ""]))
    assert faults(found) == {({"change": "changed", "drop": "dropped", "add": "added"}[do], code)}
    assert {difference.name for difference in found.differences} - {"ballots", "voters"} != set()


def test_of_a_row_that_stands_there_twice_one_is_named():
    head, *rows = pure_file("one", 100)
    found = verified("\n".join([head, *rows[:10], *rows[9:], ""]))
    assert [(fault.what, fault.receipt, fault.line) for fault in found.faults] == [
        ("added", json.loads(rows[9])[0], 12)
    ]


def test_fifty_changed_rows_are_named():
    head, *rows = pure_file("one", 2000)
    ids = [choice["id"] for choice in json.loads(head)["choices"]]
    expected = set()
    for place in random.Random(5).sample(range(len(rows)), 50):
        code, (selection,) = json.loads(rows[place])
        rows[place] = json.dumps([code, [ids[(ids.index(selection) + 1) % 3]]], separators=(",", ":"))
        expected.add(("changed", code))
    assert faults(verified("\n".join([head, *rows, ""]))) == expected


def test_too_many_rows_to_name_are_said_to_be():
    head, *rows = pure_file("one", 2000)
    found = verified("\n".join([head, *rows[:1000], ""]))
    assert (found.are_too_many, found.faults, found.agrees) == (True, [], False)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_rows_out_of_place_and_unreadable_ones_are_named(name: str):
    head, *rows = pure_file(name, 300)
    swapped = [*rows[:3], rows[4], rows[3], *rows[5:]]
    found = verified("\n".join([head, *swapped, ""]))
    assert faults(found) == {("misplaced", json.loads(rows[3])[0])}
    found = verified("\n".join([head, *rows[:3], '["7K4"]', *rows[4:], ""]))
    assert faults(found) == {("unreadable", ""), ("dropped", json.loads(rows[3])[0])}


def test_another_head_than_the_published_one_is_said_to_be(poll: Poll):
    made = lists.public(poll.pk)
    assert made is not None
    head, *rows = text_of(poll).splitlines()
    forged: Any = json.loads(head)
    forged["result"]["voters"] += 1
    found = verified("\n".join([json.dumps(forged), *rows, ""]), made.commitment)
    assert (found.is_published, found.agrees) == (False, False)
    assert [(each.name, each.recounted - each.said) for each in found.differences] == [("voters", -1)]


@pytest.mark.parametrize("text", ["", "{}", "[1]\n", "null\n", '{"format":"votingsite ballots","version":1}\n'])
def test_another_file_is_refused_in_a_sentence(text: str):
    with pytest.raises(BadFileError, match=r"\.$"):
        verified(text)


@pytest.mark.parametrize(
    ("name", "forged"),
    [
        ("one", {"sketch": 5}),
        ("one", {"sketch": [5] * sketch.CELLS}),
        ("one", {"sketch": {}}),
        ("one", {"question": "\ud800"}),
        ("one", {"result": None}),
        ("one", {"result": {}}),
        ("one", {"result": {"voters": 100, "more": {}}}),
        ("one", {"result": {"voters": 100, "votes": [1, 2, 3]}, "kind": "rank"}),
        ("one", {"result": {"voters": 100, "votes": [1, 2, 3], "more": 5}, "kind": "rank"}),
        ("one", {"result": {"voters": 100, "votes": [], "more": {}}}),
        ("one", {"right": [10]} | {"result": {"voters": 100, "votes": [1, 2, 3], "more": {}}}),
        ("one", {"right": 5}),
        ("one", {"choices": 5}),
        ("one", {"choices": [{"text": "Apples"}]}),
        ("one", {"choices": [{"id": []}]}),
        ("one", {"choices": [{"id": 10}, {"id": 11}, {"id": 12}]}),
        ("scale", {"choices": [{"id": 10}, {"id": "11"}]}),
        ("one", {"kind": []}),
        ("scale", {"details": 5}),
        ("open-list", {"details": {"merged": {"10": []}}}),
        ("estimate", {"details": []}),
        ("estimate", {"details": {"least": "0", "most": "9e999999", "step": "1e-999"}}),
    ],
)
def test_a_forged_first_line_is_refused_in_a_sentence(name: str, forged: dict[str, Any]):
    head, *rows = pure_file(name, 100)
    lines = [json.dumps({**json.loads(head), **forged}), *rows[1:], ""]  # one row is missing, so the sketch is read
    with pytest.raises(BadFileError, match=r"\.$"):
        verified("\n".join(lines))


def test_what_a_host_has_hidden_has_no_text_in_the_file():
    text = text_of(make("open-list", 100))
    assert "secret" not in text
    hidden = [choice for choice in json.loads(text.splitlines()[0])["choices"] if choice["text"] is None]
    assert len(hidden) == 2  # one is hidden, the other counts for another one
