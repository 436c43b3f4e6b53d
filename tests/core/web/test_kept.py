"""Answers that are kept for a moment, and given to all who ask for the same address."""

import time
from itertools import count
from typing import Any

import pytest
from django.http import HttpResponse, HttpResponseNotModified

from core.web import kept
from core.web.kept import Kept, keep, keep_for_newcomers


def scope(
    path: str = "/a.json", query: bytes = b"", method: str = "GET", etag: bytes | None = None, **headers: str
) -> dict[str, Any]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    pairs += [] if etag is None else [(b"if-none-match", etag)]
    return {"path": path, "query_string": query, "method": method, "scheme": "http", "headers": pairs}


def whole(text: str = "all of it") -> HttpResponse:
    return HttpResponse(text, content_type="text/plain", headers={"ETag": '"1"', "X-Request-ID": "0123"})


@pytest.fixture
def answers() -> Kept:
    """Keep one answer, to /a.json."""
    found = Kept()
    response = whole()
    found.take(scope(), kept.of(keep(response, response, 60)))
    return found


def test_whoever_asks_for_the_same_address_has_the_same_answer(answers: Kept) -> None:
    answer = answers.answer(scope())

    assert answer is not None
    assert (answer.status, answer.body) == (200, b"all of it")
    assert dict(answer.headers) == {b"content-type": b"text/plain", b"etag": b'"1"', b"content-length": b"9"}


@pytest.mark.parametrize(
    "other", [scope("/b.json"), scope(query=b"view=audience"), scope(method="POST")], ids=["path", "query", "method"]
)
def test_whoever_asks_for_another_has_not(answers: Kept, other: dict[str, Any]) -> None:
    assert answers.answer(other) is None


@pytest.mark.parametrize(("etag", "status"), [(b'"1"', 304), (b'W/"1"', 304), (b'"2"', 200), (b"", 200)])
def test_whoever_has_it_is_told_so(answers: Kept, etag: bytes, status: int) -> None:
    answer = answers.answer(scope(etag=etag))

    assert answer is not None
    assert (answer.status, bool(answer.body)) == (status, status == 200)
    assert (b"content-type" in dict(answer.headers)) == (status == 200)


def test_an_answer_that_nothing_has_changed_keeps_the_whole_one() -> None:
    answers = Kept()
    unchanged = HttpResponseNotModified(headers={"ETag": '"1"', "X-Content-Type-Options": "nosniff"})
    answers.take(scope(), kept.of(keep(unchanged, whole(), 60)))
    answer = answers.answer(scope())

    assert answer is not None
    assert (answer.status, answer.body) == (200, b"all of it")
    assert (b"x-content-type-options", b"nosniff") in answer.headers


def test_an_answer_of_which_nobody_said_so_is_not_kept() -> None:
    answers = Kept()
    answers.take(scope(), kept.of(whole()))

    assert answers.answer(scope()) is None


def test_an_answer_that_is_too_old_is_not_given() -> None:
    answers, response = Kept(), whole()
    answers.take(scope(), kept.of(keep(response, response, -1)))

    assert answers.answer(scope()) is None


def test_of_many_who_find_a_page_too_old_one_goes_for_a_newer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others get the old one, and do not wait."""
    answers, response = Kept(), whole()
    answers.take(scope(), kept.of(keep(response, response, -1)))

    assert [answers.answer(scope()) is None for _ in range(4)] == [True, False, False, False]

    monkeypatch.setattr(kept, "_RENEWED_WITHIN_S", -1)
    answers.take(scope(), kept.of(keep(response, response, -1)))
    assert [answers.answer(scope()) is None for _ in range(2)] == [True, True]  # the first is late


def test_nothing_is_given_that_is_much_too_old() -> None:
    answers, response = Kept(), whole()
    answers.take(scope(), kept.of(keep(response, response, -kept.OLD_AT_MOST_S)))

    assert [answers.answer(scope()) is None for _ in range(2)] == [True, True]


def test_no_more_are_kept_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 2)
    answers = Kept()
    for path in ("/a.json", "/b.json", "/c.json"):
        response = whole()
        answers.take(scope(path), kept.of(keep(response, response, 60)))

    assert [answers.answer(scope(path)) is not None for path in ("/a.json", "/b.json", "/c.json")] == [
        False,
        False,
        True,
    ]


# Pages of newcomers --------------------------------------------------------------------------------------------------


@pytest.fixture
def pages() -> Kept:
    """Keep one page, which gives each newcomer the next number, for those who read English."""
    numbers = count(1)

    def respond() -> HttpResponse:
        number = str(next(numbers))
        response = HttpResponse("page " + number, headers={"X-Request-ID": number})
        response.set_cookie("number", number)
        return response

    found = Kept()
    response = keep_for_newcomers(respond(), respond, time.monotonic() + 60)
    response["Content-Language"] = "en"  # as middleware does
    found.take(scope("/p/a/", accept_language="en"), kept.of(response))
    return found


def test_each_newcomer_has_a_page_and_cookies_of_their_own(pages: Kept) -> None:
    answers = [pages.answer(scope("/p/a/", accept_language="en")) for _ in range(2)]

    assert [answer and (answer.status, answer.body) for answer in answers] == [(200, b"page 2"), (200, b"page 3")]
    assert [answer and dict(answer.headers) for answer in answers] == [
        {
            b"content-type": b"text/html; charset=utf-8",
            b"content-language": b"en",
            b"set-cookie": b"number=%d; Path=/" % number,
            b"content-length": b"6",
        }
        for number in (2, 3)
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"cookie": "a=1"},
        {"accept_language": "es"},
        {"host": "another"},
        {"x_forwarded_proto": "https"},
        {"query": b"code=1"},
        {"method": "POST"},
        {"path": "/p/b/"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_newcomers_alone_get_the_kept_page(pages: Kept, other: dict[str, Any]) -> None:
    assert pages.answer(scope(**{"path": "/p/a/", "accept_language": "en"} | other)) is None
