"""`manage.py loadtest`, as a host calls it."""

import json

import pytest
from django.core.management import CommandError, call_command

from ops.drill.ranks import percentile
from ops.loadtest.room import Verdict
from tests.system import System


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--phones", "0"], "--phones 0: must be 1 to 20000."),
        (["--phones", "20001"], "--phones 20001: must be 1 to 20000."),
        (["--arrive", "0"], "--arrive 0: must be 0.1 to 600."),
        (["--arrive", "nan"], "--arrive nan: must be 0.1 to 600."),
        (["--stay", "-1"], "--stay -1: must be 0 to 600."),
        (["--url", "votes.example"], "--url 'votes.example' is no address of a vote page"),
        (["--url", "https://votes.example/p/a/"], "--url 'https://votes.example/p/a/' is on another machine"),
        (["--url", "http://127.0.0.1.votes.example/p/a/"], "--url 'http://127.0.0.1.votes.example/p/a/' is on another"),
        (["--url", "http://127.0.0.1:9/p/a/"], "http://127.0.0.1:9/p/a/ can't be reached: "),
    ],
)
def test_what_can_not_be_done_is_said_in_a_sentence(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("loadtest", *arguments)

    assert str(refused.value).startswith(said)


def verdict(**changes: object) -> Verdict:
    fields = {"page_p99_s": 0.2, "vote_p99_s": 0.1, "stale_p99_s": 0.3, "accepted": 10, "counted": 10}
    return Verdict(**{"phones": 10, "arrive_s": 5.0, **fields, **changes})  # type: ignore[arg-type]


def test_a_room_that_is_held_is_said_in_a_sentence() -> None:
    assert verdict().sentence == (
        "This system holds 10 phones arriving within 5 s: 99 % have their page within 0.20 s; "
        "their vote accepted within 0.10 s; screens are 0.30 s behind at most; 10 votes accepted, 0 lost."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"page_p99_s": 1.01},
        {"vote_p99_s": None},
        {"counted": 9},
        {"accepted": 9, "counted": 9},
        {"failures": {"page: 503": 1}},
    ],
    ids=str,
)
def test_a_room_of_which_one_is_not_is_not_held(changes: dict[str, object]) -> None:
    found = verdict(**changes)

    assert not found.is_held
    assert found.sentence.startswith("This system does not hold 10 phones")


@pytest.mark.parametrize(("values", "found"), [([], None), ([3.0], 3.0), ([1.0, 2.0, 3.0], 3.0)])
def test_the_99th_percentile_is_of_the_nearest_rank(values: list[float], found: float | None) -> None:
    assert percentile(values, 99) == found
    assert percentile([float(number) for number in range(1, 1001)], 99) == 990


@pytest.mark.slow
def test_a_room_votes_in_a_poll_of_its_own_that_goes_afterwards(system: System) -> None:
    done = system.manage("loadtest", "--phones", "20", "--arrive", "2", "--stay", "1", "--json")
    found = json.loads(done.stdout)

    assert (found["accepted"], found["counted"], found["lost"], found["failures"]) == (20, 20, 0, {})
    with system.redis() as redis:
        kept = json.loads(redis.get("loadtest:last") or "{}")
    assert (kept["phones"], kept["lost"], kept["page_p99_s"]) == (20, 0, found["page_p99_s"])
    with system.postgres() as postgres:
        assert postgres.execute("SELECT slug FROM polls_poll").fetchall() == [("cats-vs-dogs",)]


@pytest.mark.slow
def test_each_page_is_measured_in_process(system: System) -> None:
    assert system.manage("-m", "ops.drill.poll", "another", "2").returncode == 0
    done = system.manage("-m", "ops.loadtest.in_process", "/p/another/")
    found = json.loads(done.stdout)

    assert list(found) == [
        *("send() of 500 bytes", "healthz", "vote page", "result page", "presenter page", "home", "results.json"),
        "POST of a vote",
    ]
    assert all(microseconds > 0 for microseconds in found.values())


@pytest.mark.slow
def test_a_vote_costs_something_at_each_point_of_a_curve(system: System) -> None:
    system.hold("worker-1")
    points = [json.loads(line) for line in system.lines("-m", "ops.loadtest.curves", "10", "10000")]
    system.heal("worker-1")

    assert [(point["polls"], point["ballots"]) for point in points] == [(1, 0), (1, 10_000), (10, 10_000)]
    assert all(point[name] > 0 for point in points for name in ("take", "count", "snapshot", "sweep"))
    with system.postgres() as postgres:
        (voters,) = (
            postgres.execute(
                "SELECT voters FROM polls_tally JOIN polls_poll p ON p.id = poll_id WHERE p.slug = %s", ["curve-0"]
            ).fetchone()
            or ()
        )
    assert voters == 2000 + 10_000 + 2000 + 200
