"""The Redis inspector: the server, the settings that matter, keys by kind, a ballot box, channels."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from core.stores import checks, redis
from core.stores.key_kinds import KeyKind
from core.stores.redis import NoAnswerError
from core.telemetry import reports, tracing
from core.web import frequency, guesses, logins
from counter import visits
from polls.box import ballot_box
from polls.box.casts import BadCastError, Cast, milliseconds
from polls.events import store
from polls.host import capacity
from polls.models import Poll
from polls.results import room
from polls.voting import live_drill

#: Keys that are looked at, and how many at a time: Redis does nothing else meanwhile.
LOOKED_AT = 10_000
AT_A_TIME = 500
#: Boxes and entries that are shown.
BOXES = 20
ENTRIES = 20
CHANNELS = 100

KINDS: tuple[KeyKind, ...] = (
    *ballot_box.KINDS,
    *visits.KINDS,
    *reports.KINDS,
    *tracing.KINDS,
    *logins.KINDS,
    *guesses.KINDS,
    *frequency.KINDS,
    *capacity.KINDS,
    *room.KINDS,
    *store.KINDS,
    *live_drill.KINDS,
    KeyKind(
        "rq:*", r"rq:.*", gettext_lazy("RQ's own: jobs, queues, workers. A job says which poll to count, and no more.")
    ),
)
_ANY_KIND = re.compile("|".join(f"(?P<kind_{index}>{kind.pattern})" for index, kind in enumerate(KINDS)))
_OTHER = KeyKind("?", "", gettext_lazy("Not ours: another program uses this Redis too, or an older version left it."))


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of the server, and its purpose."""

    name: str
    value: str
    why: Any


@dataclass(frozen=True, slots=True)
class Kind:
    """Keys of one kind: how many there are of those that were looked at, and one of them."""

    name: str
    holds: Any
    keys: int
    example: str
    type: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All of it. What stands in a ballot box is asked for apart."""

    info: dict[str, Any]
    settings: list[Setting]
    wrong: list[CheckMessage]
    #: All keys there are; `kinds` may be of the first LOOKED_AT.
    keys: int
    looked_at: int
    kinds: list[Kind]
    boxes: list[ballot_box.Box]
    #: Names of channels, with how many listen to each.
    channels: list[tuple[str, int]]


def read() -> Reading:
    """Look at it; the number of commands does not grow with what is in it. Raises RedisUnavailableError."""
    try:
        client = redis.client()
        info: Any = client.info()
        fsync = checks.appendfsync()
        keys = _some_keys()
        boxes = sorted(ballot_box.boxes(), key=lambda box: (box.waiting, box.poll_id, box.number), reverse=True)
        size: Any = client.dbsize()
        return Reading(
            info=info | {"name": "Valkey" if "valkey_version" in info else "Redis"},
            settings=_settings(info, fsync),
            wrong=checks.judge_redis(info, fsync),
            keys=size,
            looked_at=len(keys),
            kinds=_kinds(keys),
            boxes=boxes[:BOXES],
            channels=_channels(),
        )
    except RedisError as error:
        raise NoAnswerError(str(error)) from error


def _settings(info: dict[str, Any], fsync: str | None) -> list[Setting]:
    unlimited = _("no limit")
    return [
        Setting(
            "appendonly",
            "yes" if info.get("aof_enabled") else "no",
            _("With it, every vote that was answered is on the disk and survives a restart."),
        ),
        Setting(
            "appendfsync",
            fsync or "?",
            _("always: a vote is on disk before the voter is told; votes that arrive together share one sync."),
        ),
        Setting(
            "maxmemory-policy",
            str(info.get("maxmemory_policy", "noeviction")),
            _("noeviction: a full Redis refuses votes, which then go into Postgres; it evicts none."),
        ),
        Setting(
            "maxmemory",
            str(info.get("maxmemory_human") or unlimited) if info.get("maxmemory") else unlimited,
            _("Votes wait here only until they are counted: a few hundred bytes each."),
        ),
    ]


def _some_keys() -> list[bytes]:
    """Keys, LOOKED_AT of them at most; each once."""
    cursor, found = 0, set[bytes]()
    for _turn in range(LOOKED_AT // AT_A_TIME):
        answer: Any = redis.client().scan(cursor, count=AT_A_TIME)
        cursor, keys = answer
        found.update(keys)
        if cursor == 0:
            break
    return sorted(found)


def _kinds(keys: Sequence[bytes]) -> list[Kind]:
    examples: dict[int | None, str] = {}
    numbers: Counter[int | None] = Counter()
    for key in keys:
        name = key.decode(errors="backslashreplace")
        match = _ANY_KIND.fullmatch(name)
        index = None if match is None else int(str(match.lastgroup).removeprefix("kind_"))
        numbers[index] += 1
        examples.setdefault(index, name)
    with redis.client().pipeline(transaction=False) as pipeline:
        for example in examples.values():
            pipeline.type(example)
        types = dict(zip(examples, pipeline.execute(), strict=True))
    return [
        Kind(kind.name, kind.holds, numbers[index], examples.get(index, ""), types.get(index, b"").decode())
        for index, kind in [*enumerate(KINDS), (None, _OTHER)]
        if index is not None or numbers[None]
    ]


def _channels() -> list[tuple[str, int]]:
    """Read the channel layer: a group for each poll that is watched, and a channel for each result process."""
    client = redis.client()
    layer: Any = settings.CHANNEL_LAYERS["default"]
    names: Any = client.pubsub_channels(f"{layer['CONFIG']['prefix']}*")
    listeners: Any = client.pubsub_numsub(*sorted(names)[:CHANNELS]) if names else []
    return [(name.decode(errors="backslashreplace"), number) for name, number in listeners]


# One ballot box ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """A cast that waits. What can't be read is shown as it is."""

    position: str
    pressed_at: datetime | None
    cast_id: str
    voter_key: str
    chosen: str


@dataclass(frozen=True, slots=True)
class OpenBox:
    """The newest entries of one box."""

    poll: str
    number: int
    entries: list[Entry]


def look_into(poll_id: int, number: int) -> OpenBox:
    """The newest ENTRIES of a box, the newest first. Raises RedisUnavailableError or django.db.Error."""
    poll = Poll.objects.filter(pk=poll_id).prefetch_related("choices").first()
    texts = {} if poll is None else {choice.pk: choice.text for choice in poll.choices.all()}
    found = ballot_box.newest_casts(poll_id, number, ENTRIES)
    slug = str(poll_id) if poll is None else poll.slug
    return OpenBox(slug, number, [_entry(position, payload, texts) for position, payload in found])


def _entry(position: str, payload: bytes, texts: dict[int, str]) -> Entry:
    try:
        cast = Cast.load(payload)
        pressed_at = datetime.fromtimestamp(milliseconds(cast.cast_id) / 1000, UTC)
    except (BadCastError, ValueError, OverflowError):
        return Entry(position, None, "", "", payload[:200].decode(errors="backslashreplace"))
    chosen = ", ".join(texts.get(choice, f"({choice})") for choice in cast.selections)
    return Entry(position, pressed_at, str(cast.cast_id), str(cast.voter_key), chosen)
