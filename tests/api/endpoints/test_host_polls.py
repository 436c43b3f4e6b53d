"""Hosts make and run polls with a token, by the rules of their pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from polls import kinds
from polls.host import history
from polls.models import Poll
from tests.api.conftest import Program, close, host_named, word
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver

#: A poll of each kind that there is.
KINDS: dict[str, dict[str, Any]] = {
    "pick": {"choices": [{"text": "A"}, {"text": "B"}, {"text": "C"}], "max_choices": 2},
    "yes-no": {},
    "rank": {"choices": [{"text": "A"}, {"text": "B"}, {"text": "C"}]},
    "scale": {"choices": [{"text": "It is fast"}], "details": {"scale": "1-5", "low": "no", "high": "yes"}},
    "estimate": {"details": {"least": 0, "most": 10, "step": 0.5, "unit": "m", "answer": 4}},
    "open-list": {"details": {"most": 2, "approval": False}},
}


def test_there_is_a_poll_of_each_kind():
    assert sorted(KINDS) == sorted(kinds.offered())


@pytest.mark.parametrize("kind", KINDS)
def test_a_poll_of_each_kind_is_made_and_opened(ada: Program, kind: str):
    made = ada.post("/host/polls", {"question": "Which?", "kind": kind, **KINDS[kind]})
    assert made.status_code == 201, made.content
    assert (made.json()["state"], made.json()["kind"], made.json()["owner"]) == ("draft", kind, "ada")
    opened = ada.act(made.json()["slug"], "open")
    assert (opened.status_code, opened.json()["state"]) == (200, "open")


def test_texts_are_kept_without_what_postgres_can_not_hold(ada: Program):
    """NUL, in all lines that a program may send."""
    choices = [{"text": "T\0ea"}, {"text": "Coffee"}]
    pick = ada.post("/host/polls", {"question": "Wh\0ich?", "choices": choices}).json()
    assert (pick["question"], pick["choices"][0]["text"]) == ("Which?", "Tea")
    named = {"scale": "1-5", "low": "n\0o", "high": "yes"}
    scale = ada.post("/host/polls", {**KINDS["scale"], "question": "How?", "kind": "scale", "details": named}).json()
    assert scale["details"]["low"] == "no"
    much = {**KINDS["estimate"]["details"], "unit": "k\0m"}
    estimate = ada.post("/host/polls", {"question": "How far?", "kind": "estimate", "details": much}).json()
    assert estimate["details"]["unit"] == "km"
    event = ada.post("/host/events", {"title": "T\0alk"}).json()
    assert event["title"] == "Talk"
    renamed = ada.ask("PATCH", f"/host/events/{event['slug']}", {"title": "\0Lesson"}).json()
    assert renamed["title"] == "Lesson"


def test_a_poll_goes_through_its_life(ada: Program):
    slug = ada.made(opens_at=(timezone.now() + timedelta(days=1)).isoformat())["slug"]
    states = [ada.act(slug, action).json()["state"] for action in ("publish", "open", "close")]
    close(Poll.objects.get(slug=slug))
    states += [ada.act(slug, action).json()["state"] for action in ("open", "reset")]
    assert states == ["scheduled", "open", "sealing", "open", "open"]
    assert Poll.objects.get(slug=slug).tally.round == 2


def test_a_test_round_ends_with_going_live(ada: Program):
    slug = ada.made()["slug"]
    assert ada.act(slug, "try-out").json()["is_test"] is True
    assert ada.act(slug, "end-test").json()["state"] == "scheduled"
    ada.act(slug, "try-out")
    assert ada.act(slug, "reset").json()["is_test"] is False
    assert "Went live after a test." in said(slug)


def test_what_the_state_forbids_is_a_conflict(ada: Program):
    slug = ada.made()["slug"]
    assert word(ada.act(slug, "close")) == (409, "not_possible")
    bare = ada.post("/host/polls", {"question": "Bare?"}).json()["slug"]
    refused = ada.act(bare, "open")
    assert refused.json()["detail"] == "A poll needs two choices or more before it can be opened."


def said(slug: str) -> list[str]:
    return [history.words(entry) for entry in history.of(Poll.objects.get(slug=slug))]


def test_the_history_has_what_programs_did(ada: Program):
    slug = ada.made()["slug"]
    ada.ask("PATCH", f"/host/polls/{slug}", {"question": "Dogs or cats?"})
    ada.act(slug, "open")
    ada.post(f"/host/polls/{slug}/closing-time", {"minutes": 5})
    texts = said(slug)
    assert texts[1:] == ["Opened.", "Changed question.", "Created."]
    assert texts[0].startswith("Closes at ")


def test_a_change_keeps_what_was_not_sent(ada: Program):
    poll = ada.made(result_rule="staff", is_listed=True, closes_after=7)
    changed = ada.ask("PATCH", f"/host/polls/{poll['slug']}", {"allows_changes": False}).json()
    assert changed["allows_changes"] is False
    for name in ("question", "choices", "result_rule", "is_listed", "closes_after"):
        assert changed[name] == poll[name]


def test_who_may_vote_limits_and_the_check_are_set_and_stay(ada: Program):
    rules: dict[str, Any] = {
        "who_may_vote": "codes",
        "may_be_checked": True,
        "voters_per_minute": 20,
        "slow_down_after": 50,
    }
    slug = ada.made(**rules)["slug"]
    changed = ada.ask("PATCH", f"/host/polls/{slug}", {"voters_per_minute": None, "is_listed": True}).json()
    assert {name: changed[name] for name in rules} == {**rules, "voters_per_minute": None}
    ada.act(slug, "open")
    assert word(ada.ask("PATCH", f"/host/polls/{slug}", {"who_may_vote": "anyone"})) == (422, "wrong_fields")


def test_null_clears_a_time(ada: Program):
    poll = ada.made(opens_at=(timezone.now() + timedelta(days=1)).isoformat())
    changed = ada.ask("PATCH", f"/host/polls/{poll['slug']}", {"opens_at": None}).json()
    assert (poll["opens_at"] is None, changed["opens_at"]) == (False, None)


def test_choices_change_until_the_opening(ada: Program):
    poll = ada.made()
    dogs = poll["rows"][1]
    slug = poll["slug"]
    rows = [{"id": dogs["id"], "text": "Big dogs", "right": True}, {"text": "Owls", "right": False}]
    changed = ada.ask("PATCH", f"/host/polls/{slug}", {"choices": rows}).json()
    assert [(row["text"], row["right"]) for row in changed["rows"]] == [("Big dogs", True), ("Owls", False)]
    assert changed["rows"][0]["id"] == dogs["id"]
    ada.act(slug, "open")
    refused = ada.ask("PATCH", f"/host/polls/{slug}", {"choices": [{"id": dogs["id"], "text": "Dogs"}, *rows]})
    assert refused.status_code in (409, 422)


def test_an_opened_poll_says_what_it_keeps(ada: Program):
    slug = ada.made()["slug"]
    ada.act(slug, "open")
    refused = ada.ask("PATCH", f"/host/polls/{slug}", {"max_choices": 2})
    assert (word(refused), refused.json()["errors"]) == (
        (422, "wrong_fields"),
        [{"field": "max_choices", "detail": "This poll keeps what it has here."}],
    )


def test_nobody_is_undone(ada: Program):
    poll = ada.made()
    path, old = f"/host/polls/{poll['slug']}", poll["version"]
    assert ada.ask("PATCH", path, {"question": "First?", "version": old}).status_code == 200
    refused = ada.ask("PATCH", path, {"question": "Second?", "version": old})
    assert word(refused) == (409, "changed_meanwhile")
    assert refused.json()["version"] == Poll.objects.get(slug=poll["slug"]).tally.definition_version


def test_each_wrong_field_has_a_sentence(ada: Program):
    sent = {"question": " ", "choices": [{"text": "A"}, {"text": "a"}], "max_choices": 0, "colour": "red"}
    assert {error["field"] for error in ada.post("/host/polls", sent).json()["errors"]} == {"max_choices", "colour"}
    sent = {"question": " ", "choices": [{"text": "A"}, {"text": "a"}], "details": {"colour": "red"}}
    answer = ada.post("/host/polls", sent, Accept_Language="es")
    assert word(answer) == (422, "wrong_fields")
    assert answer["Content-Language"] == "es"
    assert {error["field"]: error["detail"] for error in answer.json()["errors"]} == {
        "question": "Una votación necesita una pregunta.",
        "choices.1.text": "Opción repetida.",
        "details.colour": "No existe ese campo.",
    }


def test_times_need_a_zone_and_come_later(ada: Program):
    refused = [
        ada.post("/host/polls", {"question": "When?", "opens_at": when}).json()["errors"][0]["field"]
        for when in ("2030-01-01T12:00:00", "2020-01-01T12:00:00Z", "0001-01-01T00:00:00+14:00", "soon")
    ]
    assert refused == ["opens_at"] * 4


def test_polls_of_others_are_refused(ada: Program):
    make_poll("public", "A", "B", owner=User.objects.create_user("bob"))
    make_poll("draft", "A", "B", opened=False)
    assert word(ada.get("/host/polls/public")) == (403, "forbidden")
    assert word(ada.get("/host/polls/draft")) == (404, "not_found")
    assert word(ada.act("public", "close")) == (403, "forbidden")
    assert word(ada.ask("DELETE", "/host/polls/public")) == (403, "forbidden")


def test_hosts_are_added_and_removed_by_the_owner(ada: Program):
    slug = ada.made()["slug"]
    bob = host_named("bob")
    assert word(bob.get(f"/host/polls/{slug}"))[0] == 404
    assert ada.post(f"/host/polls/{slug}/hosts", {"username": "nobody"}).json()["errors"][0]["field"] == "username"
    assert ada.post(f"/host/polls/{slug}/hosts", {"username": "bob"}).json()["hosts"] == ["bob"]
    assert bob.get(f"/host/polls/{slug}").status_code == 200
    assert word(bob.ask("DELETE", f"/host/polls/{slug}")) == (403, "forbidden")
    assert bob.ask("DELETE", f"/host/polls/{slug}/hosts/bob").status_code == 204
    assert ada.get(f"/host/polls/{slug}").json()["hosts"] == []


def test_a_poll_is_copied_and_deleted(ada: Program):
    slug = ada.made()["slug"]
    copy = ada.post(f"/host/polls/{slug}/copies").json()
    assert (copy["question"], copy["state"]) == ("Cats or dogs?", "draft")
    assert ada.ask("DELETE", f"/host/polls/{slug}").status_code == 204
    assert [poll["slug"] for poll in ada.get("/host/polls").json()["items"]] == [copy["slug"]]


def test_lists_come_in_pages(ada: Program):
    made = [ada.made(f"Number {number}?")["slug"] for number in range(3)]
    pages = [ada.get(f"/host/polls?size=2&page={number}").json() for number in (1, 2, 9)]
    assert [[poll["slug"] for poll in page["items"]] for page in pages] == [made[:0:-1], made[:1], made[:1]]
    assert (pages[0]["total"], pages[0]["pages"], pages[2]["page"]) == (3, 2, 2)
    assert word(ada.get("/host/polls?size=101"))[0] == 422


def test_a_draft_without_choices_has_no_result(ada: Program):
    slug = ada.post("/host/polls", {"question": "Bare?"}).json()["slug"]
    assert word(ada.get(f"/host/polls/{slug}/results")) == (404, "not_found")


def test_a_host_sees_totals_that_voters_do_not(ada: Program, anybody: Program):
    poll = ada.made(result_rule="staff")
    ada.act(poll["slug"], "open")
    anybody.vote(poll["slug"], poll["choices"][0]["id"])
    PollDriver(Poll.objects.get(slug=poll["slug"])).count()
    hidden = anybody.get(f"/polls/{poll['slug']}/results").json()
    shown = ada.get(f"/host/polls/{poll['slug']}/results").json()
    assert [choice["votes"] for choice in hidden["choices"]] == [None, None]
    assert [choice["votes"] for choice in shown["choices"]] == [1, 0]
    assert "leaders" not in str(hidden) or hidden["leaders"] == []
