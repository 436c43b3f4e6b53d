"""An instructor's requests to bin/up, and the events that it writes down."""

import os
from pathlib import Path

import pytest

from core.telemetry import control
from core.telemetry.control import Event, Log, NotRunningError, Refusal, Request, Stage

NOW = 1_000_000.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder."""
    for name in ("run", "log"):
        (tmp_path / name).mkdir()
    return tmp_path


def happened(number: int, kind: str = "pause", subject: str = "redis", stage: str = Stage.DONE) -> tuple[Event, ...]:
    """So many events of just now."""
    return tuple(Event(id_ + 1, kind, subject, NOW - 1, stage) for id_ in range(number))


@pytest.mark.parametrize(
    ("request_", "events", "expected"),
    [
        (Request("kill", "redis"), (), None),
        (Request("votes", "cats-vs-dogs"), (), None),
        (Request("pause", "worker", 20), (), None),
        (Request("pause", "worker", 21), (), Refusal.UNKNOWN),
        (Request("kill", "prepare"), (), Refusal.UNKNOWN),
        (Request("kill", "postgres"), (), Refusal.UNKNOWN),  # bin/up runs none here
        (Request("stop", "redis"), (), Refusal.UNKNOWN),
        (Request("kill", "redis"), happened(1, stage=Stage.RUNNING), Refusal.BUSY),
        (Request("kill", "worker"), happened(1, stage=Stage.RUNNING), None),
        (Request("votes", "a"), happened(1, "votes", "b", Stage.RUNNING), Refusal.BUSY),
        (Request("kill", "redis"), happened(control.A_MINUTE - 1), None),
        (Request("kill", "redis"), happened(control.A_MINUTE), Refusal.TOO_OFTEN),
        (Request("kill", "redis"), happened(control.A_MINUTE, control.ENDED, "vote"), None),
    ],
)
def test_what_is_refused(request_: Request, events: tuple[Event, ...], expected: Refusal | None) -> None:
    assert control.refusal(Log(("vote", "redis", "worker", "result"), events), request_, NOW) == expected


def test_a_minute_later_it_may_be_asked_for_again() -> None:
    log = Log(("redis",), happened(control.A_MINUTE))
    assert control.refusal(log, Request("kill", "redis"), NOW + 60) is None


@pytest.mark.parametrize("is_left_over", [False, True])
def test_without_bin_up_nothing_is_asked_for(folder: Path, is_left_over: bool) -> None:
    if is_left_over:
        os.mkfifo(control.pipe(folder))
    with pytest.raises(NotRunningError):
        control.ask(folder, Request("kill", "redis"))


def test_a_request_comes_out_as_it_went_in(folder: Path) -> None:
    os.mkfifo(control.pipe(folder))
    request = Request("pause", "worker", 5, "Zoë")
    with control.pipe(folder).open("r+b", buffering=0) as pipe:
        control.ask(folder, request)
        assert Request.read(pipe.readline()) == request


@pytest.mark.parametrize(
    "line", [b"", b"kill redis\n", b"[1]\n", b'{"do": "kill"}\n', b'{"do": 1, "x": 2}\n', b"\xff\n"]
)
def test_what_is_no_request_is_none(line: bytes) -> None:
    assert Request.read(line) is None


def test_the_newest_events_are_kept(folder: Path) -> None:
    events = happened(control.KEPT + 5)
    control.write(folder, ["redis"], events)
    assert control.read(folder) == Log(("redis",), events[5:])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"parts": []}', '{"parts": [], "events": [{"x": 1}]}'])
def test_what_can_not_be_read_is_an_empty_log(folder: Path, text: str) -> None:
    (folder / "log" / "events.json").write_text(text)
    assert control.read(folder) == Log()
