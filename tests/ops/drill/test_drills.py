"""Drills as people run them. The quick ones share one system with the slow ones, which bin/test --all adds."""

from collections.abc import Iterator, Mapping

import pytest

from ops.drill import runner
from ops.drill.faults import DEEDS
from ops.drill.history import Answer
from ops.drill.system import System
from ops.drill.target import Deed, Scene

QUICK = ["kill-redis", "kill-worker", "kill-web"]
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in DEEDS if name not in QUICK]
SHORT = runner.Options(seconds=4, rate=40, seed=1)


class Nobody:
    """Who does not watch."""

    def happens(self, name: str, what: str, outcomes: Mapping[Answer, int]) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def copy() -> Iterator[System]:
    with runner.a_copy() as system:
        yield system


@pytest.mark.parametrize("name", [*QUICK, *SLOW])
def test_every_promise_holds_in_the_drill(copy: System, name: str):
    verdict = runner.run(copy, name, DEEDS[name], SHORT, Nobody()).verdict

    assert verdict.clean, verdict
    assert verdict.accepted > 50
    assert (verdict.counted, verdict.lost, verdict.twice, verdict.wrong) == (verdict.accepted, 0, 0, 0)


def delete_ballots(scene: Scene[System]) -> None:
    with scene.system.postgres() as postgres:
        poll = "SELECT id FROM polls_poll WHERE slug = %s"
        deleted = postgres.execute(f"DELETE FROM polls_ballot WHERE poll_id = ({poll})", [scene.slug])  # noqa: S608
        assert deleted.rowcount > 5


def test_a_drill_in_which_ballots_get_lost_goes_red(copy: System):
    verdict = runner.run(copy, "broken", Deed("ballots are deleted", delete_ballots), SHORT, Nobody()).verdict

    assert not verdict.clean
    assert verdict.lost > 0
    assert verdict.counted < verdict.accepted
    assert verdict.audit != "clean"
