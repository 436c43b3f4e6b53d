"""Pages that are drawn once for many: what is shared, and what never is."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test.signals import template_rendered

from polls.box import definitions
from polls.lifecycle import transitions
from polls.models import Poll
from polls.views import drawn
from tests.polls.host.conftest import browser_of
from tests.polls.poll_driver import Client, PollDriver, post

PATHS = ["", "results/", "present/"]


@pytest.fixture(autouse=True)
def kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "KEPT_S", 60.0)


@pytest.fixture
def drawings() -> Iterator[list[str]]:
    """The names of the pages that were drawn."""
    noted: list[str] = []

    def note(template: Any, **_: object) -> None:
        if template.name.startswith("polls/") and "/_" not in template.name:
            noted.append(template.name)

    template_rendered.connect(note)
    yield noted
    template_rendered.disconnect(note)


def page(client: Client, poll: Poll, path: str = "", **headers: str) -> str:
    return str(client.get(poll.get_absolute_url() + path, headers=headers).content.decode())


def tokens(text: str) -> set[str]:
    return set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', text))


def stamps(text: str) -> set[str]:
    return set(re.findall(r'name="page" value="([^"]+)"', text))


def snapshot(text: str) -> Any:
    found = re.search(r'<script id="snapshot" type="application/json">(.*?)</script>', text)
    assert found
    return json.loads(found[1])


@pytest.mark.parametrize("path", PATHS)
def test_one_page_is_drawn_for_many(poll: Poll, drawings: list[str], path: str):
    assert len({len(page(Client(), poll, path)) for _ in range(3)}) == 1
    assert len(drawings) == 1


def test_each_visitor_has_a_valid_token_and_stamp_of_their_own(driver: PollDriver):
    browsers = [Client(enforce_csrf_checks=True) for _ in range(3)]
    pages = [page(browser, driver.poll) for browser in browsers]
    assert len(set.union(*map(tokens, pages))) == 3
    assert len(set.union(*map(stamps, pages))) == 3
    for browser, text in zip(browsers, pages, strict=True):
        (token,), (stamp,) = tokens(text), stamps(text)
        answer = post(browser, driver, choice=driver.choices[0], csrfmiddlewaretoken=token, page=stamp)
        assert answer.status_code == 202, answer.content


def test_every_form_of_a_page_has_the_token_of_its_visitor(poll: Poll):
    page(Client(), poll, "results/")
    text = page(Client(), poll, "results/")
    assert len(tokens(text)) == 1 <= text.count("csrfmiddlewaretoken")


def test_a_kept_page_has_the_time_and_the_snapshot_of_now(driver: PollDriver):
    first = page(Client(), driver.poll)
    driver.vote("somebody")
    driver.count()
    second = page(Client(), driver.poll)
    assert [snapshot(text)["voters"] for text in (first, second)] == [0, 1]
    moments = [datetime.fromisoformat(re.findall(r'data-now="([^"]+)"', text)[0]) for text in (first, second)]
    assert moments[0] < moments[1]


def test_whoever_has_voted_has_a_page_of_their_own(driver: PollDriver):
    voter = Client()
    assert "data-voted" not in page(voter, driver.poll)
    post(voter, driver, choice=driver.choices[0])
    assert "data-voted" in page(voter, driver.poll)
    assert "data-voted" not in page(Client(), driver.poll)


def test_languages_and_host_names_have_pages_of_their_own(poll: Poll, drawings: list[str]):
    assert 'lang="es"' in page(Client(), poll, **{"Accept-Language": "es"})
    assert 'lang="en"' in page(Client(), poll, **{"Accept-Language": "en"})
    assert "127.0.0.1" in page(Client(), poll, Host="127.0.0.1")
    assert "127.0.0.1" not in page(Client(), poll, Host="localhost")
    assert len(drawings) == 4


def test_whoever_is_signed_in_has_a_page_of_their_own(poll: Poll, drawings: list[str]):
    host = browser_of(User.objects.create_user("ada", is_staff=True))
    for browser in (host, host, Client(), host):
        page(browser, poll, "results/")
    assert len(drawings) == 4


@pytest.mark.parametrize("path", PATHS)
def test_a_poll_that_has_changed_is_drawn_anew(poll: Poll, path: str):
    page(Client(), poll, path)
    Poll.objects.filter(pk=poll.pk).update(question="Which of them?")
    transitions.edited(poll.pk)
    definitions.cache.clear()
    assert "Which of them?" in page(Client(), poll, path)


def test_a_page_that_is_too_old_is_drawn_anew(driver: PollDriver, monkeypatch: pytest.MonkeyPatch, drawings: list[str]):
    monkeypatch.setattr(drawn, "KEPT_S", 0.0)
    for _ in range(2):
        page(Client(), driver.poll)
    assert len(drawings) == 2


def test_no_more_pages_are_kept_than_the_limit(poll: Poll, monkeypatch: pytest.MonkeyPatch, drawings: list[str]):
    monkeypatch.setattr(drawn, "_MOST", 2)
    for language in ("en", "es", "en", "es"):
        page(Client(), poll, **{"Accept-Language": language})
    assert len(drawings) == 2
    page(Client(), poll, "results/")
    page(Client(), poll, **{"Accept-Language": "en"})
    assert len(drawings) == 4
