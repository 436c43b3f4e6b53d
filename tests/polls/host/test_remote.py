"""The remote: what a host's phone asks of the projector."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from polls.host import history
from polls.lifecycle import events, transitions
from polls.models import Poll, ResultRule, Tally
from polls.results import room
from polls.results.room import Remote
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_event, make_poll
from tests.polls.host.conftest import owned
from tests.polls.poll_driver import JSON, Client, PollDriver


def pressed(poll: Poll) -> tuple[str, str]:
    """Return what a projector of this poll is told to do."""
    remote: Remote = room.look({poll.pk: (0, 0)})[poll.pk].remote
    return remote.deed, remote.slug


def press(host: Client, poll: Poll, button: str, **more: Any) -> Any:
    return host.post(f"/host/{poll.slug}/remote/", {"press": button, **more})


@pytest.mark.parametrize("button", ["show", "hide"])
def test_the_result_is_asked_for_and_hidden(host: Client, poll: Poll, button: str):
    here = f"/host/{poll.slug}/remote/"
    answer = press(host, poll, button, next=here)
    assert (answer.status_code, answer["Location"], pressed(poll)) == (302, here, (button, ""))
    assert "The projector" in host.get(here).content.decode()


def test_remote_and_projector_go_on_to_the_next_poll_and_back(host: Client, ada: User):
    one, draft, two = (make_poll(slug, "Yes", "No", opened=slug != "draft") for slug in ("one", "draft", "two"))
    others = make_poll("others", "Yes", "No")
    for mine in (one, draft, two):
        owned(mine, ada)
    assert press(host, one, "after")["Location"] == "/host/two/remote/"
    assert pressed(one) == ("go", "two")
    assert press(host, two, "before")["Location"] == "/host/one/remote/"
    assert pressed(two) == ("go", "one")
    assert press(host, two, "after").status_code == 409
    assert [pressed(poll) for poll in (draft, others)] == [("", ""), ("", "")]


def test_in_an_event_it_leads_the_audience(host: Client, ada: User):
    polls = [owned(make_poll(slug, "Yes", "No", opened=slug == "second"), ada) for slug in ("second", "first", "other")]
    event = make_event("party", *polls[:2], owner=ada)
    page = host.get("/host/second/remote/").content.decode()
    assert ("Show the next poll to all" in page, "Show the previous poll" in page) == (True, False)
    assert press(host, polls[0], "after")["Location"] == "/host/first/remote/"
    event.refresh_from_db()
    assert (event.current, event.is_on, Tally.objects.get(poll__slug="first").state) == (polls[1], True, "open")
    assert [entry.change_message for entry in history.of(polls[1])] == ["Opened."]
    assert press(host, polls[0], "before").status_code == 409

    # Of another host's poll there is no remote here.
    theirs = make_poll("theirs", "Yes", "No")
    events.add(event.pk, [theirs.pk])
    assert press(host, polls[1], "after")["Location"] == "/host/events/party/"


@pytest.mark.parametrize(
    ("after", "leaves", "answered"),
    [
        ('FROM "polls_event" ', 0, (409, "not_possible")),
        ('FROM "polls_event" ', None, (409, "not_possible")),
        ('FROM "polls_eventpoll" ', 1, (404, "not_found")),
    ],
    ids=["poll", "event", "next-poll"],
)
def test_what_leaves_the_event_meanwhile_is_answered_in_words(
    host: Client, ada: User, after: str, leaves: int | None, answered: tuple[int, str]
):
    """After the query with these words a poll is taken out of the event, or the event is deleted."""
    polls = [owned(make_poll(slug, "Yes", "No"), ada) for slug in ("first", "second")]
    event = make_event("party", *polls, owner=ada)
    seen: list[str] = []

    def meanwhile(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        found = execute(sql, *rest)
        if after in sql and not seen:
            seen.append(sql)
            if leaves is None:
                events.delete(event.pk)
            else:
                events.take_out(event.pk, polls[leaves].pk)
        return found

    with connection.execute_wrapper(meanwhile):
        answer = host.post("/host/first/remote/", {"press": "after"}, headers=JSON)
    assert (answer.status_code, answer.json()["status"], len(seen)) == (*answered, 1)
    assert host.get("/host/first/remote/").status_code == 200


def test_where_people_go_as_they_like_it_leads_projectors_alone(host: Client, ada: User):
    polls = [owned(make_poll(slug, "Yes", "No"), ada) for slug in ("first", "second")]
    event = make_event("party", *polls, owner=ada, self_paced=True)
    assert "Next poll" in host.get("/host/first/remote/").content.decode()
    press(host, polls[0], "after")
    event.refresh_from_db()
    assert (event.current, pressed(polls[0])) == (None, ("go", "second"))


def test_a_program_gets_json(host: Client, poll: Poll):
    answer = host.post(f"/host/{poll.slug}/remote/", {"press": "hide"}, headers=JSON)
    assert (answer.status_code, answer.json()["status"]) == (200, "pressed")
    answer = host.post(f"/host/{poll.slug}/remote/", {"press": "go"}, headers=JSON)
    assert (answer.status_code, answer.json()["status"], pressed(poll)) == (400, "bad_press", ("hide", ""))


def test_without_redis_nothing_is_said_to_reach_the_projector(host: Client, poll: Poll, own_redis: OwnRedis):
    own_redis.stop()
    answer = host.post(f"/host/{poll.slug}/remote/", {"press": "hide"}, headers=JSON)
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert host.get(f"/host/{poll.slug}/remote/").status_code == 200
    own_redis.start()
    assert pressed(poll) == ("", "")


def test_it_says_where_a_hidden_result_is_shown(host: Client, ada: User):
    poll = owned(make_poll("secret", "Yes", "No", result_rule=ResultRule.AFTER_CLOSE), ada)
    warning = "Voters may not see this result now."
    assert warning in host.get("/host/secret/remote/").content.decode()
    PollDriver(poll).finish()
    assert warning not in host.get("/host/secret/remote/").content.decode()


def test_a_press_gives_a_projector_no_right(host: Client, ada: User):
    owned(make_poll("secret", "Yes", "No", result_rule=ResultRule.STAFF), ada)
    press(host, Poll.objects.get(slug="secret"), "show")
    for result in ("", "?result=shown"):
        page = Client().get(f"/p/secret/present/{result}")
        assert [choice["votes"] for choice in page.context["snapshot"]["choices"]] == [None, None]


def test_a_minute_is_taken_off_while_there_is_more_than_one(host: Client, poll: Poll):
    def less() -> tuple[int, timedelta]:
        after = Poll.objects.get(pk=poll.pk).closes_at
        assert after is not None
        fields = {"minutes": "-1", "after": after.isoformat()}
        answers = {host.post(f"/host/{poll.slug}/close-in/", fields, headers=JSON).status_code for _ in range(2)}
        moved = Poll.objects.get(pk=poll.pk).closes_at
        assert moved is not None
        return min(answers), after - moved

    transitions.close_in(poll.pk, 3)
    minute = timedelta(minutes=1)
    assert [less(), less(), less()] == [(200, minute), (200, minute), (409, timedelta())]
    assert Poll.objects.get(pk=poll.pk).closes_at > timezone.now()  # type: ignore[operator]
