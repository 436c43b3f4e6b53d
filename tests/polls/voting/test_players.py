"""Players of an event: nicknames, and points that come from ballots and right answers alone."""

from typing import Any
from uuid import UUID

import pytest
from django.test import override_settings

from polls.lifecycle import safety_net, transitions
from polls.models import Ballot, Event, Player, Poll, ResultRule
from polls.voting import players, voters
from polls.voting.players import NicknameError
from tests.polls.conftest import make_event, make_poll
from tests.polls.poll_driver import PollDriver

ANN, BOB, CAT = "a" * 22, "b" * 22, "c" * 22
CITIES = ("Bern", "Basel", "Berlin")


def quiz(slug: str, *right: int, **fields: Any) -> PollDriver:
    return PollDriver(make_poll(slug, *CITIES, right=right or (0,), **fields))


def close(*drivers: PollDriver) -> None:
    for driver in drivers:
        driver.count()
        transitions.seal(driver.poll.pk)
        driver.count()
        safety_net.sweep()


def party(*drivers: PollDriver) -> Event:
    return make_event("party", *(driver.poll for driver in drivers), scores=True)


def told(event: Event) -> list[tuple[str, int, int]]:
    return [(score.nickname, score.points, score.place) for score in players.scores(event.pk).players]


def test_points_come_with_the_end_of_each_quiz():
    first, second = quiz("first"), quiz("second", 1)
    event = party(first, second)
    for name, voter in (("Ann", ANN), ("Bob", BOB), ("Cat", CAT)):
        players.join(event.pk, voter, name)
    first.vote(ANN, 0)
    first.vote(BOB, 0)
    second.vote(ANN, 1)
    second.vote(BOB, 2)
    first.count()
    assert told(event) == [("Ann", 0, 1), ("Bob", 0, 1), ("Cat", 0, 1)]
    close(first)
    assert told(event) == [("Ann", 1, 1), ("Bob", 1, 1), ("Cat", 0, 3)]
    close(second)
    assert told(event) == [("Ann", 2, 1), ("Bob", 1, 2), ("Cat", 0, 3)]
    assert players.scores(event.pk).quizzes == 2


def test_a_quiz_that_is_open_again_counts_no_more():
    driver = quiz("first")
    event = party(driver)
    players.join(event.pk, ANN, "Ann")
    driver.vote(ANN, 0)
    close(driver)
    assert told(event) == [("Ann", 1, 1)]
    transitions.open_poll(driver.poll.pk)
    assert told(event) == [("Ann", 0, 1)]


def test_a_nickname_taken_late_counts_what_was_answered_before():
    driver = quiz("first")
    event = party(driver)
    driver.vote(ANN, 0)
    close(driver)
    players.join(event.pk, ANN, "Ann")
    assert told(event) == [("Ann", 1, 1)]


def test_all_that_is_right_and_nothing_else_is_right():
    driver = quiz("first", 0, 1, max_choices=2)
    event = party(driver)
    for voter in (ANN, BOB):
        players.join(event.pk, voter, voter[0])
    driver.vote(ANN, 0)
    driver.vote(BOB, 0)
    driver.count()
    Ballot.objects.filter(voter_key=voters.key(BOB, bytes(driver.poll.voter_salt).hex())).update(
        selections=[driver.choices[1], driver.choices[0]]
    )
    close(driver)
    assert told(event) == [("b", 1, 1), ("a", 0, 2)]


def test_a_result_for_hosts_alone_is_told_by_no_score():
    driver = quiz("first", result_rule=ResultRule.STAFF)
    event = party(driver)
    players.join(event.pk, ANN, "Ann")
    driver.vote(ANN, 0)
    close(driver)
    assert (told(event), players.scores(event.pk).quizzes) == ([("Ann", 0, 1)], 0)


def test_ballots_set_aside_do_not_count():
    driver = quiz("first")
    event = party(driver)
    players.join(event.pk, ANN, "Ann")
    driver.vote(ANN, 0)
    driver.count()
    Ballot.objects.update(is_set_aside=True)
    close(driver)
    assert told(event) == [("Ann", 0, 1)]


def test_a_voter_has_one_nickname_and_a_nickname_one_voter():
    event = party(quiz("first"))
    assert players.join(event.pk, ANN, "  Ann \u200b").nickname == "Ann"
    assert players.join(event.pk, ANN, "Other").nickname == "Ann"
    with pytest.raises(NicknameError, match="Somebody else is called") as taken:
        players.join(event.pk, BOB, "ANN")
    assert taken.value.suggestion == "ANN 2"
    players.join(event.pk, BOB, "ANN 2")
    with pytest.raises(NicknameError) as taken:
        players.join(event.pk, CAT, "ann")
    assert taken.value.suggestion == "ann 3"
    other = make_event("other", scores=True)
    assert players.join(other.pk, BOB, "Ann").nickname == "Ann"


@pytest.mark.parametrize("nickname", ["", " \u200b", "x" * 31])
def test_what_is_no_nickname_is_refused(nickname: str):
    event = party(quiz("first"))
    with pytest.raises(NicknameError, match="1 to 30 letters"):
        players.join(event.pk, ANN, nickname)


def test_an_event_takes_so_many_players(monkeypatch: pytest.MonkeyPatch):
    event = party(quiz("first"))
    monkeypatch.setattr(players, "MOST_PLAYERS", 1)
    players.join(event.pk, ANN, "Ann")
    with pytest.raises(NicknameError, match="takes no more"):
        players.join(event.pk, BOB, "Bob")


def test_the_table_has_neither_a_voter_nor_the_key_of_a_ballot():
    driver = quiz("first")
    event = party(driver)
    player = players.join(event.pk, ANN, "Ann")
    salt = bytes(Poll.objects.get(pk=driver.poll.pk).voter_salt).hex()
    stored = bytes(player.masked)
    assert ANN.encode() not in stored
    assert player.key != voters.key(ANN, salt)
    assert {type(value) for value in Player.objects.values_list("key", "nickname", "reading").get()} == {UUID, str}


def test_points_outlive_a_change_of_the_secret():
    driver = quiz("first")
    event = party(driver)
    players.join(event.pk, ANN, "Ann")
    driver.vote(ANN, 0)
    old = "o" * 50
    with override_settings(SECRET_KEY=old):
        players.join(event.pk, BOB, "Bob")
    driver.vote(BOB, 0)
    with override_settings(SECRET_KEY_FALLBACKS=[old]):
        close(driver)
        assert told(event) == [("Ann", 1, 1), ("Bob", 1, 1)]


def test_who_is_removed_is_gone_and_the_votes_stay():
    driver = quiz("first")
    event = party(driver)
    player = players.join(event.pk, ANN, "Ann")
    driver.vote(ANN, 0)
    close(driver)
    players.remove(event.pk, player.pk)
    players.remove(event.pk, player.pk)
    assert (told(event), driver.totals) == ([], [1, 0, 0])
