from dataclasses import asdict, replace

import pytest

from polls.voting import work
from polls.voting.work import Asker
from tests.polls.voting.solving import solved

ASKER = Asker(1, 1, "0a1b2c3d", "somebody")


@pytest.fixture(scope="module")
def answer() -> str:
    """The work that ASKER is asked for, done."""
    return solved(asdict(work.asked(ASKER, 20, 20)))


def test_the_work_that_was_asked_for_is_done(answer: str):
    assert work.is_done(answer, ASKER)
    assert len(answer) < 300


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKER, poll_id=2),
        replace(ASKER, round=2),
        replace(ASKER, network="ffffffff"),
        replace(ASKER, voter="somebody else"),
    ],
    ids=["poll", "round", "network", "voter"],
)
def test_it_counts_for_no_other(answer: str, other: Asker):
    assert not work.is_done(answer, other)


def test_it_has_to_be_done_in_time(answer: str, monkeypatch: pytest.MonkeyPatch):
    assert work.is_done(answer, ASKER)
    monkeypatch.setattr(work, "GOOD_FOR_S", -1)
    assert not work.is_done(answer, ASKER)


def test_work_that_is_not_done_is_none(answer: str):
    challenge, *numbers = answer.split(" ")
    other = str(int(numbers[3]) + 1)
    for wrong in (
        "",
        challenge,
        " ".join([challenge, *numbers[:-1]]),
        " ".join([challenge, *numbers, "1"]),
        " ".join([challenge, *(["0"] * work.PIECES)]),
        " ".join([challenge, *numbers[:3], other, *numbers[4:]]),
        " ".join([challenge, *numbers[:-1], "-1"]),
        " ".join([challenge, *numbers[:-1], str(2**32)]),
        " ".join(["MQ:a:b", *numbers]),
        " ".join([f"MQ{challenge[2:]}", *numbers]),
        "x" * 10_000,
        "\0",
    ):
        assert not work.is_done(wrong, ASKER), wrong


@pytest.mark.parametrize(("voters", "bits"), [(20, 14), (39, 14), (40, 15), (80, 16), (160, 16), (10_000, 16), (5, 14)])
def test_more_voters_are_more_work_up_to_a_bound(voters: int, bits: int):
    assert work.asked(ASKER, voters, 20).bits == bits
