"""The result of the last load test (`bin/manage loadtest`), for the host pages."""

import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from core.stores import redis
from core.stores.key_kinds import KeyKind

_KEY = "loadtest:last"

KINDS = (KeyKind(_KEY, _KEY, gettext_lazy("The result of the last load test.")),)


@dataclass(frozen=True, slots=True)
class LoadTest:
    """The result of a load test. Times are in seconds, None where no phone got that far."""

    phones: int
    arrive_s: float
    page_p99_s: float | None
    vote_p99_s: float | None
    lost: int
    is_held: bool
    #: Since 1970.
    at: float

    @property
    def when(self) -> datetime:
        """Return the time at which the test ended."""
        return datetime.fromtimestamp(self.at, UTC)


def remember(
    *, phones: int, arrive_s: float, page_p99_s: float | None, vote_p99_s: float | None, lost: int, is_held: bool
) -> bool:
    """Replace the stored result by this one, as of now. Returns whether Redis took it; may be repeated."""
    test = LoadTest(phones, arrive_s, page_p99_s, vote_p99_s, lost, is_held, time.time())
    try:
        return bool(redis.client().set(_KEY, json.dumps(asdict(test))))
    except RedisError:
        return False


def last() -> LoadTest | None:
    """Return the last load test; None if there was none, if Redis does not answer, or if another version stored it."""
    try:
        text = redis.client().get(_KEY)
        return None if text is None else LoadTest(**json.loads(text))
    except (RedisError, ValueError, TypeError):
        return None
