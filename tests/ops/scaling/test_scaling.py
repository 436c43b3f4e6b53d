"""The simulation says what was measured, and docs/scaling.md what the simulation says."""

import pytest

from core.web import turns
from ops.scaling import __main__, costs, one_machine, sizes, tables
from polls.counting import bell, drain, tally
from polls.results import hub, screens
from votingsite import store_settings

#: What the simulation has to reproduce: no input was chosen by it.
REPRODUCED = {
    "votes accepted a second, 50 clients (`accept` A)",
    "the same, frames 100 ms apart: p50, ms (93 to 104)",
    "the same, frames 100 ms apart: p95, ms (142 to 157)",
    "2,000 screens, 300 votes a second: stale p99, ms (215 and 236)",
    "500 phones at once, page and vote alone: page p50, ms",
    "500 phones at once, page and vote alone: page p99, ms",
    "500 phones at once, page and vote alone: vote p99, ms",
    "900 phones within 15 s: vote p99, ms",
}


def test_it_reproduces_what_was_measured() -> None:
    held = {row.what for row in one_machine.rows() if row.holds and not row.is_input}

    assert REPRODUCED - held == set()


def test_the_document_has_its_tables() -> None:
    text = __main__.DOCUMENT.read_text()

    assert __main__.filled(text, tables.tables()) == text, "write them with python -m ops.scaling --write"


def test_a_document_that_lacks_a_table_is_an_error() -> None:
    with pytest.raises(LookupError, match="'costs'"):
        __main__.filled("Nothing.", {"costs": "| |"})


def test_its_pace_is_that_of_the_code() -> None:
    assert (costs.PACE, costs.TURN, costs.BATCH) == (drain.PACE, drain.TURN, tally.BATCH)
    assert bell.STREAM == costs.STREAM
    assert (costs.FRAME_EVERY, costs.SHARE, costs.AT_ONCE) == (screens.FRAME_EVERY, screens._SHARE, screens._AT_ONCE)
    assert turns.SHARES[turns.Kind.VOTE] == costs.VOTE_THREADS


def test_its_limits_are_those_of_the_code() -> None:
    web = store_settings.database({}, "vote", is_web_service=True)
    assert web["OPTIONS"]["pool"]["max_size"] == sizes.POOL
    assert hub.MAX_SCREENS <= sizes.SCREENS


def test_each_cost_has_a_source() -> None:
    assert [name for name, cost in costs.MEASURED.items() if not cost.source] == []
    assert sum(costs.COSTS.sync) / len(costs.COSTS.sync) == pytest.approx(0.0012)
