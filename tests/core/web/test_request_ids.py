"""A request's id, from the web service to the job to the broadcast."""

import logging
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from threading import Barrier

import pytest
from django.http import HttpRequest, HttpResponse
from pytest_django import Settings
from redis import Redis
from rq import Queue

from core.web import request_ids
from core.web.request_ids import HEADER
from polls.box import ballot_box
from tests.polls.conftest import clean, client, driver, poll
from tests.polls.poll_driver import JSON, Client, PollDriver, post
from workers import jobs

__all__ = ["clean", "client", "driver", "poll"]


def test_every_answer_has_an_id_of_its_own(client: Client):
    ids = [client.get(address)[HEADER] for address in ("/healthz", "/healthz", "/nowhere-at-all/", "/readyz")]
    assert len({*ids}) == 4
    assert all(len(request_id) == 16 for request_id in ids)


GIVEN = {HEADER: "of-the-proxy.1"}


def test_an_id_is_taken_from_a_trusted_proxy_alone(client: Client, settings: Settings):
    assert client.get("/healthz", headers=GIVEN)[HEADER] != "of-the-proxy.1"
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.0/8")]
    assert client.get("/healthz", headers=GIVEN)[HEADER] == "of-the-proxy.1"
    assert client.get("/healthz", headers=GIVEN, REMOTE_ADDR="192.0.2.1")[HEADER] != "of-the-proxy.1"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb", "\N{SNOWMAN}", "<script>"])
def test_what_is_no_id_is_not_taken(client: Client, settings: Settings, given: str):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.0/8")]
    assert len(client.get("/healthz", headers={HEADER: given})[HEADER]) == 16


def test_a_refusal_names_it(client: Client, driver: PollDriver):
    answer = client.post(driver.poll.get_absolute_url(), {"choice": "0"}, headers=JSON)
    assert (answer.status_code, answer.json()["request_id"]) == (400, answer[HEADER])
    page = client.get("/nowhere-at-all/")
    assert f'request <span translate="no">{page[HEADER]}</span>' in page.content.decode()


def test_the_job_works_for_the_request_that_has_rung(
    client: Client, driver: PollDriver, redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    answer = post(client, driver, choice=driver.choices[0])
    (job,) = Queue("default", connection=redis, serializer="rq.serializers.JSONSerializer").jobs
    assert job.meta == {"request_id": answer[HEADER]}
    monkeypatch.setattr(jobs, "get_current_job", lambda: job)
    seen: list[str] = []
    monkeypatch.setattr(ballot_box, "clear_bell", lambda poll_id: seen.append(request_ids.current()))
    jobs.tally_poll(driver.poll.pk)
    assert (seen, request_ids.current()) == ([answer[HEADER]], "")


def test_two_requests_at_a_time_keep_their_ids():
    all_are_here = Barrier(5)

    def view(request: HttpRequest) -> HttpResponse:
        all_are_here.wait(20)
        return HttpResponse(request_ids.current())

    service = request_ids.name_requests(view)
    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(lambda _number: service(HttpRequest()), range(5)))
    assert [answer.content.decode() for answer in answers] == [answer[HEADER] for answer in answers]
    assert len({answer[HEADER] for answer in answers}) == 5


def test_a_vote_is_logged_without_who_it_was(client: Client, driver: PollDriver, caplog: pytest.LogCaptureFixture):
    """The line has its poll and position."""
    with caplog.at_level(logging.DEBUG, logger="polls"):
        answer = post(client, driver, choice=driver.choices[0])
        driver.count()
    (line,) = [found for found in caplog.records if found.name == "polls.views.voting"]
    assert (line.levelname, vars(line)["poll"], vars(line)["status"]) == ("DEBUG", "cats-or-dogs", "received")
    assert vars(line)["position"] == answer.json()["position"]
    (batch,) = [found for found in caplog.records if found.name == "polls.counting.drain"]
    assert (batch.levelname, vars(batch)["casts"], vars(batch)["through"]) == ("INFO", 1, answer.json()["position"])
    (ballot,) = driver.poll.ballots.all()
    logged = " ".join(f"{vars(found)} {found.getMessage()}" for found in caplog.records)
    assert [who for who in (str(ballot.voter_key), str(ballot.cast_id), "127.0.0.1") if who in logged] == []
