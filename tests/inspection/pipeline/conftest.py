"""Fixtures of the tests of the pipeline."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from redis import Redis

from core.telemetry import heartbeat, reports
from core.telemetry.heartbeat import Heartbeat
from inspection import pipeline
from polls.box import definitions
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver

SILENT_AFTER_S = reports.SILENT_AFTER_S


@pytest.fixture(autouse=True)
def unread(redis: Redis, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has read nothing yet, and reads anew each time."""
    definitions.cache.clear()
    monkeypatch.setattr(pipeline, "_reader", pipeline._Reader())
    monkeypatch.setattr(pipeline, "FRESH_FOR_S", 0.0)
    # Nobody falls silent because the machine is busy; who wants to see it says so.
    monkeypatch.setattr(reports, "SILENT_AFTER_S", 15.0)
    monkeypatch.setattr(heartbeat, "heartbeat", None)
    yield
    definitions.cache.clear()


@pytest.fixture
def driver() -> PollDriver:
    """The vote service of an open poll."""
    return PollDriver(make_poll("cats-or-dogs", "Cats", "Dogs"))


@pytest.fixture
def staff() -> Client:
    """A browser of an operator."""
    client = Client()
    client.force_login(operator("staff"))
    return client


def operator(name: str) -> User:
    """Somebody who may see the running system."""
    user = User.objects.create_user(name, password=name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="operate"))
    return user


class Speaker:
    """A process of a part, as its heartbeat thread would make it known."""

    def __init__(self, part: str, pid: int, started_at: float | None = None) -> None:
        self.heartbeat = Heartbeat(part, pipeline.sample)
        self.heartbeat.process = f"{part}-{pid}@test"
        self.heartbeat._fixed |= {"pid": pid} | ({} if started_at is None else {"started_at": started_at})

    def speak(self) -> "Speaker":
        self.heartbeat.beat(with_report=True)
        return self


def all_parts() -> list[Speaker]:
    """Return a process of each part, heard just now."""
    return [Speaker(part, 1).speak() for part in ("vote", "worker", "result")]


def state() -> dict[str, Any]:
    """How each part is, as it is read now."""
    return {name: str(part.state) for name, part in pipeline.read().parts.items()}
