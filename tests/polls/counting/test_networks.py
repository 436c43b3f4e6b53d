"""Ballots by the network that they came from, and setting those of one aside: totals, audit and history hold."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from polls.counting import audit, networks
from polls.lifecycle import safety_net, transitions
from polls.models import Ballot, Poll
from polls.voting.receipts import Receipt
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import browser_of
from tests.polls.poll_driver import JSON, Client, PollDriver

HERE, THERE = "192.0.2.1", "198.51.100.7"


def vote(driver: PollDriver, address: str, choice: int = 0, browser: Client | None = None) -> Client:
    browser = browser or Client(REMOTE_ADDR=address)
    answer = browser.post(driver.poll.get_absolute_url(), {"choice": driver.choices[choice]}, headers=JSON)
    assert answer.status_code in (200, 202)
    return browser


@pytest.fixture
def stuffed(driver: PollDriver) -> PollDriver:
    """Six ballots for Cats from one network, and two for Dogs from another."""
    for _ in range(6):
        vote(driver, HERE)
    for _ in range(2):
        vote(driver, THERE, 1)
    driver.count()
    return driver


def name_of(driver: PollDriver) -> str:
    (busiest,) = networks.busiest(driver.poll.pk)
    return busiest.name


def state(driver: PollDriver) -> tuple[Any, ...]:
    return driver.totals, driver.tally.voters, audit.compare(driver.poll.pk).differences


def test_the_busiest_networks_are_told_of_and_no_address_is(stuffed: PollDriver):
    assert [(found.ballots, found.lately, found.aside) for found in networks.busiest(stuffed.poll.pk)] == [(6, 6, 0)]
    stored = str(list(Ballot.objects.values_list("network", flat=True)))
    assert HERE not in stored
    other = PollDriver(make_poll("another", "Yes", "No"))
    vote(other, HERE)
    other.count()
    assert Ballot.objects.get(poll=other.poll).network not in stored  # nobody joins two polls by it


def test_what_is_set_aside_counts_nowhere_until_it_is_put_back(stuffed: PollDriver):
    before = stuffed.tally.version
    assert transitions.set_aside(stuffed.poll.pk, name_of(stuffed)) == 6
    assert (state(stuffed), stuffed.tally.version > before) == (([0, 2], 2, ()), True)
    assert transitions.set_aside(stuffed.poll.pk, name_of(stuffed)) == 0
    assert state(stuffed) == ([0, 2], 2, ())
    assert transitions.put_back(stuffed.poll.pk, name_of(stuffed)) == 6
    assert transitions.put_back(stuffed.poll.pk, name_of(stuffed)) == 0
    assert state(stuffed) == ([6, 2], 8, ())


def test_whoever_is_set_aside_and_votes_again_stays_so(driver: PollDriver):
    browsers = [vote(driver, HERE) for _ in range(5)]
    driver.count()
    transitions.set_aside(driver.poll.pk, name_of(driver))
    for browser in browsers[:2]:
        vote(driver, HERE, 1, browser)
    driver.count()
    assert state(driver) == ([0, 0], 0, ())
    transitions.put_back(driver.poll.pk, name_of(driver))
    assert state(driver) == ([3, 2], 5, ())


def test_later_voters_of_a_network_count_until_it_is_said_again(stuffed: PollDriver):
    transitions.set_aside(stuffed.poll.pk, name_of(stuffed))
    vote(stuffed, HERE)
    stuffed.count()
    assert (state(stuffed), networks.busiest(stuffed.poll.pk)[0].aside) == (([1, 2], 3, ()), 6)


def test_several_choices_and_votes_taken_back_move_as_they_are(client: Client):
    driver = PollDriver(make_poll("several", "Tea", "Coffee", "Water", max_choices=2))
    url = driver.poll.get_absolute_url()
    browsers = [Client(REMOTE_ADDR=HERE) for _ in range(5)]
    for browser in browsers:
        browser.post(url, {"choice": driver.choices[:2]}, headers=JSON)
    browsers[0].post(url, {}, headers=JSON)
    driver.count()
    assert state(driver) == ([4, 4, 0], 4, ())
    transitions.set_aside(driver.poll.pk, name_of(driver))
    assert state(driver) == ([0, 0, 0], 0, ())
    transitions.put_back(driver.poll.pk, name_of(driver))
    assert state(driver) == ([4, 4, 0], 4, ())


def test_a_final_result_stays_as_it_is(stuffed: PollDriver):
    name = name_of(stuffed)
    transitions.set_aside(stuffed.poll.pk, name)
    transitions.seal(stuffed.poll.pk)
    safety_net.sweep()
    with pytest.raises(transitions.NotPossibleError):
        transitions.put_back(stuffed.poll.pk, name)
    assert state(stuffed) == ([0, 2], 2, ())


def test_votes_on_the_direct_path_say_where_they_come_from(driver: PollDriver, own_redis: OwnRedis):
    browsers = [Client(REMOTE_ADDR=HERE) for _ in range(5)]
    for browser in browsers:
        browser.get(driver.poll.get_absolute_url())
    own_redis.stop()
    for browser in browsers:
        vote(driver, HERE, 0, browser)
    transitions.set_aside(driver.poll.pk, name_of(driver))
    assert state(driver) == ([0, 0], 0, ())


def test_a_repeat_by_its_receipt_says_it_too(driver: PollDriver):
    browser = vote(driver, HERE)
    receipt = Receipt.read(browser.cookies["ballot"].value)
    assert receipt is not None
    transitions.set_aside(driver.poll.pk, "00000000")
    answer = browser.post(driver.poll.get_absolute_url(), {"receipt": receipt.signed()}, headers=JSON)
    assert answer.status_code == 202
    driver.count()
    assert Ballot.objects.get().network != ""


def test_a_host_sets_aside_and_puts_back_and_it_is_written_down(stuffed: PollDriver):
    ada = User.objects.create_user("ada", is_staff=True)
    Poll.objects.update(owner=ada)
    host, url, name = browser_of(ada), f"/host/{stuffed.poll.slug}/", name_of(stuffed)
    assert f'value="{name}"' in host.get(url).content.decode()
    answer = host.post(f"{url}set-aside/", {"network": name}, headers=JSON)
    assert (answer.status_code, answer.json()["ballots"], state(stuffed)[0]) == (200, 6, [0, 2])
    page = host.get(url).content.decode()
    assert ("6 set aside" in page, f"Set aside 6 ballots from network {name}." in page) == (True, True)
    assert host.post(f"{url}put-back/", {"network": name}).status_code == 302
    assert state(stuffed)[0] == [6, 2]


@pytest.mark.parametrize("network", ["", "x", "0123456", "'; DROP TABLE", "0123456g"])
def test_what_is_no_network_is_refused(stuffed: PollDriver, network: str):
    ada = User.objects.create_user("ada", is_staff=True)
    Poll.objects.update(owner=ada)
    answer = browser_of(ada).post(f"/host/{stuffed.poll.slug}/set-aside/", {"network": network}, headers=JSON)
    assert (answer.status_code, answer.json()["status"], state(stuffed)[0]) == (400, "bad_network", [6, 2])
