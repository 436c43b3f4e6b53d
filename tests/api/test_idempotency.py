"""A request that creates something and comes twice makes one thing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from api import idempotency
from api.models import FirstAnswer
from polls.models import Event, Poll
from tests.api.conftest import Program, host_named, word

NEW = {"question": "Cats or dogs?", "choices": [{"text": "Cats"}, {"text": "Dogs"}]}


def test_the_same_request_gets_the_first_answer(ada: Program):
    first = ada.post("/host/polls", NEW, Idempotency_Key="one")
    ada.act(first.json()["slug"], "open")
    again = ada.post("/host/polls", NEW, Idempotency_Key="one")
    assert (again.status_code, again.json()) == (201, first.json())
    assert Poll.objects.count() == 1


def test_another_request_with_the_key_is_refused(ada: Program):
    ada.post("/host/polls", NEW, Idempotency_Key="one")
    assert word(ada.post("/host/polls", {"question": "Owls?"}, Idempotency_Key="one")) == (422, "key_reused")
    assert word(ada.post("/host/events", {"title": "Talk"}, Idempotency_Key="one")) == (422, "key_reused")
    assert (Poll.objects.count(), Event.objects.count()) == (1, 0)


def test_a_key_is_its_users_own(ada: Program):
    ada.post("/host/polls", NEW, Idempotency_Key="one")
    assert host_named("bob").post("/host/polls", NEW, Idempotency_Key="one").status_code == 201
    assert Poll.objects.count() == 2


def test_what_failed_is_done_anew(ada: Program):
    assert ada.post("/host/polls", {"question": " "}, Idempotency_Key="one").status_code == 422
    assert ada.post("/host/polls", NEW, Idempotency_Key="one").status_code == 201


def test_two_at_once_make_one(ada: Program):
    def send(_number: int) -> int:
        try:
            return int(ada.post("/host/polls", NEW, Idempotency_Key="one").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(send, range(8)))
    assert (set(found) <= {201, 409}, 201 in found, Poll.objects.count()) == (True, True, 1)


def test_a_request_that_is_being_worked_on_is_a_conflict(ada: Program):
    def send() -> tuple[int, str]:
        try:
            return word(ada.post("/host/polls", NEW, Idempotency_Key="one"))
        finally:
            connection.close()

    ada.post("/host/polls", {"question": "Before?"})
    with transaction.atomic(), connection.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        named = idempotency.lock_id(Poll.objects.get().owner_id or 0, "one")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [named])
        assert pool.submit(send).result() == (409, "in_progress")


def test_answers_are_forgotten_after_a_day(ada: Program):
    ada.post("/host/polls", NEW, Idempotency_Key="one")
    FirstAnswer.objects.update(made_at=timezone.now() - idempotency.KEPT_FOR - timedelta(seconds=1))
    ada.post("/host/events", {"title": "Talk"}, Idempotency_Key="two")
    assert list(FirstAnswer.objects.values_list("key", flat=True)) == ["two"]
