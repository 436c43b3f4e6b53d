"""P11: a vote needs the voter cookie and the page that GET made together. One page serves one voter."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from core.web import hidden_fields
from tests.browsing import Browser
from tests.own_redis import OwnRedis
from tests.polls.poll_driver import JSON, PollDriver, waiting
from tests.store_fixtures import Postgres
from tests.system import System

A_TOKEN = "a" * 32


def page_of(browser: Client, driver: PollDriver) -> str:
    """Load the vote page, and return what its form has."""
    return hidden_fields.of(browser.get(driver.poll.get_absolute_url()).content.decode())["page"]


def post(browser: Client, driver: PollDriver, **fields: Any) -> HttpResponse:
    found = browser.post(driver.poll.get_absolute_url(), {"choice": driver.choices[0], **fields}, headers=JSON)
    assert isinstance(found, HttpResponse)
    return found


def bare(_driver: PollDriver) -> tuple[Client, dict[str, str]]:
    """Nothing but a token of CSRF that was made up."""
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["csrftoken"] = A_TOKEN
    return browser, {"csrfmiddlewaretoken": A_TOKEN}


def without_a_page(driver: PollDriver) -> tuple[Client, dict[str, str]]:
    """The cookies of a page, without what its form has."""
    browser = Client()
    page_of(browser, driver)
    return browser, {}


def with_the_page_of_another(driver: PollDriver) -> tuple[Client, dict[str, str]]:
    """Cookies of one page, the form of another."""
    browser = Client()
    page_of(browser, driver)
    return browser, {"page": page_of(Client(), driver)}


def with_the_form_alone(driver: PollDriver) -> tuple[Client, dict[str, str]]:
    """The form of a page, without its cookies."""
    return Client(), {"page": page_of(Client(), driver)}


def with_a_cookie_made_up(driver: PollDriver) -> tuple[Client, dict[str, str]]:
    """A page, and a voter cookie that is not signed."""
    browser = Client()
    page = page_of(browser, driver)
    browser.cookies["voter"] = browser.cookies["voter"].value[:-1] + "?"
    return browser, {"page": page}


def with_a_page_made_up(driver: PollDriver) -> tuple[Client, dict[str, str]]:
    """A page whose time was changed."""
    browser = Client()
    page = page_of(browser, driver)
    return browser, {"page": ("A" if page[0] != "A" else "B") + page[1:]}


@pytest.mark.parametrize(
    "way",
    [
        bare,
        without_a_page,
        with_the_page_of_another,
        with_the_form_alone,
        with_a_cookie_made_up,
        with_a_page_made_up,
    ],
)
def test_a_vote_without_its_page_is_refused(driver: PollDriver, way: Callable[..., tuple[Client, dict[str, str]]]):
    browser, fields = way(driver)
    answer = post(browser, driver, **fields)
    assert (answer.status_code, answer.json()["status"]) == (403, "no_page")  # type: ignore[attr-defined]
    assert waiting() == 0


def test_a_loop_of_bare_posts_casts_nothing(driver: PollDriver):
    for _ in range(50):
        browser, fields = bare(driver)
        post(browser, driver, **fields)
    driver.count()
    assert (driver.tally.voters, waiting()) == (0, 0)


def test_one_page_serves_one_voter_however_often_it_is_sent(driver: PollDriver):
    browser = Client()
    page = page_of(browser, driver)
    assert {post(browser, driver, page=page).status_code for _ in range(5)} == {202}
    driver.count()
    assert driver.tally.voters == 1


def test_without_javascript_a_refused_vote_has_its_page_at_once(driver: PollDriver):
    browser = Client()
    url = driver.poll.get_absolute_url()
    refused = browser.post(url, {"choice": driver.choices[0]})
    assert refused.status_code == 403
    again = browser.post(url, {"choice": driver.choices[0], **hidden_fields.of(refused.content.decode())})
    assert again.status_code == 303
    driver.count()
    assert driver.tally.voters == 1


def test_it_holds_without_redis(driver: PollDriver, own_redis: OwnRedis):
    voter, other = Client(), Client()
    pages = [page_of(browser, driver) for browser in (voter, other)]
    own_redis.stop()
    assert post(voter, driver, page=pages[1]).status_code == 403
    assert post(voter, driver, page=pages[0]).status_code == 200
    assert driver.tally.voters == 1


def test_it_holds_without_postgres(driver: PollDriver, postgres: Postgres):
    voter, other = Client(), Client()
    pages = [page_of(browser, driver) for browser in (voter, other)]
    postgres.stop()
    assert post(voter, driver, page=pages[1]).status_code == 403
    assert post(voter, driver, page=pages[0]).status_code == 202
    assert waiting() == 1


def test_newcomers_of_one_moment_are_different_voters(system: System):
    """They share one drawing, and most of them have it without Django."""
    path = "/p/cats-vs-dogs/"

    def vote(_number: int) -> tuple[int, str, str]:
        browser = Browser(system.vote_url)
        text = browser.get(path).body.decode()
        # Cookies of a system have names that end with its own word.
        cookies = {cookie.name.partition("_")[0]: cookie.value or "" for cookie in browser.cookies}
        choice = text.partition('name="choice"')[2].partition('value="')[2].partition('"')[0]
        answer = browser.vote(path, int(choice))
        return answer.status, cookies["voter"], cookies["csrftoken"]

    with ThreadPoolExecutor(8) as browsers:
        found = list(browsers.map(vote, range(40)))
    assert [status for status, _voter, _token in found] == [202] * 40
    assert [len({row[place] for row in found}) for place in (1, 2)] == [40, 40]
