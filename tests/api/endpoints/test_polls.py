"""Reading polls, as anybody may; what the result rule hides stays hidden."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from polls.kinds import OPEN_LIST
from polls.models import Choice, Poll, Total
from tests.api.conftest import Program, close, word
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver


def test_the_list_has_what_the_home_page_has(anybody: Program):
    make_poll("listed", "A", "B")
    make_poll("unlisted", "A", "B", is_listed=False)
    make_poll("draft", "A", "B", opened=False)
    close(make_poll("closed", "A", "B"))
    named = {state: [poll["slug"] for poll in anybody.get(f"/polls?state={state}").json()["items"]] for state in STATES}
    assert named == {"open": ["listed"], "closed": ["closed"]}


STATES = ("open", "closed")


def test_a_draft_is_not_there(anybody: Program):
    make_poll("draft", "A", "B", opened=False)
    for path in ("/polls/draft", "/polls/draft/results", "/polls/draft/ballot", "/polls/nowhere"):
        assert word(anybody.get(path)) == (404, "not_found")
    assert word(anybody.post("/polls/draft/votes", {"voter": "x", "page": "x", "selections": []}))[0] == 404


def test_an_unchanged_result_is_not_sent_again(anybody: Program, poll: Poll, driver: PollDriver):
    first = anybody.get(f"/polls/{poll.slug}/results")
    unchanged = anybody.get(f"/polls/{poll.slug}/results", If_None_Match=first["ETag"])
    driver.vote("ann")
    driver.count()
    changed = anybody.get(f"/polls/{poll.slug}/results", If_None_Match=first["ETag"])
    assert (unchanged.status_code, unchanged.content, changed.status_code) == (304, b"", 200)


def test_what_a_host_sees_is_kept_for_nobody(ada: Program):
    slug = ada.made(result_rule="always")["slug"]
    ada.act(slug, "open")
    public, own = (ada.get(f"/{place}/{slug}/results") for place in ("polls", "host/polls"))
    assert (hasattr(public, "kept"), hasattr(own, "kept")) == (True, False)


@pytest.mark.parametrize("rule", ["after_vote", "after_close", "staff"])
def test_a_hidden_result_stays_hidden(anybody: Program, rule: str):
    answers: dict[int, list[Any]] = {}
    for winner in (0, 1):
        driver = PollDriver(make_poll(f"shy-{winner}", "A", "B", result_rule=rule))
        driver.vote("ann", winner)
        driver.count()
        paths = ("", "/results", "/ballot")
        answers[winner] = [anybody.get(f"/polls/shy-{winner}{path}").json() for path in paths]
        assert [choice["votes"] for choice in answers[winner][1]["choices"]] == [None, None]
    for one, other in zip(answers[0], answers[1], strict=True):
        assert shape(one) == shape(other)


def shape(told: Any) -> Any:
    """Return what an answer tells, without what differs between two polls: names, ids and times."""
    own = ("slug", "id", "code", "address", "sent_at", "voter", "page", "counted_through", "ballot", "timeline")
    if isinstance(told, dict):
        return {name: shape(value) for name, value in told.items() if name not in own}
    return [shape(value) for value in told] if isinstance(told, list) else told


def test_a_right_answer_is_told_when_it_is_final(ada: Program, anybody: Program):
    rows = [{"text": "2 + 2", "right": False}, {"text": "4", "right": True}]
    slug = ada.post("/host/polls", {"question": "Which?", "choices": rows, "result_rule": "always"}).json()["slug"]
    ada.act(slug, "open")
    before = [str(anybody.get(f"/polls/{slug}{path}").json()) for path in ("", "/results", "/ballot")]
    assert not any("right" in text or "quiz" in text for text in before)
    close(Poll.objects.get(slug=slug))
    assert anybody.get(f"/polls/{slug}/results").json()["quiz"]["right"] == [Choice.objects.get(text="4").pk]


def test_the_right_number_of_an_estimate_is_not_told(ada: Program, anybody: Program):
    sent = {"question": "How many?", "kind": "estimate", "details": {"answer": 42}}
    made = ada.post("/host/polls", sent).json()
    ada.act(made["slug"], "open")
    assert made["details"]["answer"] == "42"
    assert anybody.get(f"/polls/{made['slug']}").json()["details"].get("answer", "") == ""


@pytest.mark.parametrize(("own", "asks"), [({}, False), ({"kind": OPEN_LIST, "choices": []}, True)])
def test_totals_are_read_for_the_entries_of_open_lists_alone(ada: Program, own: dict[str, Any], asks: bool):
    slug = ada.made(is_listed=True, **own)["slug"]
    ada.act(slug, "open")
    for path in ("/polls", f"/polls/{slug}", f"/polls/{slug}/ballot", "/host/polls", f"/host/polls/{slug}"):
        with CaptureQueriesContext(connection) as queries:
            assert ada.get(path).status_code == 200
        assert any(Total._meta.db_table in query["sql"] for query in queries) == asks, path
