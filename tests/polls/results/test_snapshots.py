import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from polls.box import ballot_box
from polls.kinds.pick import PickSeveral, parts_of_hundred
from polls.lifecycle import safety_net, transitions
from polls.models import ResultRule, State
from polls.results import snapshots
from polls.results.snapshots import ShownChoice
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver


@given(some.lists(some.integers(0, 10**7), min_size=1, max_size=20))
def test_parts_of_a_hundred_add_up_but_for_ties(votes: list[int]):
    """No part is off by one or more."""
    parts = parts_of_hundred(votes)
    total = sum(votes)
    assert sum(parts) <= 100
    if len(set(votes)) == len(votes):
        assert sum(parts) == (100 if total else 0)
    assert len(set(zip(votes, parts, strict=True))) == len(set(votes))
    assert all(abs(part - 100 * count / total) < 1 for part, count in zip(parts, votes, strict=True) if total)


def test_a_tie_reads_as_one():
    assert parts_of_hundred([1, 1, 1]) == [33, 33, 33]
    assert parts_of_hundred([3, 3, 1]) == [43, 43, 14]
    assert parts_of_hundred([1, 1, 4]) == [17, 17, 66]
    assert parts_of_hundred([5, 5, 2, 2]) == [36, 36, 14, 14]


def test_shares_of_voters_need_not_add_up():
    assert PickSeveral().percents([3, 2, 0], 4) == [75, 50, 0]
    assert PickSeveral().percents([0, 0], 0) == [0, 0]


def test_a_snapshot_says_what_was_counted(driver: PollDriver):
    driver.vote("ann", 0)
    driver.vote("bob", 1)
    position = driver.vote("cid", 1).position
    driver.count()
    found = snapshots.snapshot(driver.poll.pk)
    assert found == {
        "type": "results",
        "poll": {
            "slug": "cats-or-dogs",
            "question": "Which?",
            "state": "open",
            "closes_at": None,
            "kind": "pick",
            "ballot": driver.definition.ballot_mark,
        },
        "round": 1,
        "version": driver.tally.version,
        "box": 1,
        "counted_through": position,
        "voters": 3,
        "timeline": driver.tally.timeline,
        "result_rule": "always",
        "choices": [
            {"id": driver.choices[0], "text": "Cats", "votes": 1, "percent": 33},
            {"id": driver.choices[1], "text": "Dogs", "votes": 2, "percent": 67},
        ],
    }


def waiting(driver: PollDriver) -> object:
    found = snapshots.newest([driver.poll.pk], with_waiting=True).snapshots[driver.poll.pk]
    return found.get("waiting", "nothing is said")


def test_a_poll_says_how_many_votes_wait_until_it_is_final(own_redis: OwnRedis, driver: PollDriver):
    for voter in ("ann", "bob"):
        driver.vote(voter)
    assert waiting(driver) == 2
    transitions.seal(driver.poll.pk)
    assert waiting(driver) == 2
    assert json.loads(ballot_box.snapshots([driver.poll.pk])[1][0] or "")["waiting"] == 2
    driver.count()
    assert waiting(driver) == 0
    safety_net.sweep()
    assert waiting(driver) == "nothing is said"


def test_without_redis_nobody_knows_how_many_votes_wait(own_redis: OwnRedis, driver: PollDriver):
    driver.vote("ann")
    transitions.seal(driver.poll.pk)
    own_redis.stop()
    assert waiting(driver) is None
    own_redis.start()
    assert waiting(driver) == 1


def test_where_several_may_be_picked_per_cents_are_of_voters():
    driver = PollDriver(make_poll("pizza", "Ham", "Cheese", max_choices=2))
    driver.vote("ann", 0)
    driver.vote("bob", 1)
    driver.count()
    assert [choice["percent"] for choice in snapshots.snapshot(driver.poll.pk)["choices"]] == [50, 50]


def test_who_may_see_the_totals():
    def seen(rule: ResultRule, state: State, *, voted_in: int | None = None, is_staff: bool = False) -> bool:
        snapshot: Any = {"result_rule": rule, "poll": {"state": state}, "round": 2}
        return snapshots.Viewer(voted_in, is_staff).may_see(snapshot)

    assert seen(ResultRule.ALWAYS, State.OPEN)
    assert not seen(ResultRule.AFTER_VOTE, State.OPEN)
    assert not seen(ResultRule.AFTER_VOTE, State.OPEN, voted_in=1)
    assert seen(ResultRule.AFTER_VOTE, State.OPEN, voted_in=2)
    assert seen(ResultRule.AFTER_VOTE, State.FINAL)
    assert not seen(ResultRule.AFTER_CLOSE, State.SEALING, voted_in=2)
    assert seen(ResultRule.AFTER_CLOSE, State.FINAL)
    assert not seen(ResultRule.STAFF, State.FINAL, voted_in=2)
    assert all(seen(rule, State.OPEN, is_staff=True) for rule in ResultRule)


def test_the_rule_does_not_leave_with_the_snapshot(driver: PollDriver):
    assert "result_rule" not in snapshots.seen(snapshots.snapshot(driver.poll.pk), counting=True, totals=True)


def test_the_etag_leaves_out_when_it_was_sent(driver: PollDriver):
    def etag(*, counting: bool = True, totals: bool = True) -> str:
        return snapshots.etag(snapshots.seen(snapshots.snapshot(driver.poll.pk), counting=counting, totals=totals))

    assert etag() == etag()
    assert len({etag(), etag(counting=False), etag(totals=False)}) == 3


@pytest.mark.parametrize(
    ("votes", "voters", "ranking"),
    [
        ([5, 2, 2], 9, {"base": 9, "leaders": [1], "lead": 3, "top": 60}),
        ([3, 3, 0], 6, {"base": 6, "leaders": [1, 2], "lead": None, "top": 60}),
        ([4], 4, {"base": 4, "leaders": [1], "lead": None, "top": 100}),
        ([0, 0], 0, {"base": 0, "leaders": [], "lead": None, "top": 10}),
        ([None, None], 7, {"base": 7, "leaders": [], "lead": None, "top": 10}),
        ([], 0, {"base": 0, "leaders": [], "lead": None, "top": 10}),
    ],
    ids=["one leads", "a tie", "one choice", "no votes", "hidden", "no choices"],
)
def test_a_snapshot_says_who_leads_and_by_how_much(votes: list[int | None], voters: int, ranking: dict[str, Any]):
    choices: list[ShownChoice] = [
        {"id": place, "text": "", "votes": number, "percent": number} for place, number in enumerate(votes, 1)
    ]
    assert snapshots.ranking(choices, voters) == ranking


def test_a_choice_without_a_share_is_not_ranked():
    choices: list[ShownChoice] = [
        {"id": place, "text": "", "votes": votes, "percent": percent}
        for place, (votes, percent) in enumerate([(3, 60), (2, 40), (9, None)], 1)
    ]
    assert snapshots.ranking(choices, 14) == {"base": 5, "leaders": [1], "lead": 1, "top": 70}


def test_without_totals_a_snapshot_names_no_leader(driver: PollDriver):
    driver.vote("ann", 1)
    driver.count()
    snapshot = snapshots.snapshot(driver.poll.pk)

    shown = snapshots.seen(snapshot, counting=True, totals=True)
    hidden = snapshots.seen(snapshot, counting=True, totals=False)

    assert (shown["leaders"], shown["lead"], shown["top"]) == ([driver.choices[1]], 1, 100)
    assert (hidden["leaders"], hidden["lead"], hidden["top"]) == ([], None, 10)
    assert snapshots.without_totals(shown)["leaders"] == []
