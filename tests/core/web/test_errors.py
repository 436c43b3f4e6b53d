"""Refusals, as a page and as JSON alike, with both stores away and for requests that are wrong in themselves."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import path
from pytest_django import Settings

from core.web import errors
from tests.own_redis import OwnRedis
from tests.store_fixtures import Postgres
from votingsite.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500"]

ERRORS: dict[str, Exception] = {
    "bug": ZeroDivisionError("a secret"),
    "postgres": OperationalError("a secret"),
    "lost": InterfaceError("a secret"),
    "denied": PermissionDenied("a secret"),
    "bad": BadRequest("a secret"),
    "large": RequestDataTooBig("a secret"),
}


def fail(request: HttpRequest, what: str) -> HttpResponse:
    raise ERRORS[what]


def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{get_token(request)} {len(request.POST)}")


#: These tests' own URLs, with the handlers of the project.
urlpatterns = [path("fail/<what>", fail), path("form", form)]


@pytest.fixture
def own_urls(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def visitor(own_urls: None) -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def own_page(tmp_path: Path, settings: Settings) -> None:
    """An error page that asks for all that a template may ask for."""
    (tmp_path / "error.html").write_text(
        "own {{ request.path }} {{ user.username }}{% for m in messages %}{% endfor %}"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]


def both(client: Client, method: str, url: str, **more: Any) -> tuple[int, str, str]:
    """The code, status and detail of the JSON answer; the page has the same."""
    accept = more.pop("headers", {})
    machine = client.generic(method, url, headers={**accept, "accept": "application/json"}, **more)
    person = client.generic(method, url, headers={**accept, "accept": "text/html,*/*;q=0.8"}, **more)
    assert machine.status_code == person.status_code
    assert person["Content-Type"].startswith("text/html")
    for answer in (machine, person):
        assert b"a secret" not in answer.content
        assert b"Traceback" not in answer.content
    body = machine.json()
    assert set(body) == {"status", "detail", "request_id"}
    assert machine["X-Request-ID"] == body["request_id"]
    return machine.status_code, body["status"], body["detail"]


@pytest.mark.parametrize(
    ("what", "code", "status"),
    [
        ("bug", 500, "error"),
        ("postgres", 503, "unavailable"),
        ("lost", 503, "unavailable"),
        ("denied", 403, "forbidden"),
        ("bad", 400, "bad_request"),
        ("large", 400, "bad_request"),
    ],
)
def test_it_answers_what_a_view_raises(visitor: Client, what: str, code: int, status: str) -> None:
    assert both(visitor, "GET", f"/fail/{what}")[:2] == (code, status)


def test_without_postgres_it_says_when_to_come_again(visitor: Client) -> None:
    assert int(visitor.get("/fail/postgres")["Retry-After"]) > 0


@pytest.mark.parametrize("url", ["/nothing", "/p/%00/", "/%00", "/p/%ff%fe/", "/" + "x" * 5000, "/form?%00=%00"])
def test_an_address_of_nothing_is_a_404(client: Client, transactional_db: None, own_redis: OwnRedis, url: str) -> None:
    assert both(client, "GET", url)[:2] == (404, "not_found")


def test_a_forged_host_is_a_400(visitor: Client) -> None:
    code, status, detail = both(visitor, "GET", "/form", headers={"host": "evil.example"})
    assert (code, status) == (400, "bad_request")
    assert "ALLOWED_HOSTS" in detail


BODIES = {
    "too large": ("application/x-www-form-urlencoded", b"choice=" + b"1" * 1_000_000),
    "too many fields": ("application/x-www-form-urlencoded", b"&".join([b"choice=1"] * 2000)),
    "broken multipart": ("multipart/form-data", b"choice"),
    "unknown charset": ("application/x-www-form-urlencoded; charset=utf-7", b"choice=1"),
}


@pytest.mark.parametrize(("content_type", "body"), BODIES.values(), ids=BODIES)
def test_a_body_that_cannot_be_read_is_a_400(visitor: Client, content_type: str, body: bytes) -> None:
    assert both(visitor, "POST", "/form", data=body, content_type=content_type)[:2] == (400, "bad_request")


def test_a_form_of_another_site_is_a_403(own_urls: None) -> None:
    visitor = Client(enforce_csrf_checks=True)
    form = {"data": b"choice=1", "content_type": "application/x-www-form-urlencoded"}
    assert both(visitor, "POST", "/form", **form)[:2] == (403, "csrf")
    visitor.cookies["csrftoken"] = "broken\x00"
    assert both(visitor, "POST", "/form", **form)[:2] == (403, "csrf")


def test_it_needs_no_store(own_redis: OwnRedis, postgres: Postgres, visitor: Client) -> None:
    visitor.cookies["sessionid"] = "x" * 32
    visitor.cookies["messages"] = "broken"
    own_redis.stop()
    postgres.stop()
    assert both(visitor, "GET", "/nothing")[:2] == (404, "not_found")
    assert both(visitor, "GET", "/fail/bug")[:2] == (500, "error")


def test_its_template_asks_no_store(own_redis: OwnRedis, postgres: Postgres, visitor: Client, own_page: None) -> None:
    visitor.cookies["sessionid"] = "x" * 32
    postgres.stop()
    assert visitor.get("/nothing").content == b"own /nothing "


def test_its_template_needs_no_good_host(visitor: Client, own_page: None) -> None:
    assert visitor.get("/form", headers={"host": "evil.example"}).content == b"own /form "


def test_the_admin_without_postgres_is_a_503(own_redis: OwnRedis, postgres: Postgres, settings: Settings) -> None:
    visitor = Client(raise_request_exception=False)
    visitor.cookies["sessionid"] = "x" * 32
    postgres.stop()
    assert both(visitor, "GET", "/admin/")[:2] == (503, "unavailable")


def test_a_page_that_cannot_be_shown_is_replaced_by_a_plain_one(rf: RequestFactory, settings: Settings) -> None:
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [], "APP_DIRS": False}]
    with pytest.raises(TemplateDoesNotExist):
        render_to_string("error.html")
    answer = errors.answer(rf.get("/"), 404, "not_found", "Not <here>.")
    assert answer.content == b"<!doctype html><title>404</title><h1>404</h1><p>Not &lt;here&gt;.</p>"


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        (None, False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("application/json", True),
        ("application/json, text/html;q=0.1", True),
        ("application/json;q=0.1, text/html", False),
        ("image/png", False),
        (";;;,/;q=nan", False),
        ("", False),
    ],
)
def test_who_asks_for_json_gets_it(rf: RequestFactory, accept: str | None, json: bool) -> None:
    headers = {} if accept is None else {"accept": accept}
    assert errors.wants_json(rf.get("/", headers=headers)) is json
