from polls.box import ballot_box
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
