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


def age() -> None:
    """Let all answers be too old to be given again."""
    FirstAnswer.objects.update(made_at=timezone.now() - idempotency.KEPT_FOR - timedelta(seconds=1))


def answer_long_ago(ada: Program, answers: int) -> None:
    """Store so many answers of Ada's, named by their number, which are too old to be given again."""
    ada.made()
    owner = Poll.objects.get().owner
    FirstAnswer.objects.bulk_create(
        FirstAnswer(user=owner, key=str(number), fingerprint="", status=201, content={}) for number in range(answers)
    )
    age()


def kept() -> list[str]:
    return sorted(FirstAnswer.objects.values_list("key", flat=True))


def test_answers_are_forgotten_after_a_day(ada: Program):
    ada.post("/host/polls", NEW, Idempotency_Key="one")
    age()
    ada.post("/host/events", {"title": "Talk"}, Idempotency_Key="two")
    assert kept() == ["two"]


def test_an_answer_that_is_too_old_is_not_given_again(ada: Program):
    old = idempotency.FORGOTTEN_AT_ONCE + 1
    answer_long_ago(ada, old)
    assert ada.post("/host/events", {"title": "Talk"}, Idempotency_Key=str(old - 1)).status_code == 201
    assert len(kept()) == 1


def test_a_request_deletes_a_bounded_number_of_old_answers(ada: Program):
    answer_long_ago(ada, 2 * idempotency.FORGOTTEN_AT_ONCE)
    ada.post("/host/events", {"title": "Talk"}, Idempotency_Key="new")
    assert len(kept()) == idempotency.FORGOTTEN_AT_ONCE + 1


def test_what_another_request_forgets_is_not_waited_for(ada: Program):
    ada.post("/host/polls", NEW, Idempotency_Key="one")
    ada.post("/host/polls", NEW, Idempotency_Key="two")
    age()

    def send() -> int:
        try:
            return int(ada.post("/host/events", {"title": "Talk"}, Idempotency_Key="three").status_code)
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        FirstAnswer.objects.select_for_update().get(key="one")
        assert pool.submit(send).result(timeout=20) == 201
    assert kept() == ["one", "three"]
