"""Drills as people run them. The quick ones share one system with the slow ones, which bin/test --all adds."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from ops.drill import release, runner
from ops.drill.faults import FAULTS
from ops.drill.history import Outcome
from ops.drill.poll import names
from ops.drill.release import NoReleaseError
from ops.drill.system import System
from ops.drill.target import Fault, Target
from ops.drill.watch import Watch
from ops.launch.data_dir import BASE_DIR

QUICK = ["kill-redis", "kill-worker", "kill-vote"]
ON_ONE_COPY = [name for name, fault in FAULTS.items() if not fault.from_older]
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ON_ONE_COPY if name not in QUICK]
SHORT = runner.Options(seconds=4, rate=40, seed=1)


@pytest.fixture(scope="module")
def copy() -> Iterator[System]:
    with runner.a_copy() as system:
        yield system


#: Each drill has a poll of another kind: the quick ones those that count in another way than pick-one does.
KINDS = dict(zip([*QUICK, *(name for name in ON_ONE_COPY if name not in QUICK)], itertools.cycle(reversed(names()))))


@pytest.mark.parametrize("name", [*QUICK, *SLOW])
def test_every_promise_holds_in_the_drill(copy: System, name: str):
    result = runner.run(copy, name, FAULTS[name], replace(SHORT, kind=KINDS[name]), Watch()).result

    # This machine runs other tests beside it, which makes everything late.
    result.late = []
    assert result.clean, result
    assert result.accepted > 50
    assert (result.counted, result.lost, result.twice, result.wrong) == (result.accepted, 0, 0, 0)


def test_the_time_is_known_that_a_killed_part_was_away(copy: System):
    copy.wait_back("vote", copy.kill("vote"))

    assert 0 < copy.away_s() < 15


@pytest.mark.slow
def test_every_promise_holds_when_an_older_release_is_replaced():
    try:
        commit = release.find()
    except NoReleaseError as why:
        pytest.skip(str(why))
    with runner.a_copy(commit) as system:
        older = str(system.code)
        watch = Codes(system)
        result = runner.run(system, "rolling-upgrade", FAULTS["rolling-upgrade"], SHORT, watch).result
        migrated = system.manage("migrate", "--check").returncode == 0

    result.late = []
    assert result.clean, result
    assert migrated
    # All old, then both at the same time, then all new.
    assert [codes for codes, _ in itertools.groupby(watch.seen)] == [{older}, {older, str(BASE_DIR)}, {str(BASE_DIR)}]


class Codes(Watch):
    """Notes at each event the folders of the code that the parts run."""

    def __init__(self, system: System) -> None:
        self._system, self.seen = system, list[set[str]]()

    def happens(self, name: str, what: str, outcomes: Mapping[Outcome, int]) -> None:
        # Held ones are not yet what they will be.
        parts = [part for part in self._system.left_over() if not {"uvicorn", "rqworker"}.isdisjoint(part.cmdline())]
        self.seen.append({part.cwd() for part in parts})


def delete_ballots(target: Target[System]) -> None:
    with target.system.postgres() as postgres:
        poll = "SELECT id FROM polls_poll WHERE slug = %s"
        deleted = postgres.execute(f"DELETE FROM polls_ballot WHERE poll_id = ({poll})", [target.slug])  # noqa: S608
        assert deleted.rowcount > 5


def test_a_drill_in_which_votes_wait_for_too_long_goes_red(copy: System):
    fault: Fault[System] = Fault("nothing is done", lambda _target: None, votes_within_s=0.0, all_within_s=0.0)
    result = runner.run(copy, "late", fault, SHORT, Watch()).result

    assert not result.clean
    assert [text.partition(" waited")[0] for text in result.late] == ["1% of the votes", "a vote"]


def test_a_drill_in_which_ballots_get_lost_goes_red(copy: System):
    result = runner.run(copy, "broken", Fault("ballots are deleted", delete_ballots), SHORT, Watch()).result

    assert not result.clean
    assert result.lost > 0
    assert result.counted < result.accepted
    assert result.audit != "clean"
