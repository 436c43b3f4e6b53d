"""The result rule at every address: what leaves the system tells nobody more than the rule allows."""

import asyncio
import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections

from polls.box import definitions
from polls.models import Poll, ResultRule, State, Tally, Total
from polls.results import broadcast
from polls.results.hub import hub
from polls.views import drawn
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver, post
from tests.waiting import eventually
from votingsite.asgi import application

#: Numbers that no page has by chance, and what they come to in per cent.
VOTES = [7_654_321, 3_456_789]
PERCENT = [69, 31]
#: Who asks.
CALLERS = ["stranger", "voter", "staff"]
#: Who may see the totals, by rule and state. Whoever hosts may always.
ALLOWED = {
    (ResultRule.ALWAYS, State.OPEN): {"stranger", "voter"},
    (ResultRule.ALWAYS, State.SEALING): {"stranger", "voter"},
    (ResultRule.ALWAYS, State.FINAL): {"stranger", "voter"},
    (ResultRule.AFTER_VOTE, State.OPEN): {"voter"},
    (ResultRule.AFTER_VOTE, State.SEALING): {"voter"},
    (ResultRule.AFTER_VOTE, State.FINAL): {"stranger", "voter"},
    (ResultRule.AFTER_CLOSE, State.OPEN): set(),
    (ResultRule.AFTER_CLOSE, State.SEALING): set(),
    (ResultRule.AFTER_CLOSE, State.FINAL): {"stranger", "voter"},
    (ResultRule.STAFF, State.OPEN): set(),
    (ResultRule.STAFF, State.SEALING): set(),
    (ResultRule.STAFF, State.FINAL): set(),
}


def tells(text: str) -> bool:
    """Tell whether a text gives a total away, by a number in any form or by the length of a bar."""
    flat = re.sub(r"(?<=\d)[\s,.'\u00a0\u202f](?=\d{3})", "", text)
    numbers = any(str(number) in flat for number in VOTES)
    shares = any(re.search(rf'(?<![\d.]){share}\s?(<small>)?%|"percent": ?{share}\b', flat) for share in PERCENT)
    return numbers or shares or "98.41%" in text or "44.44%" in text


def page(client: Client, path: str) -> str:
    return str(client.get(path).content.decode())


def frame(client: Client, path: str) -> str:
    """The first message of a socket that has this browser's cookies."""

    async def first_message() -> str:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        socket = WebsocketCommunicator(application, path, [(b"cookie", cookies.encode())])
        await socket.connect(timeout=20)
        message: str = await socket.receive_from(timeout=20)
        await socket.disconnect()
        await hub.close()
        await asyncio.get_running_loop().run_in_executor(hub.reader, connections.close_all)
        return message

    return async_to_sync(first_message)()


ADDRESSES: dict[str, Callable[[Client], str]] = {
    "vote page": lambda client: page(client, "/p/rule/"),
    "result page": lambda client: page(client, "/p/rule/results/"),
    "json": lambda client: page(client, "/p/rule/results.json"),
    "csv": lambda client: page(client, "/p/rule/results.csv"),
    "home": lambda client: page(client, "/"),
    "socket": lambda client: frame(client, "/ws/polls/rule/"),
}


@pytest.fixture
def callers(request: pytest.FixtureRequest) -> dict[str, Client]:
    """Browsers of somebody who has just come, of a voter, and of a member of the staff."""
    rule: ResultRule = request.getfixturevalue("rule")
    driver = PollDriver(make_poll("rule", "Yes", "No", result_rule=rule))
    for slug in ("other", "third"):  # with one open poll the home page is no list
        make_poll(slug, "Red", "Blue")
    found = {name: Client() for name in CALLERS}
    post(found["voter"], driver, choice=driver.choices[0])
    driver.count()
    host = User.objects.create_user("host", is_staff=True)
    Poll.objects.filter(pk=driver.poll.pk).update(owner=host)
    found["staff"].force_login(host)
    for choice, votes in zip(driver.choices, VOTES, strict=True):
        Total.objects.filter(choice_id=choice).update(votes=votes)
    Tally.objects.filter(pk=driver.poll.pk).update(voters=sum(VOTES))
    return found


def put(state: State) -> None:
    tally = Tally.objects.get(poll__slug="rule")
    Tally.objects.filter(pk=tally.pk).update(state=state, version=tally.version + 1)
    eventually(lambda: broadcast.publish(tally.pk), what="the snapshot is published")
    # What they keep is of the state before.
    definitions.cache.clear()
    drawn.forget()


@pytest.mark.parametrize("rule", list(ResultRule))
def test_totals_leave_only_to_whom_the_rule_allows(rule: ResultRule, callers: dict[str, Client]) -> None:
    told: dict[Any, Any] = {}
    for state in (State.OPEN, State.SEALING, State.FINAL):
        put(state)
        told |= {
            (state, address, name): tells(ask(client))
            for address, ask in ADDRESSES.items()
            for name, client in callers.items()
        }
    assert told == {
        (state, address, name): name in {*ALLOWED[rule, state], "staff"} and may_tell(rule, state, address, name)
        for state, address, name in told
    }


#: What other sites show: it is the same for all who look at it, hosts included.
ELSEWHERE: dict[str, Callable[[Client], str]] = {
    "ballot in a frame": lambda client: page(client, "/p/rule/embed/"),
    "result in a frame": lambda client: page(client, "/p/rule/embed/?show=results"),
    "window of a frame": lambda client: page(client, "/p/rule/embed/?ballot=window"),
    "socket of a frame": lambda client: frame(client, "/ws/polls/rule/?view=frame"),
    "picture": lambda client: page(client, "/p/rule/results.svg"),
}


@pytest.mark.parametrize("rule", list(ResultRule))
def test_other_sites_show_what_anybody_may_see(rule: ResultRule, callers: dict[str, Client]) -> None:
    told: dict[Any, Any] = {}
    for state in (State.OPEN, State.SEALING, State.FINAL):
        put(state)
        told |= {
            (state, address, name): tells(ask(client))
            for address, ask in ELSEWHERE.items()
            for name, client in callers.items()
        }
    shares = {"ballot in a frame", "window of a frame"}
    seen = {key: is_told for key, is_told in told.items() if key[1] not in shares or is_told}
    assert seen == {(state, address, name): "stranger" in ALLOWED[rule, state] for state, address, name in seen}


@pytest.mark.parametrize("rule", list(ResultRule))
def test_the_picture_beside_a_link_tells_no_more(rule: ResultRule, callers: dict[str, Client]) -> None:
    """The totals change nothing in it where they are hidden."""
    for state in (State.OPEN, State.SEALING, State.FINAL):
        put(state)
        before = callers["staff"].get("/p/rule/preview.png").content
        for total in Total.objects.filter(poll__slug="rule"):
            Total.objects.filter(pk=total.pk).update(votes=sum(VOTES) - total.votes)
        put(state)
        after = callers["staff"].get("/p/rule/preview.png").content
        assert (before != after) == ("stranger" in ALLOWED[rule, state])


@pytest.mark.parametrize("rule", [ResultRule.ALWAYS, ResultRule.STAFF])
def test_the_list_of_polls_says_where_only_hosts_see_who_won(rule: ResultRule, callers: dict[str, Client]) -> None:
    put(State.FINAL)
    said = {name: "Only hosts see this." in page(client, "/") for name, client in callers.items()}
    assert said == {"stranger": False, "voter": False, "staff": rule == ResultRule.STAFF}


def may_tell(rule: ResultRule, state: State, address: str, name: str) -> bool:
    """Tell whether this address shows totals to those who may see them."""
    if address == "home":
        # It lists who won, not who leads; and the receipt's cookie is not for it.
        return state != State.OPEN and not (rule == ResultRule.AFTER_VOTE and name == "voter" and state != State.FINAL)
    return True


@pytest.mark.parametrize("rule", list(ResultRule))
def test_the_ballot_has_shares_for_voters_who_may_see_them(rule: ResultRule, callers: dict[str, Client]) -> None:
    put(State.OPEN)
    staff = callers["staff"]
    shares = {name: shares_on(page(client, "/p/rule/")) for name, client in callers.items()}
    staff.post("/p/rule/", {"choice": Total.objects.filter(poll__slug="rule").values_list("choice_id", flat=True)[0]})
    assert shares == {
        "stranger": ["", ""],
        "voter": ["69%", "31%"] if "voter" in ALLOWED[rule, State.OPEN] else ["", ""],
        "staff": ["", ""],
    }
    assert shares_on(page(staff, "/p/rule/")) == ["69%", "31%"]


def shares_on(text: str) -> list[str]:
    found = re.findall(r'<span class="share" data-share="\d+">(.*?)</span>', text)
    return [re.sub("<.*?>", "", share) for share in found]


def test_a_pass_shows_to_a_socket_what_its_voter_may_see(client: Client) -> None:
    driver = PollDriver(make_poll("rule", "Yes", "No", result_rule=ResultRule.AFTER_VOTE))
    pass_: Any = post(client, driver, choice=driver.choices[0]).json()["pass"]
    driver.count()
    assert client.cookies[settings.BALLOT_COOKIE_NAME]["path"] == "/p/rule/"
    shown = [frame(Client(), f"/ws/polls/rule/{query}") for query in (f"?pass={pass_}", "?pass=made-up", "")]
    assert [[choice["votes"] for choice in json.loads(text)["choices"]] for text in shown] == [
        [1, 0],
        [None, None],
        [None, None],
    ]


@pytest.mark.parametrize("path", ["/p/rule/results/", "/p/rule/present/?result=shown"])
def test_the_socket_of_a_page_shows_its_voter_what_the_page_does(client: Client, path: str) -> None:
    driver = PollDriver(make_poll("rule", "Yes", "No", result_rule=ResultRule.AFTER_VOTE))
    post(client, driver, choice=driver.choices[0])
    driver.count()

    addresses = [socket_of(page(browser, path)) for browser in (client, Client())]

    shown = [json.loads(frame(Client(), address))["choices"] for address in addresses]
    assert [[choice["votes"] for choice in choices] for choices in shown] == [[1, 0], [None, None]]


def socket_of(text: str) -> str:
    """The path and the query of the WebSocket that a page opens."""
    (address,) = re.findall(r'data-socket="ws://[^/"]+([^"]+)"', text)
    return html.unescape(address)
