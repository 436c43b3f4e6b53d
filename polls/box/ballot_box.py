"""Ballot boxes: the only module that uses the Redis keys of votes, whose names are in polls.box.keys.

A poll P has, under `votes:`, the number of its greatest box, for each box N a hash (round, closing time, definition,
sealed) and a stream of casts, its bell, and its newest snapshot. Only the box with the greatest number takes casts.

Every function raises RedisUnavailableError (core.stores.redis) when Redis can't be asked or doesn't answer.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from redis.exceptions import RedisError

from core.stores import redis
from core.stores.redis import NoAnswerError, Script
from polls.box import keys, replies
from polls.box.casts import Cast, Entry
from polls.box.definition import Definition
from polls.box.newcomers import Newcomer

#: Seconds after which a bell that nobody answered may be rung again by a vote.
BELL_SECONDS = 5
#: Seconds for which a worker's sign of life holds. It is given every second, after a look at Postgres.
ALIVE_SECONDS = 3

#: What its keys are, for people who look.
KINDS = keys.KINDS
#: The key of the casts that wait in a box, by the poll's id and the box's number, for people who look for it.
casts_key = keys.casts

_SCRIPTS = Path(__file__).parent / "scripts"
_cast = Script(_SCRIPTS / "cast.lua")
_make_box = Script(_SCRIPTS / "make_box.lua")
_seal_box = Script(_SCRIPTS / "seal_box.lua")
_drop_box = Script(_SCRIPTS / "drop_box.lua")
_define_box = Script(_SCRIPTS / "define_box.lua")
_list_boxes = Script(_SCRIPTS / "list_boxes.lua")
_forget_poll = Script(_SCRIPTS / "forget_poll.lua")
_store_snapshot = Script(_SCRIPTS / "store_snapshot.lua")
_sign_of_life = Script(_SCRIPTS / "sign_of_life.lua")


@contextmanager
def _answering() -> Iterator[None]:
    """For plain commands that may be repeated: whatever fails, nobody knows what Redis did."""
    try:
        yield
    except RedisError as error:
        raise NoAnswerError(str(error)) from error


# Casting -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limit:
    """How many casts an address may make in a minute. The address itself is never stored."""

    address_key: str
    casts: int


def put(
    definition: Definition, ballot: Cast, limit: Limit | None = None, newcomer: Newcomer | None = None
) -> replies.Reply:
    """Put one cast into the box that the definition names: one atomic step, one round trip.

    A second call puts it in twice, which the tally counts once. Where votes can't be changed only the first of a voter
    is put in.
    """
    poll_id, number = definition.id, definition.box
    reply = _cast(
        [
            keys.greatest(poll_id),
            keys.box(poll_id, number),
            keys.casts(poll_id, number),
            keys.bell(poll_id),
            keys.rate(limit.address_key if limit else ""),
            keys.voted(poll_id, number),
            *(keys.windows(poll_id, ballot.round, newcomer.network) if newcomer else ()),
        ],
        [
            number,
            definition.version,
            ballot.dump(),
            BELL_SECONDS,
            limit.casts if limit else 0,
            "" if definition.allows_changes else str(ballot.voter_key),
            *(newcomer.bounds(ballot.voter_key) if newcomer else ()),
        ],
    )
    return replies.read(reply)


# The life of a box ---------------------------------------------------------------------------------------------------


def make(definition: Definition) -> bool:
    """Make the box that the definition names. False if the poll has had one of this number or a greater one."""
    closes_at = definition.closes_at_ms
    made = _make_box(
        [keys.greatest(definition.id), keys.box(definition.id, definition.box), keys.BOXES, keys.SLUGS],
        [
            definition.box,
            definition.round,
            "" if closes_at is None else closes_at,
            definition.dump(),
            definition.version,
            definition.id,
            definition.slug,
        ],
    )
    return bool(made)


def define(definition: Definition) -> bool:
    """Give the present box a newer definition. False if it has it, if it is sealed, or if there is no such box."""
    closes_at = "" if definition.closes_at_ms is None else definition.closes_at_ms
    arguments: list[str | int] = [definition.version, definition.dump(), closes_at, definition.slug, definition.id]
    return bool(_define_box([keys.box(definition.id, definition.box), keys.SLUGS], arguments))


def seal(poll_id: int, number: int) -> bool:
    """Seal a box, or make sure that none of this number is ever made. True if the box is there. May be repeated."""
    return bool(_seal_box([keys.greatest(poll_id), keys.box(poll_id, number)], [number]))


def drop(poll_id: int, number: int, *, with_casts: bool = False) -> bool:
    """Take a box away if it is closed and empty; `with_casts` takes it whatever is in it. May be repeated."""
    box, casts, voted = keys.box(poll_id, number), keys.casts(poll_id, number), keys.voted(poll_id, number)
    names = [keys.greatest(poll_id), box, casts, keys.BOXES, voted]
    return bool(_drop_box(names, [number, poll_id, 1 if with_casts else 0]))


@dataclass(frozen=True, slots=True)
class Box:
    """A ballot box as Redis has it."""

    poll_id: int
    number: int
    round: int
    closed: bool
    waiting: int
    definition_version: int
    #: Of the oldest cast that waits, in milliseconds by Redis's clock.
    age_ms: int


def boxes() -> list[Box]:
    """Every box there is."""
    return [
        Box(int(poll), int(number), int(round_), bool(closed), waiting, int(version), age_ms)
        for poll, number, round_, closed, waiting, version, age_ms in _list_boxes([keys.BOXES], [keys.PREFIX])
    ]


def is_there(poll_id: int, number: int) -> bool:
    """Tell whether Redis has this box."""
    with _answering():
        return bool(redis.client().exists(keys.box(poll_id, number)))


def definition(slug: str) -> bytes | None:
    """The definition that the poll's newest box holds (JSON), or None."""
    with _answering():
        poll_id = cast("bytes | None", redis.client().hget(keys.SLUGS, slug))
        number = poll_id and cast("bytes | None", redis.client().get(keys.greatest(int(poll_id))))
        if not poll_id or not number:
            return None
        return cast("bytes | None", redis.client().hget(keys.box(int(poll_id), int(number)), "definition"))


def known() -> dict[int, list[str]]:
    """Every poll of which anything is kept, by id, with the slugs that lead to it. Looks at every key: now and then."""
    with _answering():
        ids = {int(key.split(b":")[1]) for key in redis.client().scan_iter(f"{keys.PREFIX}[0-9]*", count=1000)}
        slugs = cast("dict[bytes, bytes]", redis.client().hgetall(keys.SLUGS))
    found: dict[int, list[str]] = {poll_id: [] for poll_id in ids | set(map(int, slugs.values()))}
    for slug, poll_id in slugs.items():
        found[int(poll_id)].append(slug.decode())
    return found


def forget(poll_id: int, slugs: Sequence[str] = ()) -> None:
    """Take away what is kept of a poll that was deleted, its boxes excepted. May be repeated."""
    names = [keys.greatest(poll_id), keys.bell(poll_id), keys.snapshot(poll_id), keys.SLUGS]
    _forget_poll(names, [poll_id, *slugs])


# Counting ------------------------------------------------------------------------------------------------------------


def read(poll_id: int, number: int, count: int) -> list[Entry]:
    """The oldest `count` casts in a box."""
    with _answering():
        return _entries(redis.client().xrange(keys.casts(poll_id, number), count=count))


def newest_casts(poll_id: int, number: int, count: int) -> list[Entry]:
    """The newest `count` casts in a box, the newest first."""
    with _answering():
        return _entries(redis.client().xrevrange(keys.casts(poll_id, number), count=count))


def _entries(found: Any) -> list[Entry]:
    return [Entry(position.decode(), fields.get(b"cast", b"")) for position, fields in found]


def trim(poll_id: int, number: int, through: str) -> None:
    """Delete what stands at `through` and before it. Only after its COMMIT. May be repeated."""
    milliseconds, _, sequence = through.partition("-")
    with _answering():
        redis.client().xtrim(
            keys.casts(poll_id, number), minid=f"{milliseconds}-{int(sequence) + 1}", approximate=False
        )


def waiting(boxes: Sequence[tuple[int, int]]) -> list[int]:
    """How many casts wait in each of these boxes (poll id, number): one round trip."""
    with _answering():
        pipeline = redis.client().pipeline(transaction=False)
        for poll_id, number in boxes:
            pipeline.xlen(keys.casts(poll_id, number))
        return [int(casts) for casts in pipeline.execute()]


def clear_bell(poll_id: int) -> None:
    """Let the next vote ring again. Before reading, so that no vote falls between."""
    with _answering():
        redis.client().delete(keys.bell(poll_id))


# Snapshots -----------------------------------------------------------------------------------------------------------


def store_snapshot(poll_id: int, version: int, text: str) -> bool:
    """Store a snapshot (JSON) unless a newer one is there. May be repeated."""
    return bool(_store_snapshot([keys.snapshot(poll_id)], [version, text]))


def snapshots(poll_ids: Sequence[int]) -> tuple[bool, list[bytes | None]]:
    """Return whether a worker counts, and the newest snapshot of each poll (JSON) or None: one round trip."""
    with _answering():
        pipeline = redis.client().pipeline(transaction=False)
        pipeline.exists(keys.ALIVE)
        for poll_id in poll_ids:
            pipeline.hget(keys.snapshot(poll_id), "json")
        alive, *texts = pipeline.execute()
    return bool(alive), texts


def snapshot_versions(poll_ids: Sequence[int]) -> list[int]:
    """The version of the snapshot stored for each poll, 0 where there is none: one round trip."""
    with _answering():
        pipeline = redis.client().pipeline(transaction=False)
        for poll_id in poll_ids:
            pipeline.hget(keys.snapshot(poll_id), "version")
        return [int(version or 0) for version in pipeline.execute()]


def sign_of_life() -> None:
    """Say that a worker runs and that Postgres answers it."""
    _sign_of_life([keys.ALIVE], [ALIVE_SECONDS])
