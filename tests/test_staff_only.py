"""Every address of staff pages, as somebody who is not staff: nothing comes out."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from polls.models import Event, EventPoll, Poll, ResultRule
from polls.routing import websocket_urlpatterns
from tests.polls.conftest import clean, make_poll
from tests.polls.poll_driver import PollDriver

__all__ = ["clean"]

#: Where addresses of staff pages begin.
STAFF = ("admin/", "api/v1/host/", "host/", "metrics", "account/", "accounts/")
#: What anybody may have: the forms to sign in and for a lost password, and the admin's words in its reader's language.
OPEN = (
    "/admin/jsi18n/",
    "/accounts/login/",
    "/accounts/password/",
    "/accounts/password/sent/",
    "/accounts/password/changed/",
    "/accounts/password/1/1/",
)
#: What anybody has who is signed in: their own account.
OWN = ("/account/", "/account/second-factor/")
SAMPLES = {
    "object_id": "1",
    "app_label": "polls",
    "slug": "secret",
    "event": "secret",
    "queue_index": "0",
    "job_id": "1",
    "content_type_id": "1",
    "token": "1",
    "uidb64": "1",
}
SECRETS = ("Where-is-it", "Under-the-mat")


def routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    """Every address that the project answers, with something in each place that is left open."""
    for pattern in patterns:
        route = before + re.sub(r"^\^|\$$|\\Z$", "", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield filled(route)


def filled(route: str) -> str:
    """The route with a sample for each argument."""
    route = re.sub(r"<(?:(\w+):)?(\w+)>", lambda found: SAMPLES.get(found[2], "1"), re.sub(r"\(\?P", "", route))
    route = re.sub(r"1?\(?[^()/]*\|[^()/]*\)", "polls", route).replace("1.*)", "nowhere").replace("\\", "")
    return re.sub(r"[()^$?]", "", route)


ADDRESSES = sorted({f"/{route}" for route in routes(get_resolver().url_patterns) if route.startswith(STAFF)})
QUERIES: tuple[dict[str, str], ...] = (
    {},
    {"app_label": "polls", "model_name": "ballot", "field_name": "poll", "term": "", "box": "1:1", "large": "1"},
)


@pytest.fixture
def secret() -> PollDriver:
    """A poll that nobody but staff may see the result of, in an event, with a vote counted and one that waits."""
    driver = PollDriver(make_poll("secret", "Under-the-mat", "No", result_rule=ResultRule.STAFF))
    Poll.objects.filter(pk=driver.poll.pk).update(question="Where-is-it?")
    EventPoll.objects.create(event=Event.objects.create(title="Where-is-it?", slug="secret"), poll=driver.poll)
    driver.vote("ann")
    driver.count()
    driver.vote("bob")
    return driver


def stranger() -> Client:
    return Client(raise_request_exception=False)


def guest() -> Client:
    """Somebody with an account, who is not staff."""
    browser = stranger()
    browser.force_login(User.objects.create_user("guest", password="x"))
    return browser


def test_the_addresses_are_found():
    assert {"/admin/", "/admin/polls/ballot/", "/admin/polls/poll/1/change/", "/admin/autocomplete/"} <= set(ADDRESSES)
    assert {"/admin/pipeline/", "/admin/pipeline/redis/", "/admin/pipeline/postgres/"} <= set(ADDRESSES)
    assert {"/account/", "/account/sessions/end/", "/account/invitations/", "/accounts/login/code/"} <= set(ADDRESSES)
    assert {"/host/events/", "/host/events/secret/step/", "/host/events/secret/results.json"} <= set(ADDRESSES)
    assert {"/api/v1/host/polls", "/api/v1/host/polls/secret/results", "/account/tokens/"} <= set(ADDRESSES)
    assert "/admin/auth/user/1/reset-link/" in ADDRESSES
    assert len(ADDRESSES) > 80


@pytest.mark.parametrize("who", [stranger, guest])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_comes_out(secret: PollDriver, who: Any, method: str):
    browser = who()
    came_out = {}
    for address in ADDRESSES:
        for query in QUERIES:
            answer = getattr(browser, method)(address, query, headers={"Accept": "application/json"})
            text = answer.content.decode(errors="replace") + str(answer.headers)
            refused = answer.status_code in (302, 401, 403, 404, 405) or address in OPEN
            if who is guest and address.startswith("/account/"):
                refused = refused or address in OWN or (method == "post" and answer.status_code == 400)
            if not refused or any(word in text for word in (*SECRETS, str(secret.tally.counted_through))):
                came_out[address] = answer.status_code
    assert came_out == {}


def host() -> Client:
    """A host who is no operator: staff, or of the group "Hosts"."""
    browser = stranger()
    browser.force_login(User.objects.create_user("host", is_staff=True))
    return browser


def host_without_the_admin() -> Client:
    """A host of the group alone."""
    browser = stranger()
    user = User.objects.create_user("host")
    user.user_permissions.add(Permission.objects.get(codename="host_polls"))
    browser.force_login(user)
    return browser


#: What is for operators: the running system, its stores, its figures, its jobs.
SYSTEM = tuple(address for address in ADDRESSES if re.match("/admin/(pipeline|django_rq)/|/metrics", address))


#: What each sees of accounts, by GET: a stranger is sent to sign in, and a link that is none is not found.
ACCOUNTS = {
    #                                        stranger, guest, host, operator
    "/account/": (302, 200, 200, 200),
    "/account/second-factor/": (302, 200, 200, 200),
    "/account/tokens/": (302, 403, 200, 200),
    "/account/tokens/revoke/": (405, 405, 405, 405),
    "/account/invitations/": (302, 403, 403, 200),
    "/host/secret/invite/": (302, 403, 403, 403),
    "/host/shared/invite/": (302, 403, 403, 403),
    "/host/own/invite/": (302, 403, 200, 403),
    "/accounts/invitation/1/": (404, 404, 404, 404),
    "/accounts/login/": (200, 200, 200, 200),
    "/accounts/login/code/": (302, 302, 302, 302),
    "/accounts/login/password/": (302, 302, 302, 302),
    "/accounts/login/second-factor/": (302, 302, 302, 302),
    "/accounts/password/": (200, 200, 200, 200),
    "/admin/auth/user/1/reset-link/": (302, 302, 403, 403),
    "/admin/auth/user/1/password/": (302, 302, 403, 403),
}


def test_who_sees_what_of_accounts(secret: PollDriver):
    windows = [stranger(), guest(), host(), operator()]
    ada = User.objects.get(username="host")
    make_poll("own", "Yes", "No", owner=ada)
    make_poll("shared", "Yes", "No").hosts.add(ada)
    number = User.objects.create_superuser("root").pk
    found = {
        address: tuple(window.get(address.replace("/user/1/", f"/user/{number}/")).status_code for window in windows)
        for address in ACCOUNTS
    }
    assert found == ACCOUNTS


@pytest.mark.parametrize("who", [host, host_without_the_admin])
def test_a_host_is_no_operator(secret: PollDriver, who: Any):
    browser = who()
    assert browser.get("/host/").status_code == 200
    came_out = {}
    for address in ADDRESSES:
        answer = browser.get(address, headers={"Accept": "application/json"})
        text = answer.content.decode(errors="replace")
        is_open = address in SYSTEM and answer.status_code not in (302, 401, 403, 404, 405)
        if is_open or any(word in text for word in SECRETS) or answer.status_code >= 500:
            came_out[address] = answer.status_code
    results = browser.get("/p/secret/results.json").json()
    assert (came_out, [choice["votes"] for choice in results["choices"]]) == ({}, [None, None])


def operator() -> Client:
    """Somebody who has what the group "Operators" has."""
    user = User.objects.create_user("operator", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["operate", "add_invitation"]))
    browser = stranger()
    browser.force_login(user)
    return browser


def test_an_operator_sees_all_of_it(secret: PollDriver):
    browser = operator()
    pages = ("/admin/pipeline/", "/admin/pipeline/redis/", "/admin/pipeline/postgres/", "/metrics")
    assert [browser.get(page).status_code for page in pages] == [200] * 4
    results = browser.get("/p/secret/results.json").json()
    assert [choice["votes"] for choice in results["choices"]] == [1, 0]


ODD = (
    "/admin/django_rq/dashboard/queues/7/",
    "/admin/django_rq/dashboard/queues/0/nowhere/",
    "/admin/polls/poll/add/?hosts=x",
    "/admin/polls/poll/add/?owner=x&opens_at=soon&max_choices=y",
    "/admin/polls/ballot/?poll=x",
    "/admin/polls/poll/?e=1",
    "/admin/r/1/1/",
    "/admin/r/x/y/",
    "/admin/polls/poll/999999999999999999999/change/",
    "/admin/jsi18n/?language=x",
)


def test_no_address_fails_for_whoever_may_all(secret: PollDriver):
    browser = stranger()
    browser.force_login(User.objects.create_superuser("root"))
    failed = {}
    for address in (*ADDRESSES, *ODD):
        answer = browser.get(address)
        if answer.status_code >= 500:
            failed[address] = answer.status_code
    assert failed == {}


def test_the_only_sockets_are_those_of_results():
    """Those hide what the poll's result rule hides (tests/polls/results/test_hub.py). Try one for staff here."""
    assert [str(pattern.pattern) for pattern in websocket_urlpatterns] == ["ws/polls/<slug:slug>/"]
