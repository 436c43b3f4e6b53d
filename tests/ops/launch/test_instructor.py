"""Requests of an instructor to bin/up, on a system that runs."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.telemetry import control
from core.telemetry.control import Event, Request, Stage
from ops.launch.data_dir import DataDir
from ops.launch.event_log import EventLog
from tests.system import System, alive
from tests.waiting import eventually


@pytest.fixture
def own(tmp_path: Path) -> Iterator[System]:
    """A system of a test's own."""
    system = System(tmp_path / "data", "--no-seed")
    system.start()
    yield system
    system.stop()
    system.clean_up()


def newest(system: System) -> Event:
    return control.read(system.folder.path).events[-1]


def ask(system: System, do: str, subject: str, seconds: int = 0) -> None:
    """Ask for it, and wait until it has begun."""
    before = len(control.read(system.folder.path).events)
    control.ask(system.folder.path, Request(do, subject, seconds, "test"))
    eventually(lambda: len(control.read(system.folder.path).events) > before, what="an event")


def is_done(system: System) -> bool:
    return newest(system).stage == Stage.DONE


def is_stopped(system: System, part: str) -> bool:
    recorded = system.folder.recorded(part)
    process = recorded.process if recorded else None
    return process is not None and stands_still(process)


def stands_still(process: psutil.Process) -> bool:
    return process.is_running() and process.status() == psutil.STATUS_STOPPED


def family(system: System, part: str) -> list[psutil.Process]:
    """Return the process of a part and those that it has now: Postgres has others from moment to moment."""
    process = psutil.Process(system.pid(part))
    return [process, *process.children()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "process"), [("vote", "vote"), ("redis", "redis"), ("worker", "worker-1"), ("postgres", "db")]
)
def test_a_part_killed_on_request_is_back_and_written_down_once(system: System, part: str, process: str) -> None:
    pid, before = system.pid(process), len(control.read(system.folder.path).events)
    ask(system, "kill", part)
    eventually(lambda: is_done(system), 30, "the part to be back")
    # What ended because of it, such as a worker without its Redis, has an event of its own.
    written = [event.subject for event in control.read(system.folder.path).events[before:] if event.kind == "kill"]
    assert (written, system.pid(process) != pid) == ([part], True)
    system.wait_ready()


@pytest.mark.slow
def test_a_part_that_ends_by_itself_is_written_down(system: System) -> None:
    before = len(control.read(system.folder.path).events)
    system.kill("worker-1")

    def ended() -> list[Event]:
        events = control.read(system.folder.path).events[before:]
        return [event for event in events if event.subject == "worker-1" and event.stage == Stage.DONE]

    eventually(ended, 30, "a worker that is back")
    assert [(event.kind, event.detail) for event in ended()] == [(control.ENDED, {"how": "terminated by SIGKILL"})]
    system.wait_ready()


@pytest.mark.slow
def test_a_pause_ends_though_the_services_are_killed_meanwhile(system: System) -> None:
    ask(system, "pause", "worker", 5)
    eventually(lambda: is_stopped(system, "worker-1"), what="a paused worker")
    for part in ("vote", "result"):
        system.wait_back(part, system.kill(part), within=30)
    eventually(lambda: not is_stopped(system, "worker-1"), 10, "a worker that goes on")
    paused = next(event for event in control.read(system.folder.path).events[::-1] if event.kind == "pause")
    assert paused.detail == {"by": "test", "seconds": 5}
    system.wait_ready()


@pytest.mark.slow
def test_a_pause_ends_although_bin_up_is_killed_meanwhile(own: System) -> None:
    # The kernel wakes whom the end of bin/up orphans; not so Postgres's children, which are in sessions of their own.
    ask(own, "pause", "postgres", 5)
    eventually(lambda: all(map(stands_still, family(own, "db"))), what="a paused Postgres")
    children = family(own, "db")
    os.kill(own.pid("up"), signal.SIGKILL)
    own.wait_dead()
    eventually(lambda: not any(map(stands_still, children)), 15, "a Postgres that goes on")
    own.start()
    assert newest(own).stage == Stage.CUT


@pytest.mark.slow
def test_bin_up_stops_in_time_although_a_part_is_paused(own: System) -> None:
    ask(own, "pause", "postgres", 20)
    eventually(lambda: is_stopped(own, "db"), what="a paused Postgres")
    assert own.stop() == 0
    assert not control.pipe(own.folder.path).exists()


@pytest.mark.slow
def test_voters_end_with_bin_up(own: System) -> None:
    assert own.manage("seed").returncode == 0
    ask(own, "votes", "cats-vs-dogs")
    eventually(lambda: newest(own).detail.get("sent"), 30, "voters who vote")
    voters = [process for process in own.processes() if "ops.drill.crowd" in process.cmdline()]
    assert len(voters) == 1
    assert own.stop() == 0
    eventually(lambda: not alive(voters), what="the end of the voters")


def test_events_of_an_earlier_start_are_kept(tmp_path: Path) -> None:
    """No end is made up for those that have none."""
    folder = DataDir(tmp_path)
    folder.make()
    first = EventLog(tmp_path, ["redis"])
    assert first.begin_request(Request("kill", "redis")) == 1
    first.end(1)
    assert first.begin_request(Request("kill", "redis")) == 2
    assert first.begin_request(Request("kill", "redis")) is None
    EventLog(tmp_path, ["redis"])
    assert [event.stage for event in control.read(tmp_path).events] == [Stage.DONE, Stage.CUT]
