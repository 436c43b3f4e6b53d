"""The public lists that a worker makes."""

import logging
from contextlib import closing

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from polls.models import BallotList, Poll
from polls.recount.lists import missing
from tests.polls.recount.generated import make
from tests.waiting import eventually
from workers import lists


def two_polls_without_lists() -> list[int]:
    """Two polls, in the order in which a worker makes their lists."""
    for slug in ("first", "second"):
        make("one", 20, slug=slug)
    BallotList.objects.all().delete()
    return missing()


def execute(statement: str) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute(statement)


def test_a_worker_makes_the_list_that_is_missing(transactional_db: None):
    poll = make("one", 20)
    BallotList.objects.all().delete()
    assert Client().get(f"/p/{poll.slug}/ballots.jsonl").status_code == 404
    lists.make_missing()
    eventually(lambda: BallotList.objects.filter(pk=poll.pk).exists(), what="a list")
    assert Client().get(f"/p/{poll.slug}/ballots.jsonl").status_code == 200
    eventually(lambda: not lists._making.locked(), what="the end of the thread")
    lists.make_missing()
    assert not lists._making.locked()


def test_a_list_that_cant_be_made_holds_up_no_other(transactional_db: None, caplog: pytest.LogCaptureFixture):
    first, second = two_polls_without_lists()
    execute(f"ALTER TABLE polls_ballotlist ADD CONSTRAINT refused CHECK (poll_id <> {first})")
    try:
        with caplog.at_level(logging.WARNING, "workers.lists"):
            lists.make_missing()
            eventually(lambda: not lists._making.locked(), what="the end of the thread")
    finally:
        execute("ALTER TABLE polls_ballotlist DROP CONSTRAINT refused")
    assert list(BallotList.objects.values_list("pk", flat=True)) == [second]
    (said,) = caplog.messages
    assert f"poll {first} waits for Postgres" in said
    lists.make_missing()
    eventually(lambda: BallotList.objects.filter(pk=first).exists(), what="the list that could not be made")
    eventually(lambda: not lists._making.locked(), what="the end of the thread")


def test_a_poll_that_is_deleted_meanwhile_holds_up_no_other(transactional_db: None):
    first, second = two_polls_without_lists()
    Poll.objects.get(pk=first).delete()
    lists._making.acquire()
    lists._make([first, second])
    assert list(BallotList.objects.values_list("pk", flat=True)) == [second]


def test_nothing_is_asked_while_lists_are_being_made(db: None):
    with lists._making, CaptureQueriesContext(connection) as queries:
        lists.make_missing()
    assert len(queries) == 0
