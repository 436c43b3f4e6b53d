"""Refusals are problem documents, whoever makes them: the API, Django, or the front before it."""

import pytest

from core.web import refusals
from tests.api.conftest import Program, word


def test_an_unknown_address_and_a_wrong_method(anybody: Program):
    assert word(anybody.get("/nowhere")) == (404, "not_found")
    refused = anybody.ask("DELETE", "/polls")
    assert (word(refused), refused["Allow"]) == ((405, "not_allowed"), "GET")


def test_a_body_that_is_no_json(ada: Program):
    assert word(ada.post("/host/polls", b"{")) == (400, "bad_request")
    assert word(ada.post("/host/polls", b"\xff")) == (400, "bad_request")
    assert word(ada.post("/host/polls", b"[]"))[0] == 422


def test_head_is_answered_as_get(anybody: Program):
    assert anybody.ask("HEAD", "/polls").status_code == 200


def test_a_sentence_is_in_the_language_asked_for(anybody: Program):
    refused = anybody.get("/host/polls", Accept_Language="es")
    assert refused.json()["detail"].startswith("Esto necesita un token de acceso")


@pytest.mark.parametrize("refuse", [refusals.busy, refusals.too_large, refusals.too_slow])
def test_the_front_refuses_with_a_problem(refuse: object):
    assert callable(refuse)
    answer = refuse({"path": "/api/v1/polls", "method": "POST", "headers": []})
    assert (dict(answer.headers)[b"content-type"], b"#problem-" in answer.body) == (b"application/problem+json", True)
