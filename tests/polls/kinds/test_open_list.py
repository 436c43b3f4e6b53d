"""Entries that voters write and pick."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from core.web import hidden_fields
from polls import kinds
from polls.box.definition import Definition
from polls.counting import audit
from polls.kinds import OPEN_LIST, BadDetailsError
from polls.kinds.open_list import MOST_LETTERS, MOST_PICKS
from polls.lifecycle import entries, transitions
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Choice, Poll, Tally, Total
from polls.results import snapshots
from polls.voting import entries as voting_entries
from polls.voting import rate_limit
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import JSON, Client, PollDriver, post
from tests.store_fixtures import Postgres


def make_list(slug: str = "ideas", **fields: Any) -> PollDriver:
    return PollDriver(make_poll(slug, kind=OPEN_LIST, max_choices=MOST_PICKS, **fields))


@pytest.fixture
def ideas() -> PollDriver:
    """An open poll whose voters write up to three entries each."""
    return make_list()


def write(browser: Client, driver: PollDriver, text: str, **options: Any) -> Any:
    """Write an entry from a page of this browser's own, as one with JavaScript does."""
    page = hidden_fields.of(browser.get(driver.poll.get_absolute_url()).content.decode())["page"]
    answer = browser.post(f"/p/{driver.poll.slug}/entries/", {"text": text, "page": page}, headers=JSON, **options)
    driver.count()
    return answer


def shown(driver: PollDriver, *, totals: bool = True) -> Any:
    return snapshots.seen(snapshots.snapshot(driver.poll.pk), counting=True, totals=totals)


def listed(driver: PollDriver) -> dict[str, int | None]:
    return {choice["text"]: choice["votes"] for choice in shown(driver)["choices"]}


def entry_of(text: str) -> Choice:
    return Choice.objects.get(text=text)


@pytest.mark.parametrize(
    "details",
    [
        {"most": 0},
        {"most": 11},
        {"most": "3"},
        {"most": True},
        {"approval": 1},
        {"cloud": 1},
        {"masked": "xx"},
        {"masked": None},
        {"least": 3},
    ],
)
def test_details_that_make_no_sense_are_refused(details: dict[str, Any]):
    with pytest.raises(BadDetailsError):
        kinds.of(OPEN_LIST, 50, details)


def test_a_list_without_entries_has_a_snapshot(ideas: PollDriver):
    found = shown(ideas)
    assert (found["choices"], found["entries"], found["voters"]) == ([], {"more": 0, "written": 0}, 0)
    assert audit.compare(ideas.poll.pk).differences == ()


def test_a_snapshot_says_if_it_is_drawn_as_a_cloud():
    assert shown(make_list("cloudy", details={"cloud": True}))["entries"]["cloud"] is True


def test_an_entry_is_picked_by_its_author_and_by_others(ideas: PollDriver):
    ann, bob = Client(), Client()
    answer = write(ann, ideas, "  More  trees ")
    assert (answer.status_code, answer.json()["entry"]["is_shown"]) == (202, True)
    tree = entry_of("More trees")
    assert answer.json()["selections"] == [tree.pk]
    assert post(bob, ideas, choice=[tree.pk]).status_code == 202
    write(bob, ideas, "Less noise")
    ideas.count()
    assert listed(ideas) == {"More trees": 2, "Less noise": 1}
    assert (shown(ideas)["voters"], shown(ideas)["entries"]["written"]) == (2, 2)
    assert audit.compare(ideas.poll.pk).differences == ()


def test_what_reads_the_same_is_that_entry(ideas: PollDriver):
    write(Client(), ideas, "More trees")
    write(Client(), ideas, "more  TREES\u200b")
    assert listed(ideas) == {"More trees": 2}


def test_rude_words_are_masked_before_they_are_stored():
    driver = make_list(details={"masked": "en"})
    answer = write(Client(), driver, "No more bullshit")
    assert answer.json()["entry"]["text"] == "No more ********"
    write(Client(), driver, "No more BullShit")
    write(Client(), driver, "Qué mierda")
    assert listed(driver) == {"No more ********": 2, "Qué mierda": 1}
    assert audit.compare(driver.poll.pk).differences == ()


def test_the_same_entry_sent_twice_makes_nothing_new(ideas: PollDriver):
    ann = Client()
    assert [write(ann, ideas, "More trees").status_code for _ in range(2)] == [202, 202]
    assert (listed(ideas), ideas.tally.voters) == ({"More trees": 1}, 1)


def test_two_at_once_with_the_same_text_make_one_entry(ideas: PollDriver):
    def voter(_: int) -> int:
        try:
            return int(write(Client(), ideas, "More trees").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(voter, range(4))) == [202] * 4
    ideas.count()
    assert listed(ideas) == {"More trees": 4}
    assert audit.compare(ideas.poll.pk).differences == ()


def test_each_voter_writes_so_many_and_no_more(ideas: PollDriver):
    ann = Client()
    for number in range(3):
        assert write(ann, ideas, f"Idea {number}").status_code == 202
    answer = write(ann, ideas, "One too many")
    assert (answer.status_code, answer.json()["detail"]) == (400, "You have written your 3 entries already.")
    write(Client(), ideas, "By another")
    assert write(ann, ideas, "By another").status_code == 202  # a pick
    assert listed(ideas) == {"By another": 2, "Idea 0": 1, "Idea 1": 1, "Idea 2": 1}


def test_a_poll_takes_so_many_entries_and_no_more(ideas: PollDriver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(voting_entries, "MOST_ENTRIES", 1)
    write(Client(), ideas, "First")
    assert write(Client(), ideas, "Second").status_code == 400


@pytest.mark.parametrize("text", ["", " \u200b ", "x" * (MOST_LETTERS + 1)])
def test_what_is_no_entry_is_refused(ideas: PollDriver, text: str):
    answer = write(Client(), ideas, text)
    assert (answer.status_code, answer.json()["status"]) == (400, "bad_entry")
    assert listed(ideas) == {}


def test_an_entry_needs_a_page(ideas: PollDriver):
    ann = Client()
    ann.get(ideas.poll.get_absolute_url())
    answer = ann.post("/p/ideas/entries/", {"text": "x", "page": "forged"}, headers=JSON)
    assert (answer.status_code, answer.json()["status"]) == (403, "no_page")
    assert Client(enforce_csrf_checks=True).post("/p/ideas/entries/", {"text": "x"}, headers=JSON).status_code == 403


def test_other_polls_take_none(driver: PollDriver):
    assert Client().post(f"/p/{driver.poll.slug}/entries/", {"text": "x", "page": ""}).status_code == 404


def test_a_closed_poll_takes_none(ideas: PollDriver):
    transitions.seal(ideas.poll.pk)
    answer = write(Client(), ideas, "Too late")
    assert (answer.status_code, answer.json()["status"]) == (409, "closed")


def test_entries_count_against_the_rate_limit(ideas: PollDriver, settings: Any, monkeypatch: pytest.MonkeyPatch):
    settings.VOTE_RATE_LIMIT = 2
    monkeypatch.setattr(rate_limit, "entries", type(rate_limit.entries)())
    answers = [write(Client(), ideas, f"Idea {number}").status_code for number in range(3)]
    assert answers == [202, 202, 429]
    assert set(listed(ideas)) == {"Idea 0", "Idea 1"}


def test_without_javascript_it_is_a_form(ideas: PollDriver):
    ann = Client()
    page = hidden_fields.of(ann.get("/p/ideas/").content.decode())["page"]
    answer = ann.post("/p/ideas/entries/", {"text": "Plain", "page": page})
    assert (answer.status_code, answer["Location"]) == (303, "/p/ideas/")
    ideas.count()
    assert "Plain" in ann.get("/p/ideas/").content.decode()
    refused = ann.post("/p/ideas/entries/", {"text": "y" * 200, "page": page})
    assert (refused.status_code, "y" * 200 in refused.content.decode()) == (400, True)


def test_what_waits_for_approval_is_nowhere():
    driver = make_list(details={"approval": True})
    ann = Client()
    answer = write(ann, driver, "Under-the-mat")
    assert answer.json()["entry"]["is_shown"] is False
    assert "waits for approval" in ann.get("/p/ideas/").content.decode()
    for path in ("", "results/", "results.json", "results.csv", "present/"):
        for browser in (ann, Client()):
            assert "Under-the-mat" not in browser.get(f"/p/ideas/{path}").content.decode()
    assert "Under-the-mat" not in Definition.dump(driver.definition)
    assert "Under-the-mat" not in snapshots.dump(snapshots.snapshot(driver.poll.pk))


def test_hidden_totals_give_no_order_away():
    driver = make_list(result_rule="after_close")
    write(Client(), driver, "First")
    write(Client(), driver, "Second")
    write(Client(), driver, "first")
    assert [choice["text"] for choice in shown(driver)["choices"]] == ["Second", "First"]
    assert {choice["votes"] for choice in shown(driver, totals=False)["choices"]} == {None}
    Poll.objects.update(result_rule="always")
    assert [choice["text"] for choice in shown(driver)["choices"]] == ["First", "Second"]
    hidden_by_key = snapshots.without_totals(shown(driver))
    assert [choice["text"] for choice in hidden_by_key["choices"]] == ["Second", "First"]
    driver.finish()
    assert [choice["text"] for choice in shown(driver)["choices"]] == ["First", "Second"]


def test_a_reset_deletes_what_voters_wrote(ideas: PollDriver):
    write(Client(), ideas, "Gone tomorrow")
    before = ideas.tally.definition_version
    transitions.reset(ideas.poll.pk)
    assert (Choice.objects.count(), ideas.tally.choice_ids, ideas.tally.definition_version > before) == (0, [], True)
    assert write(Client(), ideas, "New").status_code == 202
    assert listed(ideas) == {"New": 1}


@pytest.mark.parametrize("letter", ["x", "\N{PARTY POPPER}", "\u4e16"])
def test_a_thousand_long_entries_fit_into_a_frame(ideas: PollDriver, letter: str):
    texts = [f"{number:04}" + letter * (MOST_LETTERS - 4) for number in range(1000)]
    made = Choice.objects.bulk_create(
        [Choice(poll=ideas.poll, position=at, text=text) for at, text in enumerate(texts)]
    )
    Total.objects.bulk_create([Total(poll=ideas.poll, choice=choice) for choice in made])
    Tally.objects.filter(pk=ideas.poll.pk).update(choice_ids=[choice.pk for choice in made])
    Total.objects.filter(choice=made[500]).update(votes=5)
    found = shown(ideas)
    assert len(snapshots.dump(found)) < 64 * 1024
    assert found["choices"][0]["text"] == texts[500]
    assert len(found["choices"]) + found["entries"]["more"] == 1000
    definition = transitions.tell_all(ideas.poll.pk)
    assert definition is not None
    assert len(definition.dump()) < 32 * 1024
    assert Definition.load(definition.dump()) == definition
    assert len(Client().get("/p/ideas/").content) < 512 * 1024


def test_merged_entries_count_once_for_each_voter(ideas: PollDriver):
    ann, bob, cid = Client(), Client(), Client()
    write(ann, ideas, "Trees")
    write(ann, ideas, "More trees")
    write(bob, ideas, "Trees")
    write(cid, ideas, "More trees please")
    trees, more, please = (entry_of(text).pk for text in ("Trees", "More trees", "More trees please"))
    entries.merge(ideas.poll.pk, [please, more])
    assert listed(ideas) == {"Trees": 2, "More trees": 2}
    entries.merge(ideas.poll.pk, [trees, more])
    assert (listed(ideas), ideas.tally.voters) == ({"Trees": 3}, 3)
    assert audit.compare(ideas.poll.pk).differences == ()
    # Ballots stay, casts of pages that are out of date count, and the same text again is the other entry.
    dan = Client()
    post(dan, ideas, choice=[more, please])
    ideas.count()
    assert write(Client(), ideas, "more trees").json()["entry"]["id"] == trees
    assert listed(ideas) == {"Trees": 5}
    post(dan, ideas, choice=[])
    ideas.count()
    assert listed(ideas) == {"Trees": 4}
    assert audit.compare(ideas.poll.pk).differences == ()
    Total.objects.filter(choice_id=trees).update(votes=1)
    audit.repair(ideas.poll.pk)
    assert listed(ideas) == {"Trees": 4}


def test_a_final_result_is_not_merged_any_more(ideas: PollDriver):
    write(Client(), ideas, "Trees")
    write(Client(), ideas, "More trees")
    ideas.finish()
    with pytest.raises(NotPossibleError, match="final"):
        entries.merge(ideas.poll.pk, Choice.objects.values_list("pk", flat=True))


def test_a_host_shows_hides_and_marks_entries(ideas: PollDriver):
    write(Client(), ideas, "Trees")
    tree = entry_of("Trees").pk
    for _ in range(2):
        entries.hide(ideas.poll.pk, tree)
    assert listed(ideas) == {}
    entries.show(ideas.poll.pk, tree)
    entries.mark(ideas.poll.pk, tree)
    assert [(choice["text"], choice["answered"]) for choice in shown(ideas)["choices"]] == [("Trees", True)]
    entries.unmark(ideas.poll.pk, tree)
    assert "answered" not in shown(ideas)["choices"][0]


def test_entries_of_other_polls_are_left_alone(ideas: PollDriver, driver: PollDriver):
    write(Client(), ideas, "Trees")
    for poll, entry in ((ideas.poll, driver.choices[0]), (driver.poll, entry_of("Trees").pk)):
        with pytest.raises(NotPossibleError):
            entries.hide(poll.pk, entry)


def test_with_postgres_down_nothing_is_written_and_picks_go_on(ideas: PollDriver, postgres: Postgres):
    ann = Client()
    write(ann, ideas, "Trees")
    tree = entry_of("Trees").pk
    page = hidden_fields.of(ann.get("/p/ideas/").content.decode())["page"]
    postgres.stop()
    answer = ann.post("/p/ideas/entries/", {"text": "Too early", "page": page}, headers=JSON)
    assert (answer.status_code, answer.json()["status"]) == (503, "not_written")
    plain = ann.post("/p/ideas/entries/", {"text": "Too early", "page": page})
    assert (plain.status_code, 'value="Too early"' in plain.content.decode()) == (503, True)
    assert post(ann, ideas, choice=[tree]).status_code == 202
    postgres.start()
    assert write(ann, ideas, "Too early").status_code == 202
    assert listed(ideas) == {"Too early": 1, "Trees": 1}
