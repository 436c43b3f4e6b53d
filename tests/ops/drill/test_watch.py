"""The time line that a drill tells to its copy, and steps that are held."""

import io
import random
import re
from collections import Counter

import pytest
from django.core.management import get_commands
from django.urls import resolve

from core.telemetry.drills import Drill, Sign
from ops.drill import looks
from ops.drill.checker import CheckResult
from ops.drill.client_process import Progress
from ops.drill.history import Outcome
from ops.drill.stored import Poll
from ops.drill.system import System
from ops.drill.target import Event, Target
from ops.drill.watch import Live, Terminal, Watch
from tests.waiting import eventually

POLL = Poll(7, "drill-1-kill-redis", "", (1, 2))


class Listener(Watch):
    """Keeps what it was told last."""

    def __init__(self) -> None:
        self.drill = Drill("", "")

    def tell(self, drill: Drill) -> None:
        self.drill = drill


class Voters:
    """Voters whose answers a test counts by hand."""

    def __init__(self) -> None:
        self.progress = Progress()

    def are_told(self, accepted: int, unknown: int = 0, waiting: int = 0) -> None:
        answers = Counter({Outcome.ACCEPTED: accepted, Outcome.UNKNOWN: unknown})
        self.progress = Progress(answers, answers, waiting)


def test_each_moment_has_the_answers_until_the_next():
    voters, listener = Voters(), Listener()
    live = Live("kill-redis", "Redis is killed", lambda: voters.progress, listener)
    live.happens(Event(1.0, "voters vote", Sign.PHASE))
    voters.are_told(5)
    live.happens(Event(2.0, "{part} is killed", Sign.FAULT, {"part": "redis"}))
    voters.are_told(6, unknown=2, waiting=9)
    live.happens(Event(3.0, "redis is back", Sign.RECOVERY))

    first, second, third = listener.drill.moments
    assert [first.told, second.told, third.told] == [{"accepted": 5}, {"accepted": 1, "unknown": 2}, {}]
    assert (second.text, second.values, second.sign) == ("{part} is killed", {"part": "redis"}, "fault")
    assert listener.drill.waiting == 9


def test_between_two_moments_it_is_told_again():
    voters, listener = Voters(), Listener()
    live = Live("kill-redis", "Redis is killed", lambda: voters.progress, listener)
    live.happens(Event(1.0, "voters vote"))
    with live.telling():
        voters.are_told(3)
        eventually(lambda: listener.drill.moments[0].told == {"accepted": 3}, what="three answers")


def test_the_result_is_told_at_the_end():
    listener = Listener()
    live = Live("kill-redis", "Redis is killed", Progress, listener)
    live.end(CheckResult("kill-redis", accepted=3, counted=2, lost=1, final_ms=900))

    expected = {"accepted": 3, "counted": 2, "lost": 1, "twice": 0, "wrong": 0, "clean": 0}
    assert listener.drill.result == expected


@pytest.fixture
def system(tmp_path_factory: pytest.TempPathFactory) -> System:
    """A copy that was never started."""
    return System(tmp_path_factory.mktemp("copy") / "data")


def held(monkeypatch: pytest.MonkeyPatch, system: System, typed: str, *, slow: bool = True) -> str:
    """Hold two steps while somebody types; returns what was printed."""
    said = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    terminal = Terminal(1, said, slow=slow)
    terminal._system = system
    for look in (looks.away("worker-2"), looks.END):
        terminal.hold(POLL, look)
    return said.getvalue()


def test_a_step_is_held_with_a_sentence(monkeypatch: pytest.MonkeyPatch, system: System):
    pipeline = f"{system.vote_url}/admin/pipeline/"
    assert held(monkeypatch, system, "\n\n") == (
        f"  Look: {pipeline}redis/ shows votes:7:casts:1, where votes wait while no worker counts them.\n"
        "  Enter goes on. "
        f"  Look: `DATA_DIR={system.folder.path} bin/manage audit drill-1-kill-redis` counts every ballot again; "
        "after this Enter the copy goes away.\n  Enter goes on. "
    )


def test_after_ctrl_d_nothing_is_held(monkeypatch: pytest.MonkeyPatch, system: System):
    assert held(monkeypatch, system, "").count("Enter goes on.") == 1


def test_without_slow_nothing_is_held(monkeypatch: pytest.MonkeyPatch, system: System):
    assert held(monkeypatch, system, "\n\n", slow=False) == ""


def sentences() -> list[str]:
    """Return all sentences of `looks`."""
    named = [value for name, value in vars(looks).items() if name.isupper() and not name.startswith("_")]
    return [*named, *looks._AWAY.values()]


@pytest.mark.parametrize("sentence", sentences())
def test_a_sentence_names_a_page_or_a_command(sentence: str):
    said = sentence.format(vote="http://v", result="http://r", slug="s", casts="votes:7:casts:1", manage="bin/manage")
    pages, commands = re.findall(r"http://\w(/[\w/-]*)", said), re.findall(r"`bin/manage (\w+)", said)
    assert pages or commands
    for page in pages:
        resolve(page)
    assert get_commands().keys() >= set(commands)
    assert said.endswith(".")


def test_a_step_of_a_fault_is_held_when_it_says_what_to_look_at(system: System):
    seen: list[str] = []
    target = Target(system, "slug", random.Random(1), hold=seen.append)
    target.say("not held")
    target.say("{part} is killed", Sign.FAULT, look=looks.away("worker-2"), part="worker-2")

    assert [str(event) for event in target.events] == ["not held", "worker-2 is killed"]
    assert seen == [looks.away("worker-1")]
