import json

from hypothesis import given
from hypothesis import strategies as some

from polls.box import ballot_box
from polls.lifecycle import safety_net, transitions
from polls.models import ResultRule, State
from polls.results import snapshots
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Booth


@given(some.lists(some.integers(0, 10**7), min_size=1, max_size=20))
def test_parts_of_a_hundred_add_up_and_none_is_off_by_one_or_more(votes: list[int]):
    parts = snapshots.parts_of_hundred(votes)
    total = sum(votes)
    assert sum(parts) == (100 if total else 0)
    assert all(abs(part - 100 * count / total) < 1 for part, count in zip(parts, votes, strict=True) if total)


def test_thirds_give_the_odd_per_cent_to_the_first():
    assert snapshots.parts_of_hundred([1, 1, 1]) == [34, 33, 33]


def test_shares_of_voters_need_not_add_up():
    assert snapshots.shares([3, 2, 0], 4) == [75, 50, 0]
    assert snapshots.shares([0, 0], 0) == [0, 0]


def test_a_snapshot_says_what_was_counted(booth: Booth):
    booth.vote("ann", 0)
    booth.vote("bob", 1)
    position = booth.vote("cid", 1).position
    booth.count()
    found = snapshots.snapshot(booth.poll.pk)
    assert found == {
        "type": "results",
        "poll": {"slug": "cats-or-dogs", "question": "Which?", "state": "open", "closes_at": None},
        "round": 1,
        "version": booth.tally.version,
        "box": 1,
        "counted_through": position,
        "voters": 3,
        "timeline": booth.tally.timeline,
        "result_rule": "always",
        "choices": [
            {"id": booth.choices[0], "text": "Cats", "votes": 1, "percent": 33},
            {"id": booth.choices[1], "text": "Dogs", "votes": 2, "percent": 67},
        ],
    }


def waiting(booth: Booth) -> object:
    found = snapshots.newest([booth.poll.pk], with_waiting=True).snapshots[booth.poll.pk]
    return found.get("waiting", "nothing is said")


def test_a_poll_says_how_many_votes_wait_until_it_is_final(own_redis: OwnRedis, booth: Booth):
    for voter in ("ann", "bob"):
        booth.vote(voter)
    assert waiting(booth) == 2
    transitions.seal(booth.poll.pk)
    assert waiting(booth) == 2
    assert json.loads(ballot_box.snapshots([booth.poll.pk])[1][0] or "")["waiting"] == 2
    booth.count()
    assert waiting(booth) == 0
    safety_net.sweep()
    assert waiting(booth) == "nothing is said"


def test_without_redis_nobody_knows_how_many_votes_wait(own_redis: OwnRedis, booth: Booth):
    booth.vote("ann")
    transitions.seal(booth.poll.pk)
    own_redis.stop()
    assert waiting(booth) is None
    own_redis.start()
    assert waiting(booth) == 1


def test_where_several_may_be_picked_per_cents_are_of_voters():
    booth = Booth(make_poll("pizza", "Ham", "Cheese", max_choices=2))
    booth.vote("ann", 0)
    booth.vote("bob", 1)
    booth.count()
    assert [choice["percent"] for choice in snapshots.snapshot(booth.poll.pk)["choices"]] == [50, 50]


def test_who_may_see_the_totals():
    def seen(rule: ResultRule, state: State, *, voted_in: int | None = None, is_staff: bool = False) -> bool:
        snapshot = {"result_rule": rule, "poll": {"state": state}, "round": 2}
        return snapshots.may_see(snapshot, voted_in=voted_in, is_staff=is_staff)

    assert seen(ResultRule.ALWAYS, State.OPEN)
    assert not seen(ResultRule.AFTER_VOTE, State.OPEN)
    assert not seen(ResultRule.AFTER_VOTE, State.OPEN, voted_in=1)
    assert seen(ResultRule.AFTER_VOTE, State.OPEN, voted_in=2)
    assert seen(ResultRule.AFTER_VOTE, State.FINAL)
    assert not seen(ResultRule.AFTER_CLOSE, State.SEALING, voted_in=2)
    assert seen(ResultRule.AFTER_CLOSE, State.FINAL)
    assert not seen(ResultRule.STAFF, State.FINAL, voted_in=2)
    assert all(seen(rule, State.OPEN, is_staff=True) for rule in ResultRule)


def test_the_rule_does_not_leave_with_the_snapshot(booth: Booth):
    assert "result_rule" not in snapshots.seen(snapshots.snapshot(booth.poll.pk), counting=True, totals=True)


def test_the_etag_leaves_out_when_it_was_sent(booth: Booth):
    def etag(*, counting: bool = True, totals: bool = True) -> str:
        return snapshots.etag(snapshots.seen(snapshots.snapshot(booth.poll.pk), counting=counting, totals=totals))

    assert etag() == etag()
    assert len({etag(), etag(counting=False), etag(totals=False)}) == 3
