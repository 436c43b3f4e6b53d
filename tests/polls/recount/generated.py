"""Final polls of every kind with generated ballots."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from polls import kinds
from polls.box.casts import new_cast_id
from polls.counting import audit
from polls.lifecycle import transitions
from polls.models import Ballot, Choice, EntryState, Poll, State, Tally, Total
from polls.recount import file, lists, sketch
from polls.recount.file import Head, ListedChoice

Picks = Callable[[random.Random, list[int]], list[int]]

_FRUIT = ("Apples", "Pears", "Plums", "Cherries", "Quinces")


def _one(rng: random.Random, ids: list[int]) -> list[int]:
    return [rng.choice(ids)]


def _some(rng: random.Random, ids: list[int], most: int = 3) -> list[int]:
    return rng.sample(ids, rng.randint(1, min(most, len(ids))))


def _points(rng: random.Random, ids: list[int], points: int) -> list[int]:
    statements = [ids[start : start + points] for start in range(0, len(ids), points)]
    rated = [rng.choice(statement) for statement in statements if rng.random() < 0.9]
    return rated or [ids[0]]


#: The polls, by the name of what they try: fields, texts, and how ballots are filled in.
KINDS: Mapping[str, tuple[dict[str, Any], tuple[str, ...], Picks]] = {
    "one": ({}, _FRUIT[:3], _one),
    "several": ({"max_choices": 3}, _FRUIT, _some),
    "quiz": ({"right": [1]}, _FRUIT[:4], _one),
    "quiz-of-several": ({"right": [0, 2], "max_choices": 3}, _FRUIT, _some),
    "yes-no": ({"kind": "yes-no"}, ("Yes", "No", "Abstain"), _one),
    "rank": ({"kind": "rank", "max_choices": 5}, _FRUIT, lambda rng, ids: _some(rng, ids, 5)),
    "scale": (
        {"kind": "scale", "details": {"scale": "1-5"}, "max_choices": 2},
        ("Clear?", "Useful?"),
        lambda rng, ids: _points(rng, ids, 5),
    ),
    "scale-0-10": (
        {"kind": "scale", "details": {"scale": "0-10", "low": "no", "high": "yes"}},
        ("Would you come again?",),
        lambda rng, ids: _points(rng, ids, 11),
    ),
    "estimate": (
        {"kind": "estimate", "details": {"least": "-5", "most": "95", "step": "0.1", "unit": "kg", "answer": "42.1"}},
        ("Number",),
        lambda rng, _ids: [min(1000, max(0, int(rng.gauss(400, 150))))],
    ),
    "open-list": ({"kind": "open-list", "max_choices": 50}, (), lambda rng, ids: _some(rng, ids, 4)),
}


def make(name: str, ballots: int, *, slug: str = "", seed: int = 1, **fields: Any) -> Poll:
    """A final poll of this kind whose ballots may be checked, with its list."""
    own, texts, picks = KINDS[name]
    options: dict[str, Any] = {**own, "may_be_checked": True, "result_rule": "always", **fields}
    poll = transitions.create_poll(texts, slug=slug or name, question=f"Generated: {name}?", **options)
    if name == "open-list":
        _write_entries(poll)
    fill(poll, ballots, picks, seed)
    close(poll)
    return poll


def _write_entries(poll: Poll) -> None:
    """Eight entries: one is hidden, and one is merged into the first."""
    entries = [
        Choice.objects.create(poll=poll, position=place, text=f"Idea {place}", author=uuid4()) for place in range(8)
    ]
    Choice.objects.filter(pk=entries[3].pk).update(entry_state=EntryState.HIDDEN, text="A secret idea")
    Choice.objects.filter(pk=entries[4].pk).update(entry_state=EntryState.MERGED)
    Poll.objects.filter(pk=poll.pk).update(details={"merged": {str(entries[4].pk): entries[0].pk}})
    Total.objects.bulk_create([Total(poll=poll, choice=entry) for entry in entries])
    Tally.objects.filter(pk=poll.pk).update(choice_ids=[entry.pk for entry in entries])


def fill(poll: Poll, ballots: int, picks: Picks, seed: int) -> None:
    """Store ballots; one in fifty is set aside, and one in fifty taken back."""
    rng = random.Random(seed)
    ids = list(poll.choices.order_by("pk").values_list("pk", flat=True))
    now = timezone.now()

    def generated() -> Iterator[Ballot]:
        for _ in range(ballots):
            what = rng.random()
            yield Ballot(
                poll=poll,
                voter_key=UUID(int=rng.getrandbits(128)),
                cast_id=new_cast_id(None),
                selections=[] if what > 0.98 else picks(rng, ids),
                counted_at=now,
                is_set_aside=what < 0.02,
            )

    Ballot.objects.bulk_create(generated(), batch_size=5000)


def close(poll: Poll) -> None:
    """Count what is there, make the poll final, and make its list."""
    Tally.objects.filter(pk=poll.pk).update(state=State.FINAL)
    audit.repair(poll.pk)
    lists.make(poll.pk)


def pure_file(name: str, ballots: int, seed: int = 1) -> list[str]:
    """The lines of the file of such a poll, made without a store."""
    own, texts, picks = KINDS[name]
    kind = kinds.of(own.get("kind", "pick"), own.get("max_choices", 1), own.get("details", {}))
    named = [pair for text in texts for pair in kind.row_choices(text)] or [("", f"Idea {place}") for place in range(8)]
    choices: list[ListedChoice] = [
        {"id": 10 + place, "text": text, "statement": statement} for place, (statement, text) in enumerate(named)
    ]
    ids, rng = [choice["id"] for choice in choices], random.Random(seed)
    rows = sorted((rng.getrandbits(30), picks(rng, ids)) for _ in range(ballots))
    votes, answers, sums, sha256 = Counter[int](), Counter[tuple[int, ...]](), sketch.empty(), hashlib.sha256()
    lines = []
    for receipt, selections in rows:
        votes.update(kind.votes(selections))
        answers[tuple(selections)] += 1
        line = file.row(receipt, selections)
        sketch.add(sums, sketch.key_of(receipt, line.encode()))
        sha256.update(f"{line}\n".encode())
        lines.append(line)
    right = [ids[place] for place in own.get("right", [])]
    totals = {choice: votes[choice] for choice in ids}
    said = sum(given for answer, given in answers.items() if set(answer) == set(right))
    head: Head = {
        "format": file.FORMAT,
        "version": file.VERSION,
        "poll": name,
        "question": "Generated?",
        "round": 1,
        "kind": own.get("kind", "pick"),
        "max_choices": own.get("max_choices", 1),
        "details": own.get("details", {}),
        "choices": choices,
        "right": right,
        "set_aside": 0,
        "result": {
            "voters": ballots,
            "votes": [*totals.values()],
            "right_voters": said if right else None,
            "more": file.more(kind, totals, [*answers.items()] if kind.keeps_answers else []),
        },
        "ballots": ballots,
        "rows_sha256": sha256.hexdigest(),
        "sketch": [f"{cell:x}" for cell in sums],
    }
    return [file.write(head), *lines]


def tampered(lines: list[str]) -> tuple[list[str], set[tuple[str, str]]]:
    """A file in which one row is changed, one is dropped and one is added, and what is to be named."""
    changed, selections = json.loads(lines[20])
    other = next(found for found in (json.loads(line)[1] for line in lines[1:]) if found != selections)
    rows = [file.write([changed, other]), *lines[21:90], *lines[91:], file.write(["ZZZ-ZZZ", other])]
    named = {("changed", changed), ("dropped", json.loads(lines[90])[0]), ("added", "ZZZ-ZZZ")}
    return [*lines[:20], *rows], named


def text_of(poll: Poll) -> str:
    """The file of a poll's list."""
    found = lists.public(poll.pk)
    assert found is not None
    return "".join(lists.pieces(found))
