"""The public lists that a worker makes."""

from django.test import Client

from polls.models import BallotList
from tests.polls.recount.generated import make
from tests.waiting import eventually
from workers import lists


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
