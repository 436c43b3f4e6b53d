"""Fixtures of the tests of the inspection: a poll of their own, and bin/up."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from core.telemetry import control
from core.telemetry.control import Request
from tests.polls.conftest import clean, client, driver, poll

__all__ = ["clean", "client", "driver", "poll"]


class Pipe:
    """The end at which bin/up would read."""

    def __init__(self, folder: Path) -> None:
        os.mkfifo(control.pipe(folder))
        self._end = os.open(control.pipe(folder), os.O_RDWR | os.O_NONBLOCK)

    def read(self) -> Request | None:
        """The next request; None where there is none."""
        try:
            return Request.read(os.read(self._end, 4096))
        except BlockingIOError:
            return None

    def close(self) -> None:
        os.close(self._end)


@pytest.fixture
def up(tmp_path: Path, settings: Settings) -> Iterator[Pipe]:
    """As bin/up starts the parts, with all that it runs."""
    for name in ("run", "log"):
        (tmp_path / name).mkdir()
    settings.DATA_DIR, settings.INSTRUCTOR = tmp_path, True
    control.write(tmp_path, control.PARTS, [])
    pipe = Pipe(tmp_path)
    yield pipe
    pipe.close()
