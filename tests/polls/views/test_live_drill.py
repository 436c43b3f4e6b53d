"""Phones in a live drill: what the vote page tells them, what they report, and that nobody reports for others."""

from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from polls.lifecycle import transitions
from polls.views import live_drill as view
from polls.voting import live_drill
from polls.voting.live_drill import Numbers
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver, post, receipt_of
from tests.store_fixtures import Postgres

JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def drills(tmp_path: Path, settings: Settings) -> None:
    """As where bin/up runs, with DRILLS=on."""
    (tmp_path / "run").mkdir()
    settings.DATA_DIR, settings.INSTRUCTOR, settings.DRILLS = tmp_path, True, True
    live_drill._newest.forget()


@pytest.fixture
def drilled(driver: PollDriver) -> PollDriver:
    """The poll of a live drill."""
    live_drill.begin(driver.definition)
    return driver


def address(driver: PollDriver) -> str:
    return f"{driver.poll.get_absolute_url()}drill/"


def report(client: Client, driver: PollDriver, found: str = "counted", receipt: str | None = None) -> int:
    signed = receipt_of(client).signed() if receipt is None else receipt
    answer: Any = client.post(address(driver), {"receipt": signed, "found": found}, headers=JSON)
    return int(answer.status_code)


def voter(driver: PollDriver, choice: int = 0) -> Client:
    client = Client()
    post(client, driver, choice=driver.choices[choice])
    return client


def numbers(driver: PollDriver) -> Numbers:
    return live_drill.numbers(driver.definition)


def test_a_page_knows_where_it_reports_only_in_the_drill(client: Client, drilled: PollDriver):
    other = PollDriver(make_poll("other", "Yes", "No"))
    pages = [client.get(driver.poll.get_absolute_url()).content.decode() for driver in (drilled, other)]
    assert [("data-drill" in page, "/drill." in page) for page in pages] == [(True, True), (False, False)]
    answers = [post(client, driver, choice=driver.choices[0]).json() for driver in (drilled, other)]
    assert [answer.get("drill") for answer in answers] == [address(drilled), None]


def test_without_a_drill_nobody_is_asked(driver: PollDriver, settings: Settings):
    live_drill.begin(driver.definition)
    for settings.DRILLS, settings.INSTRUCTOR in ((False, True), (True, False)):
        assert live_drill.of(driver.definition) is None
        assert report(voter(driver), driver) == 404


def test_a_receipt_is_reported_once_however_often(drilled: PollDriver):
    phones = [voter(drilled), voter(drilled, 1)]
    drilled.count()
    assert numbers(drilled) == Numbers(2, 2, 0, 0)
    assert [report(phone, drilled) for phone in (*phones, *phones)] == [200] * 4
    assert numbers(drilled) == Numbers(2, 2, 2, 0)


def test_a_receipt_that_was_missing_and_is_found_is_found(drilled: PollDriver):
    phone = voter(drilled)
    found = []
    for said in ("missing", "counted", "missing"):
        report(phone, drilled, said)
        found.append((numbers(drilled).found, numbers(drilled).missing))
    assert found == [(0, 1), (1, 0), (1, 0)]


def test_a_changed_vote_is_one_voter_with_a_newer_receipt(drilled: PollDriver):
    phone = voter(drilled)
    before = receipt_of(phone)
    report(phone, drilled)
    post(phone, drilled, choice=drilled.choices[1])
    assert (report(phone, drilled, "missing"), numbers(drilled).found, numbers(drilled).missing) == (200, 0, 1)
    live_drill.report(before, live_drill.Found.COUNTED)
    assert (numbers(drilled).found, numbers(drilled).missing) == (0, 1)


def test_only_the_holder_of_a_receipt_reports_it(client: Client, drilled: PollDriver):
    phone, other = voter(drilled), voter(drilled)
    signed = receipt_of(phone).signed()
    client.get(drilled.poll.get_absolute_url())
    refused = [
        report(client, drilled, receipt=signed),
        report(other, drilled, receipt=signed),
        report(phone, drilled, receipt=f"{signed}x"),
        report(phone, drilled, receipt=""),
    ]
    assert (refused, numbers(drilled).found) == ([403] * 4, 0)


def test_a_receipt_of_another_round_or_poll_is_none(drilled: PollDriver):
    phone = voter(drilled)
    other = PollDriver(make_poll("other", "Yes", "No"))
    post(phone, other, choice=other.choices[0])
    assert report(phone, drilled) == 403  # the cookie is the other poll's now
    assert numbers(drilled).found == 0


def test_nothing_else_can_be_found(drilled: PollDriver):
    phone = voter(drilled)
    assert [report(phone, drilled, said) for said in ("", "lost", "2")] == [400] * 3
    assert phone.get(address(drilled), headers=JSON).status_code == 405


def test_a_page_of_somebody_else_reports_nothing(drilled: PollDriver):
    phone = Client(enforce_csrf_checks=True)
    assert phone.post(address(drilled), {"found": "counted"}, headers=JSON).status_code == 403


def test_who_reports_without_end_is_held_back(drilled: PollDriver):
    phone, other = voter(drilled), voter(drilled)
    assert {report(phone, drilled) for _ in range(view.A_MINUTE)} == {200}
    assert [report(phone, drilled), report(other, drilled)] == [429, 200]


def test_who_waits_is_accepted_and_not_yet_counted(drilled: PollDriver):
    phone = voter(drilled)
    drilled.count()
    post(phone, drilled, choice=drilled.choices[1])
    voter(drilled)
    assert numbers(drilled) == Numbers(2, 1, 0, 0)


def test_without_postgres_the_numbers_come_from_redis(drilled: PollDriver, postgres: Postgres):
    voter(drilled)
    drilled.count()
    phone = voter(drilled)
    postgres.stop()
    assert report(phone, drilled) == 200
    assert numbers(drilled) == Numbers(2, 1, 1, 0)


def test_without_redis_a_report_waits_and_the_numbers_say_so(drilled: PollDriver, own_redis: OwnRedis):
    phone = voter(drilled)
    drilled.count()
    own_redis.stop()
    assert (report(phone, drilled), numbers(drilled)) == (503, Numbers(None, 1, None, None))


def test_a_new_round_is_no_part_of_the_drill(drilled: PollDriver):
    transitions.reset(drilled.poll.pk)
    assert live_drill.of(drilled.definition) is None


def test_a_file_that_can_not_be_read_is_no_drill(drilled: PollDriver, settings: Settings):
    assert live_drill.of(drilled.definition) == live_drill.Going(drilled.poll.pk, 1, ANY)
    (settings.DATA_DIR / "run" / "live-drill.json").write_text("[1]")
    live_drill._newest.forget()
    assert live_drill.of(drilled.definition) is None


def test_another_poll_costs_no_question_to_a_store(
    drilled: PollDriver, redis: Any, django_assert_num_queries: CaptureQueriesContext
):
    other = PollDriver(make_poll("other", "Yes", "No")).definition
    before = redis.info("stats")["total_commands_processed"]
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert [live_drill.of(other) for _ in range(3)] == [None] * 3
    assert redis.info("stats")["total_commands_processed"] == before + 1  # this INFO
