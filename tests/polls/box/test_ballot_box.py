from redis import Redis

from polls.box import ballot_box, keys
from polls.box.replies import Received, Voted
from tests.polls.poll_driver import PollDriver


def test_an_older_snapshot_does_not_replace_a_newer_one(driver: PollDriver):
    poll_id = driver.poll.pk
    assert ballot_box.store_snapshot(poll_id, 100, '{"version": 100}') is True
    assert ballot_box.store_snapshot(poll_id, 99, '{"version": 99}') is False
    assert ballot_box.store_snapshot(poll_id, 100, '{"version": 100, "again": 1}') is False
    assert ballot_box.snapshots([poll_id])[1] == [b'{"version": 100}']


def test_a_trim_takes_what_was_counted_and_nothing_else(driver: PollDriver):
    positions = [driver.vote(voter).position for voter in ("ann", "bob", "cid")]
    assert positions[1] is not None
    ballot_box.trim(driver.poll.pk, 1, through=positions[1])
    assert [position for position, _ in ballot_box.read(driver.poll.pk, 1, 10)] == positions[2:]


def test_a_box_with_casts_in_it_is_not_dropped(driver: PollDriver):
    driver.vote("ann")
    ballot_box.seal(driver.poll.pk, 1)
    assert ballot_box.drop(driver.poll.pk, 1) is False
    assert len(ballot_box.read(driver.poll.pk, 1, 10)) == 1


def test_an_open_box_is_not_dropped(driver: PollDriver):
    assert ballot_box.drop(driver.poll.pk, 1) is False


def test_sealing_a_missing_box_keeps_it_from_being_made(driver: PollDriver):
    definition = driver.definition
    ballot_box.forget(driver.poll.pk)
    ballot_box.drop(driver.poll.pk, 1, with_casts=True)
    assert ballot_box.seal(driver.poll.pk, 1) is False
    assert ballot_box.make(definition) is False


def test_a_box_of_votes_that_stay_takes_one_of_each_voter(strict: PollDriver):
    first = strict.queued(0)
    received = ballot_box.put(strict.definition, first)
    assert isinstance(received, Received)
    for again in (first, strict.queued(1, voter=first.voter_key)):
        assert ballot_box.put(strict.definition, again) == Voted(received.position, first.dump().encode())
    strict.count()
    assert ballot_box.put(strict.definition, first) == Voted(received.position, first.dump().encode())
    assert isinstance(ballot_box.put(strict.definition, strict.queued(1)), Received)


def test_who_has_voted_goes_with_the_box(strict: PollDriver, redis: Redis):
    strict.vote("ann")
    assert redis.exists(keys.voted(strict.poll.pk, 1))
    ballot_box.drop(strict.poll.pk, 1, with_casts=True)
    assert not redis.exists(keys.voted(strict.poll.pk, 1))


def test_a_box_of_votes_that_change_keeps_no_list_of_voters(driver: PollDriver, redis: Redis):
    ballot_box.put(driver.definition, driver.queued())
    redis.config_resetstat()
    ballot_box.put(driver.definition, driver.queued())
    calls = {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in redis.info("commandstats").items()}
    del calls["config|resetstat"]
    assert calls == {"evalsha": 1, "get": 1, "hmget": 1, "xadd": 1, "set": 1}
    assert not redis.exists(keys.voted(driver.poll.pk, 1))
