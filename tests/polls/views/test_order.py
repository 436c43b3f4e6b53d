"""The order of the choices on the result page: the poll's own, or by votes."""

import re

import pytest

from polls.models import ResultRule
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver


def letters(query: str, client: Client | None = None) -> str:
    """The letters of the choices, from above."""
    page = (client or Client()).get(f"/p/fish/results/{query}").content.decode()
    return "".join(re.findall(r'<span class="letter">(\w)</span>', page))


@pytest.fixture
def fish() -> PollDriver:
    """Four fish, with 1, 2, 0 and 2 votes."""
    driver = PollDriver(make_poll("fish", "Cod", "Bream", "Carp", "Dace"))
    for number, choice in enumerate((0, 1, 1, 3, 3)):
        driver.vote(f"voter {number}", choice)
    driver.count()
    return driver


@pytest.mark.usefixtures("fish")
def test_it_is_the_polls_own_unless_the_address_says_by_votes():
    assert letters("") == letters("?") == letters("?order=letters") == "ABCD"
    # Those that tie stay as the poll has them.
    assert letters("?order=votes") == "BDAC"


@pytest.mark.usefixtures("fish")
def test_a_link_leads_from_one_order_to_the_other():
    assert (
        '<a href="?order=votes" rel="nofollow">Sort by votes</a>' in Client().get("/p/fish/results/").content.decode()
    )
    page = Client().get("/p/fish/results/?order=votes").content.decode()
    assert '<a href="?" rel="nofollow">Original order</a>' in page
    assert re.search(r'<main\s+data-order="votes"', page)


def test_hidden_votes_have_no_order():
    driver = PollDriver(make_poll("fish", "Cod", "Bream", result_rule=ResultRule.AFTER_CLOSE))
    driver.vote("ann", 1)
    driver.count()
    assert letters("?order=votes") == "AB"
    assert '<span class="ordered" hidden>' in Client().get("/p/fish/results/").content.decode()
