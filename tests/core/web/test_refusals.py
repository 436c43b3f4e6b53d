"""Refusals that the event loop gives by itself: in the reader's language, as a page or as JSON."""

import json
import re
from typing import Any

import pytest

from core.web import refusals


def scope(method: str = "GET", path: str = "/p/a/", **headers: str) -> dict[str, Any]:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"method": method, "path": path, "headers": named}


def test_a_page_that_found_the_service_busy_asks_again_by_itself() -> None:
    answer = refusals.busy(scope())
    headers = dict(answer.headers)

    assert answer.status == 503
    assert int(headers[b"retry-after"]) in refusals.RETRY_AFTER
    assert f'http-equiv="refresh" content="{headers[b"retry-after"].decode()}"' in answer.body.decode()
    assert "Nothing was recorded" not in answer.body.decode()


def test_a_form_that_did_is_not_sent_again_by_itself() -> None:
    answer = refusals.busy(scope("POST"))

    assert "http-equiv" not in answer.body.decode()
    assert "Nothing was recorded" in answer.body.decode()


@pytest.mark.parametrize("asked", [scope("POST", accept="application/json"), scope(path="/p/a/results.json")])
def test_a_program_is_told_in_its_own_way(asked: dict[str, Any]) -> None:
    answer = refusals.busy(asked)

    body = json.loads(answer.body)
    assert (body["status"], body["busy"]) == ("not_recorded" if asked["method"] == "POST" else "not_known", True)
    assert (b"content-type", b"application/json") in answer.headers


def test_phones_do_not_come_back_together() -> None:
    assert len({dict(refusals.busy(scope()).headers)[b"retry-after"] for _ in range(200)}) > 3


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("es", "es"), ("xx,es-MX;q=0.5", "es"), ("", "en"), ("*", "en"), ("\N{SNOWMAN}" * 500, "en")],
)
def test_it_is_in_the_language_of_its_reader(accepted: str, language: str) -> None:
    answer = refusals.too_large(scope(accept_language=accepted))

    assert (answer.status, dict(answer.headers)[b"content-language"]) == (413, language.encode())
    assert re.search(rf'<html\s+lang="{language}"', answer.body.decode())


def test_no_refusal_may_be_framed_or_kept() -> None:
    headers = dict(refusals.too_slow(scope()).headers)

    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"x-frame-options"] == b"DENY"
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]
