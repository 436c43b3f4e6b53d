"""Fixtures of the tests of the counter."""

from collections.abc import Iterator

import pytest

from counter import counting, days
from counter.models import Counter
from tests.own_redis import OwnRedis


@pytest.fixture
def home(transactional_db: None, own_redis: OwnRedis) -> Iterator[Counter]:
    """A counter that nobody has visited, and that this process has not met."""
    counting._ids.clear()
    days._kept.clear()
    yield Counter.objects.create(name="home")
    counting._ids.clear()
    days._kept.clear()
