"""core/web/csp.py."""

from django.http import HttpResponse
from django.test import RequestFactory

from core.web import csp


def policy_of(response: HttpResponse) -> list[str]:
    answer = csp.Middleware(lambda _request: response)(RequestFactory().get("/"))
    assert isinstance(answer, HttpResponse)
    return answer.headers.get("Content-Security-Policy", "").split("; ")


def test_a_page_may_use_what_it_was_allowed_beside_its_own():
    page = csp.allow(HttpResponse("<p>"), "connect-src", "ws://votes.example:8081")

    assert "connect-src 'self' ws://votes.example:8081" in policy_of(page)


def test_what_one_page_may_use_no_other_may():
    csp.allow(HttpResponse("<p>"), "connect-src", "ws://votes.example:8081")

    assert not [part for part in policy_of(HttpResponse("<p>")) if "votes.example" in part]
