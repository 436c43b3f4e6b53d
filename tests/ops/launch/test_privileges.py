"""Least privilege: in the stores a part may do its work, and nothing else."""

import pytest

from core.stores.running import RunningServers
from ops.launch.parts import OURS
from tests import forbidden
from tests.browsing import Browser
from tests.system import System
from tests.waiting import eventually

PATH = "/p/cats-vs-dogs/"


@pytest.fixture(params=OURS)
def part(request: pytest.FixtureRequest) -> str:
    """The name of a part of ours."""
    return str(request.param)


def test_a_part_is_no_superuser_in_postgres(system: System, part: str) -> None:
    assert forbidden.allowed_sql(RunningServers.read(system.folder.path).part_databases[part]) == []


def test_a_part_changes_nothing_about_redis(system: System, part: str) -> None:
    assert forbidden.allowed_redis(RunningServers.read(system.folder.path).part_redis[part]) == []


def test_parts_have_users_of_their_own(system: System) -> None:
    urls = RunningServers.read(system.folder.path).part_redis
    assert sorted(map(forbidden.user_of, urls.values())) == sorted(OURS)


def test_with_so_much_they_do_their_work(system: System) -> None:
    voter = Browser(system.vote_url)
    results = voter.get(f"{PATH}results.json").json()
    assert voter.vote(PATH, results["choices"][0]["id"]).status == 202
    eventually(lambda: voter.get(f"{PATH}results.json").json()["voters"] == results["voters"] + 1, 10)
    said = [line for line in system.output.splitlines() if not line.startswith("db ")]
    assert [line for line in said if "NOPERM" in line or "permission denied" in line] == []
