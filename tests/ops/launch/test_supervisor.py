"""Our part of the process manager."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from supervisor import events
from supervisor.process import Subprocess
from supervisor.states import ProcessStates

from ops.launch.console import Console
from ops.launch.data_dir import DataDir
from ops.launch.instructor import Instructor
from ops.launch.supervisor import LONGEST_WAIT_S, _Options, _Supervisor


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subprocess]:
    """A part as supervisor knows it, watched by ours."""
    # A console turns it off for its process.
    monkeypatch.setattr(logging, "raiseExceptions", True)
    with Console(tmp_path) as console:
        supervisor = _Supervisor(_Options(), console, Instructor(DataDir(tmp_path), []))
        supervisor._subscribe()
        yield Subprocess(SimpleNamespace(name="redis", options=supervisor.options))
        events.clear()


def test_waits_grow_up_to_ten_seconds(part: Subprocess, tmp_path: Path) -> None:
    waits = []
    for _ in range(LONGEST_WAIT_S + 3):
        part.change_state(ProcessStates.STARTING)
        part.change_state(ProcessStates.BACKOFF)
        waits.append(part.backoff)

    assert waits == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10]
    assert (tmp_path / "up.log").read_text().endswith("starting it again in 10 s\n")


def test_the_next_start_is_when_the_log_says(part: Subprocess) -> None:
    part.backoff = LONGEST_WAIT_S
    part.change_state(ProcessStates.STARTING)
    before = time.time()
    part.change_state(ProcessStates.BACKOFF)

    assert part.delay - before == pytest.approx(LONGEST_WAIT_S, abs=0.5)
