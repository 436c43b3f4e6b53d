"""The OpenAPI document and its page: nothing from elsewhere, and every problem explained."""

import re

from django.test import Client

from api.problems import WORDS
from polls import kinds
from polls.models import ResultRule
from polls.voting import errors
from tests.api.conftest import Program


def test_the_page_has_every_operation_and_problem(anybody: Program):
    document = anybody.get("/openapi.json").json()
    answer = Client().get("/api/v1/")
    page = answer.content.decode()
    named = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(named) == len(set(named)) > 30
    assert [name for name in named if f'id="{name}"' not in page] == []
    assert [word for word in WORDS if f'id="problem-{word}"' not in page] == []


def test_it_needs_nothing_from_elsewhere(anybody: Program):
    answer = Client().get("/api/v1/")
    page = answer.content.decode()
    assert re.findall(r"<script(?! type=\"module\" src=\"/static/)|style=|(?:src|href)=\"(?:https?:)?//", page) == []
    policy = answer["Content-Security-Policy"]
    assert ("default-src 'self'" in policy, "unsafe" in policy) == (True, False)


def test_every_refusal_of_a_vote_is_explained():
    found = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.CastError)]
    assert {error.status for error in found if hasattr(error, "status")} <= set(WORDS)


def test_the_document_names_what_there_is(anybody: Program):
    schemas = anybody.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["KindName"]["enum"] == list(kinds.offered())
    assert sorted(schemas["RuleName"]["enum"]) == sorted(ResultRule.values)
    problems = {
        answer["content"].keys() == {"application/problem+json"}
        for path in anybody.get("/openapi.json").json()["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    }
    assert problems == {True}


def test_no_header_has_a_name_that_the_front_drops(anybody: Program):
    named = {
        parameter["name"]
        for path in anybody.get("/openapi.json").json()["paths"].values()
        for operation in path.values()
        for parameter in operation["parameters"]
        if parameter["in"] == "header"
    }
    assert ({"Results-Pass", "Idempotency-Key"} <= named, [name for name in named if "_" in name]) == (True, [])


def test_an_unchanged_document_is_not_sent_again(anybody: Program):
    etag = anybody.get("/openapi.json")["ETag"]
    assert anybody.get("/openapi.json", If_None_Match=etag).status_code == 304
