"""A web service of several processes: each is started again, and none is left over."""

import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from tests.system import System, alive
from tests.waiting import eventually

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system with two processes of each web service."""
    environment = {"VOTE_PROCESSES": "2", "RESULT_PROCESSES": "2"}
    with System(tmp_path_factory.mktemp("several") / "data", environment=environment) as running:
        yield running


def servers(system: System, part: str) -> list[psutil.Process]:
    """The processes that serve, all of which look after their event loop."""
    children = psutil.Process(system.pid(part)).children(recursive=True)
    return [child for child in children if child.num_threads() > 1]


def answers(system: System) -> bool:
    with urllib.request.urlopen(f"{system.vote_url}/healthz", timeout=5) as answer:
        return bool(answer.status == 200)


def test_each_service_has_two(system: System) -> None:
    eventually(lambda: [len(servers(system, part)) for part in ("vote", "result")] == [2, 2], what="two of each")
    reported = system.manage("pipeline", "--json")

    assert reported.returncode == 0, reported.stderr


def test_a_killed_process_comes_back_while_the_other_answers(system: System) -> None:
    victim = eventually(lambda: servers(system, "vote"), what="a process that serves")[0]
    victim.kill()

    eventually(lambda: len(servers(system, "vote")) == 2 and victim not in servers(system, "vote"), 30, "another one")
    eventually(lambda: answers(system), what="an answer")


def test_a_killed_service_leaves_nobody_at_its_port(system: System) -> None:
    children = psutil.Process(system.pid("vote")).children(recursive=True)
    assert children

    system.wait_back("vote", system.kill("vote"))

    assert alive(children) == []
