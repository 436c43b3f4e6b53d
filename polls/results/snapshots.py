"""Snapshots: what a screen shows of a poll, read from Postgres in one statement, and who may see it."""

import hashlib
import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, NotRequired, TypedDict

from django.db import Error as PostgresError
from django.utils import timezone

from core.stores import postgres
from core.stores.redis import RedisUnavailableError
from polls import kinds, pictures
from polls.box import ballot_box
from polls.kinds import Answered, Kind
from polls.models import ResultRule, State, Tally
from polls.results import entries, quiz, rows, shown_poll, waiting
from polls.results.entries import Entries
from polls.results.quiz import Quiz
from polls.results.ranking import Ranking
from polls.results.ranking import ranking as ranking
from polls.results.shown_poll import ShownPoll

logger = logging.getLogger(__name__)


class Timeline(TypedDict, total=False):
    """How many voted when, from `start` (seconds since 1970, UTC) in spans of `step` seconds; empty without votes."""

    start: int
    step: int
    votes: list[int]


class ShownChoice(TypedDict):
    """A choice with its votes and its share in per cent: None where they are hidden; an abstention has no share."""

    id: int
    text: str
    votes: int | None
    percent: int | None
    #: The address of its picture; missing without one.
    picture: NotRequired[str]
    #: Of an entry that the speaker has answered; missing for others.
    answered: NotRequired[bool]


class ShownStatement(TypedDict):
    """A statement of a scale, with the ids of its choices, one for each point."""

    text: str
    choices: list[int]


class Counted(TypedDict):
    """The part of a snapshot that is the same wherever it is."""

    type: str
    poll: ShownPoll
    round: int
    version: int
    box: int
    counted_through: str
    voters: int
    timeline: Timeline
    choices: list[ShownChoice]
    #: The statements of a scale; missing without any.
    statements: NotRequired[list[ShownStatement]]
    #: Of an open list, whose choices are the entries that are shown; missing for other kinds.
    entries: NotRequired[Entries]
    #: What the kind of the poll shows beyond votes and shares (`Kind.result`); missing where they are hidden.
    result: NotRequired[Mapping[str, Any]]
    waiting: NotRequired[int | None]
    #: Of a final quiz, for those who may see its totals.
    quiz: NotRequired[Quiz]


class Snapshot(Counted):
    """A snapshot as it is stored and broadcast. It leaves the system through `seen` alone."""

    result_rule: str


class Seen(Counted, Ranking):
    """A snapshot as its reader gets it. `counting` is `live` or `paused`, `sent_at` ISO 8601."""

    counting: str
    sent_at: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """The viewer of a result: the round they have voted in, and whether they see it whatever its rule."""

    voted_in: int | None = None
    is_staff: bool = False

    def may_see(self, snapshot: Snapshot) -> bool:
        """Tell whether they may see the totals."""
        rule, final = snapshot["result_rule"], snapshot["poll"]["state"] == State.FINAL
        if self.is_staff or rule == ResultRule.ALWAYS:
            return True
        if rule == ResultRule.AFTER_VOTE:
            return bool(final or self.voted_in == snapshot["round"])
        return bool(rule == ResultRule.AFTER_CLOSE and final)


#: A viewer who has not voted and is not staff: projectors show what they may see.
ANYBODY = Viewer()
STAFF = Viewer(is_staff=True)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest snapshots that can be had, by poll, and whether votes are being counted now."""

    counting: bool
    snapshots: dict[int, Snapshot]
    #: Polls confirmed by Postgres. Snapshots of other polls may be older than one that was shown: votes that were
    #: counted while Redis was away may be missing in Redis.
    confirmed: frozenset[int]

    def seen_by(self, viewer: Viewer, poll_id: int) -> Seen | None:
        """Return a poll's snapshot as the viewer sees it; None if there is none."""
        snapshot = self.snapshots.get(poll_id)
        return None if snapshot is None else seen(snapshot, counting=self.counting, totals=viewer.may_see(snapshot))


def snapshots(poll_ids: Sequence[int]) -> dict[int, Snapshot]:
    """Read the snapshots of these polls, by id; without polls that have no choices, unless voters write them.

    One statement, so that totals, version and state are consistent without a lock. Raises django.db.Error.
    """
    return {poll_id: _snapshot(group) for poll_id, group in rows.of(poll_ids).items()}


def snapshot(poll_id: int) -> Snapshot:
    """Read a poll's snapshot from Postgres. Raises django.db.Error, and Tally.DoesNotExist if it has no choices yet."""
    found = snapshots([poll_id]).get(poll_id)
    if found is None:
        raise Tally.DoesNotExist(f"poll {poll_id} has no totals yet")
    return found


def newest(poll_ids: Sequence[int], *, with_waiting: bool = False, doubted: Collection[int] = ()) -> Newest:
    """Return the newest snapshots of these polls.

    From Redis; from Postgres those that Redis lacks, those in `doubted`, and all while Redis is down (votes are then
    counted at once) or no worker keeps its snapshots up to date. `with_waiting` also asks Redis for the waiting votes
    of open polls: for screens, not for the page of each voter.
    """
    found: dict[int, Snapshot] = {}
    counting = redis_answers = True
    try:
        counting, texts = ballot_box.snapshots(poll_ids)
        found = {poll_id: json.loads(text) for poll_id, text in zip(poll_ids, texts, strict=True) if text}
    except RedisUnavailableError as error:
        redis_answers = False
        logger.debug("Snapshots are read from Postgres: %s", error)
    unsure = [poll_id for poll_id in poll_ids if poll_id not in found or not counting or poll_id in doubted]
    counted: dict[int, Snapshot] = {}
    if unsure:
        try:
            with postgres.bounded():
                counted = snapshots(unsure)
            for poll_id, snapshot in counted.items():
                if poll_id not in found or snapshot["version"] > found[poll_id]["version"]:
                    found[poll_id] = snapshot
        except PostgresError as error:
            counting = False
            logger.debug("Postgres does not say how polls %s are counted: %s", unsure[:10], error)
    waiting.say(found, of_open=with_waiting and redis_answers)
    return Newest(counting, found, frozenset(counted))


def _snapshot(group: Sequence[Any]) -> Snapshot:
    first = group[0]
    kind = kinds.of(first["kind"], first["max_choices"], first["details"])
    about: Entries | None = None
    if kind.takes_entries:
        group, about = entries.public(group)
    votes = [row["votes"] for row in group]
    percents = kind.percents(votes, first["voters"])
    choices = [_choice(row, percent) for row, percent in zip(group, percents, strict=True)]
    counted: Snapshot = {
        "type": "results",
        "poll": shown_poll.of(kind, first, _drawn(group, choices) if about is None else []),
        "round": first["round"],
        "version": first["version"],
        "box": first["box"],
        "counted_through": first["counted_through"],
        "voters": first["voters"],
        "timeline": first["timeline"],
        "result_rule": first["result_rule"],
        "choices": choices,
    }
    _add_what_some_have(counted, kind, first, group)
    if about is not None:
        counted["entries"] = about
    return counted


def _add_what_some_have(snapshot: Snapshot, kind: Kind, first: Any, group: Sequence[Any]) -> None:
    """Add the kind's own result, what is right of a quiz, and the statements of a scale.

    `first` is any row of the poll; `group` are those that are shown, which an open list begins without.
    """
    given: Sequence[Answered] = next((row["given"] for row in group if row["given"]), [])
    own = dict(kind.result({row["choice_id"]: row["votes"] for row in group}, given))
    if first["state"] == State.FINAL:
        own |= kind.revealed()
    if own:
        snapshot["result"] = own
    if right := quiz.of(first, kind, {choice["id"]: choice["percent"] for choice in snapshot["choices"]}):
        snapshot["quiz"] = right
    if first["statement"]:
        snapshot["statements"] = [
            {"text": text, "choices": [row["choice_id"] for row in each]}
            for text, each in groupby(group, key=itemgetter("statement"))
        ]


def _drawn(rows: Sequence[Any], choices: Sequence[ShownChoice]) -> list[tuple[int, str, str, str]]:
    """Return what the vote page draws of the choices, as `ballot_mark` takes it."""
    return [
        (choice["id"], choice["text"], choice.get("picture", ""), row["statement"])
        for row, choice in zip(rows, choices, strict=True)
    ]


def _choice(row: Any, percent: int | None) -> ShownChoice:
    choice: ShownChoice = {"id": row["choice_id"], "text": row["text"], "votes": row["votes"], "percent": percent}
    if row["picture"]:
        choice["picture"] = pictures.address(row["picture"])
    if row["is_answered"]:
        choice["answered"] = True
    return choice


def dump(snapshot: Mapping[str, object]) -> str:
    """Return a snapshot as JSON, for Redis and for screens."""
    return json.dumps(snapshot, separators=(",", ":"))


def seen(snapshot: Snapshot, *, counting: bool, totals: bool) -> Seen:
    """Return a snapshot for its viewer: with or without totals (the number of voters stays), and with the time."""
    sent: Any = {name: value for name, value in snapshot.items() if name != "result_rule"}
    sent |= {"counting": counting_word(counting=counting), "sent_at": timezone.now().isoformat(timespec="milliseconds")}
    return _ranked(sent, snapshot["choices"]) if totals else without_totals(sent)


def counting_word(*, counting: bool) -> str:
    """Return the field `counting` of a snapshot."""
    return "live" if counting else "paused"


def without_totals(snapshot: Seen) -> Seen:
    """Return a snapshot with what the votes come to hidden, right answers included; the number of voters stays."""
    hidden: Any = {name: value for name, value in snapshot.items() if name not in ("result", "quiz")}
    choices = snapshot["choices"]
    if "entries" in snapshot:
        choices = sorted(choices, key=lambda choice: -choice["id"])  # their order tells the totals
    return _ranked(hidden, [{**choice, "votes": None, "percent": None} for choice in choices])


def _ranked(snapshot: Seen, choices: list[ShownChoice]) -> Seen:
    ranked = choices if kinds.are_ranked(snapshot["poll"].get("kind", kinds.PICK)) else []
    # A kind may know better who leads than the votes do.
    told: Any = {name: value for name, value in snapshot.get("result", {}).items() if name in ("leaders", "lead")}
    return {**snapshot, **ranking(ranked, snapshot["voters"]), **told, "choices": choices}


def hides(snapshot: Counted) -> bool:
    """Tell whether a snapshot is without totals."""
    return any(choice["votes"] is None for choice in snapshot["choices"])


def etag(snapshot: Seen) -> str:
    """Return the ETag of a snapshot; it does not depend on `sent_at`."""
    content = {name: value for name, value in snapshot.items() if name != "sent_at"}
    return '"' + hashlib.sha256(dump(content).encode()).hexdigest()[:32] + '"'
