"""People with voting codes, as browsers."""

from typing import Any

from core.web import hidden_fields
from polls.electorate import codes
from polls.electorate.codes import Code
from polls.electorate.electorates import Electorate
from polls.lifecycle import codes as giving
from polls.models import Tally
from tests.polls.poll_driver import JSON, Client, PollDriver, post


def electorate_of(driver: PollDriver) -> Electorate:
    """Return who may vote in a poll."""
    found = Electorate.read(Tally.objects.get(pk=driver.poll.pk).electorate)
    assert found is not None
    return found


def give_out(driver: PollDriver, count: int = 1) -> list[str]:
    """Make codes, and return them."""
    electorate = electorate_of(driver)
    batch = giving.give_out(electorate, count)
    return [codes.written(electorate, Code(number, 0)) for number in range(batch.first, batch.last + 1)]


def enter(browser: Client, driver: PollDriver, code: str) -> Any:
    """Type a code on the page that asks for it."""
    path = driver.poll.get_absolute_url()
    fields = hidden_fields.of(browser.get(path).content.decode())
    return browser.post(f"{path}code/", {**fields, "code": code}, headers=JSON)


def holder(driver: PollDriver, code: str) -> Client:
    """Return a new browser that has entered a code, with the ballot before it."""
    browser = Client()
    assert enter(browser, driver, code).json() == {"status": "entitled"}
    browser.get(driver.poll.get_absolute_url())
    return browser


def vote(browser: Client, driver: PollDriver, choice: int = 0) -> tuple[int, str]:
    """Vote for the n-th choice; return the answer."""
    answer = post(browser, driver, choice=driver.choices[choice])
    return answer.status_code, answer.json()["status"]
