import time
from uuid import UUID, uuid4

import pytest

from polls.box.casts import BadCastError, Cast, milliseconds, new_cast_id, newest, position_key, receipt_code


def test_a_cast_id_is_a_uuid7_of_now():
    before = time.time_ns() // 1_000_000
    cast_id = new_cast_id()
    assert cast_id.version == 7
    assert before <= milliseconds(cast_id) <= time.time_ns() // 1_000_000


def test_a_cast_id_bears_the_moment_of_the_press():
    assert milliseconds(new_cast_id(1_700_000_000_123)) == 1_700_000_000_123


def test_a_cast_id_is_never_later_than_now():
    now = time.time_ns() // 1_000_000
    assert milliseconds(new_cast_id(now + 3_600_000)) <= time.time_ns() // 1_000_000


def test_a_cast_id_is_later_than_the_voters_last_one():
    last = new_cast_id()
    behind = new_cast_id(milliseconds(last) - 5000, after=last)
    assert behind > last


def test_cast_ids_of_one_moment_share_no_random_bits():
    ids = {new_cast_id(1_700_000_000_000).int & (2**62 - 1) for _ in range(1000)}
    assert len(ids) == 1000


def test_a_cast_comes_back_as_it_was_queued():
    cast = Cast(new_cast_id(), uuid4(), (3, 1), 2)
    assert Cast.load(cast.dump().encode()) == cast


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"cast_id": 1}',
        b'{"cast_id":"x","voter_key":"y","selections":[1],"round":1}',
        Cast(new_cast_id(), uuid4(), ("1",), 1).dump().encode(),  # type: ignore[arg-type]
        Cast(new_cast_id(), uuid4(), (True,), 1).dump().encode(),
        Cast(new_cast_id(), uuid4(), (1,), None).dump().encode(),  # type: ignore[arg-type]
        b"[" * 100_000,
        Cast(new_cast_id(), uuid4(), tuple(range(10_000)), 1).dump().encode(),
    ],
)
def test_what_is_no_cast_is_refused_with_a_reason(payload: bytes):
    with pytest.raises(BadCastError, match=r"\w"):
        Cast.load(payload)


def test_the_newest_cast_of_a_voter_counts_whatever_the_order():
    voter = uuid4()
    old, new = (Cast(new_cast_id(moment), voter, (1,), 1) for moment in (1000, 2000))
    assert newest([new, old]) == newest([old, new]) == {voter: new}


def test_positions_are_compared_as_numbers():
    assert position_key("10-0") > position_key("9-0")
    assert position_key("9-10") > position_key("9-9")


def test_a_receipt_code_can_be_read_out():
    assert receipt_code(UUID(int=0)) == "000-000"
    assert receipt_code(UUID(int=2**30 - 1)) == "ZZZ-ZZZ"
