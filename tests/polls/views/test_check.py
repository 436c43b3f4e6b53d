"""Checking the count: a ballot by its receipt, the public list, and what stays hidden."""

import gzip
import json
from typing import Any

import pytest
from django import test

from core.web import guesses
from polls.box.casts import receipt_code
from polls.counting import networks
from polls.lifecycle import codes as giving
from polls.lifecycle import transitions
from polls.models import BallotList, Poll, ResultRule, State, Tally, WhoMayVote
from polls.recount import lists
from polls.voting.receipts import Receipt
from tests.polls import code_holders
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver
from tests.polls.recount.generated import make, text_of
from tests.store_fixtures import Postgres


def checkable(**fields: Any) -> PollDriver:
    return PollDriver(make_poll("checked", "Cats", "Dogs", may_be_checked=True, **fields))


def vote(driver: PollDriver, voter: str, choice: int = 0) -> Receipt:
    receipt = driver.vote(voter, choice)
    driver.count()
    return receipt


def finish(driver: PollDriver) -> None:
    driver.finish()
    for poll_id in lists.missing():
        lists.make(poll_id)


def said(driver: PollDriver, receipt: str, browser: Client | None = None, status: int = 200) -> str:
    """The words of the page about a receipt."""
    address = f"/p/{driver.poll.slug}/check/"
    answer = (browser or Client()).post(address, {"receipt": receipt})
    assert answer.status_code == status
    text: str = answer.content.decode()
    found = text.partition('<div class="found"')[2].partition("</div>")[0].partition(">")[2]
    return " ".join(found.replace("<b>", "").replace("</b>", "").split())


def file_of(driver: PollDriver, **options: Any) -> Any:
    return test.Client().get(f"/p/{driver.poll.slug}/ballots.jsonl", **options)


# Receipts ------------------------------------------------------------------------------------------------------------


def test_a_receipt_finds_its_ballot_without_a_login():
    driver = checkable(result_rule=ResultRule.ALWAYS)
    receipt = vote(driver, "ann", 1)
    for typed in (receipt.code, receipt.code.lower().replace("-", ""), f" {receipt.code} "):
        assert "Counted, for: <bdi>Dogs</bdi>" in said(driver, typed)
    assert receipt.code not in Client().get("/p/checked/check/").content.decode()


def test_it_says_no_choice_unless_the_host_allows_it():
    driver = PollDriver(make_poll("plain", "Cats", "Dogs", result_rule=ResultRule.ALWAYS))
    receipt = vote(driver, "ann", 1)
    finish(driver)
    found = said(driver, receipt.code)
    assert ("Counted." in found, "Dogs" in found, "for:" in found) == (True, False, False)


def test_a_changed_vote_is_found_by_its_newest_receipt_alone():
    driver = checkable(result_rule=ResultRule.ALWAYS)
    old, new = vote(driver, "ann", 0), vote(driver, "ann", 1)
    assert "replaces the ballot of the old one" in said(driver, old.code)
    assert "Counted, for: <bdi>Dogs</bdi>" in said(driver, new.code)


def test_the_browser_that_voted_is_told_its_newest_receipt():
    driver = checkable(result_rule=ResultRule.ALWAYS)
    browser = Client()
    for choice in driver.choices:
        browser.post(driver.poll.get_absolute_url(), {"choice": choice})
    driver.count()
    (ballot,) = driver.poll.ballots.all()
    newest = receipt_code(ballot.cast_id)
    assert f'value="{newest}"' in browser.get("/p/checked/check/").content.decode()
    assert f"newest vote of this browser has the receipt {newest}" in said(driver, "ZZZ-ZZZ", browser)


def test_set_aside_and_withdrawn_ballots_are_said_not_to_count():
    driver = PollDriver(
        make_poll("checked", "Cats", "Dogs", may_be_checked=True, max_choices=2, result_rule=ResultRule.ALWAYS)
    )
    receipt, aside = vote(driver, "ann"), vote(driver, "bob")
    driver.poll.ballots.filter(cast_id=receipt.cast.cast_id).update(selections=[])
    driver.poll.ballots.filter(cast_id=aside.cast.cast_id).update(is_set_aside=True)
    assert "was taken back" in said(driver, receipt.code)
    assert "set this ballot aside" in said(driver, aside.code)


def test_what_is_no_receipt_is_refused_in_a_sentence():
    driver = checkable()
    answer = Client().post("/p/checked/check/", {"receipt": "hello!"})
    assert "A receipt has six letters and digits" in answer.content.decode()
    assert said(driver, "") == ""


def test_receipts_are_throttled(monkeypatch: pytest.MonkeyPatch):
    driver = checkable()
    monkeypatch.setattr("polls.views.check._MOST_LOOKED_FOR", 2)
    for _ in range(2):
        said(driver, "ZZZ-ZZZ")
    answer = Client().post("/p/checked/check/", {"receipt": "ZZZ-ZZZ"})
    assert (answer.status_code, answer["Retry-After"]) == (429, str(guesses.WINDOW_S))
    assert Client().get("/p/checked/check/").status_code == 200


def test_a_draft_has_no_such_page():
    make_poll("draft", "Yes", "No", opened=False, may_be_checked=True)
    assert Client().get("/p/draft/check/").status_code == Client().get("/p/nowhere/check/").status_code == 404


# The list ------------------------------------------------------------------------------------------------------------


def test_the_list_is_there_once_the_poll_is_final():
    driver = checkable()
    receipt = vote(driver, "ann", 1)
    assert file_of(driver).status_code == 404
    finish(driver)
    answer = file_of(driver)
    text = answer.getvalue().decode()
    assert f'["{receipt.code}",[{driver.choices[1]}]]' in text.splitlines()
    assert answer["Content-Disposition"] == 'attachment; filename="checked-ballots.jsonl"'
    page = Client().get("/p/checked/check/").content.decode()
    made = BallotList.objects.get()
    assert made.commitment in page
    assert "/p/checked/check/" in Client().get("/p/checked/results/").content.decode()


def test_it_is_compressed_and_kept_by_browsers():
    driver = checkable()
    for voter in range(20):
        vote(driver, f"voter {voter}", voter % 2)
    finish(driver)
    packed = file_of(driver, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.getvalue()).decode() == text_of(driver.poll)
    again = file_of(driver, headers={"If-None-Match": packed["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_file_of_many_parts_is_whole():
    poll = make("one", 2 * lists.ROWS_OF_A_PART + 400)
    assert poll.ballot_list.parts.count() > 1
    text = file_of(PollDriver(poll)).getvalue().decode()
    assert len(text.splitlines()) == poll.ballot_list.ballots + 1 == poll.tally.voters + 1


def test_downloads_are_throttled(monkeypatch: pytest.MonkeyPatch):
    driver = checkable()
    finish(driver)
    monkeypatch.setattr("polls.views.check._MOST_DOWNLOADS", 1)
    assert [file_of(driver).status_code for _ in range(2)] == [200, 429]


def test_a_poll_that_is_opened_again_has_no_list():
    driver = checkable()
    vote(driver, "ann")
    finish(driver)
    first = BallotList.objects.get().commitment
    transitions.open_poll(driver.poll.pk)
    assert file_of(driver).status_code == 404
    vote(driver, "bob")
    finish(driver)
    made = BallotList.objects.get()
    assert (made.commitment != first, made.ballots, [before for before, _ in made.earlier]) == (True, 2, [first])
    assert first in Client().get("/p/checked/check/").content.decode()


def test_a_change_that_the_file_lacks_keeps_the_commitment():
    driver = checkable()
    vote(driver, "ann")
    finish(driver)
    before = BallotList.objects.get()
    transitions.edited(driver.poll.pk)
    finish(driver)
    made = BallotList.objects.get()
    assert (made.commitment, made.made_at, made.earlier) == (before.commitment, before.made_at, [])
    assert made.version > before.version


def test_a_corrected_text_makes_another_commitment():
    driver = checkable()
    finish(driver)
    first = BallotList.objects.get().commitment
    driver.poll.choices.update(text="Corrected")
    transitions.edited(driver.poll.pk)
    assert file_of(driver).status_code == 404  # until the next one is made
    finish(driver)
    assert [before for before, _ in BallotList.objects.get().earlier] == [first]


def test_a_reset_takes_the_list_away():
    driver = checkable()
    finish(driver)
    transitions.reset(driver.poll.pk)
    assert (BallotList.objects.count(), file_of(driver).status_code) == (0, 404)


def test_ballots_that_are_set_aside_are_told_of_and_not_in_it():
    driver = checkable()
    for voter in range(3):
        vote(driver, f"voter {voter}")
    driver.poll.ballots.update(network="there")
    vote(driver, "ann", 1)
    transitions.set_aside(driver.poll.pk, "there")
    assert networks.busiest(driver.poll.pk) == []
    finish(driver)
    made = BallotList.objects.get()
    assert (made.ballots, made.set_aside, len(text_of(driver.poll).splitlines())) == (1, 3, 2)
    assert "3 that a host has set aside do not count" in Client().get("/p/checked/check/").content.decode()


def test_with_codes_the_list_has_the_ballots_of_good_ones():
    driver = PollDriver(make_poll("coded", "Cats", "Dogs", may_be_checked=True, who_may_vote=WhoMayVote.CODES))
    for choice, code in enumerate(code_holders.give_out(driver, 3)[:2]):
        code_holders.vote(code_holders.holder(driver, code), driver, choice)
    driver.count()
    for number in (2, 3):
        giving.revoke(code_holders.electorate_of(driver), number)
    finish(driver)
    head, *rows = text_of(driver.poll).splitlines()
    assert ([json.loads(row)[1] for row in rows], json.loads(head)["set_aside"]) == ([[driver.choices[0]]], 1)
    # The place of a code that was revoked before its vote is no ballot.
    assert "No ballot that is counted has the receipt" in said(driver, "000-000")


def test_a_poll_that_changes_while_its_list_is_made_gets_none(monkeypatch: pytest.MonkeyPatch):
    driver = checkable()
    driver.finish()
    stored = lists._store_rows

    def meanwhile(made: BallotList) -> Any:
        Tally.objects.filter(pk=made.pk).update(version=driver.tally.version + 1)
        return stored(made)

    monkeypatch.setattr(lists, "_store_rows", meanwhile)
    lists.make(driver.poll.pk)
    assert BallotList.objects.count() == 0


# What stays hidden ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [ResultRule.AFTER_VOTE, ResultRule.AFTER_CLOSE])
def test_no_ballot_says_its_choice_before_the_result_is_public(rule: ResultRule):
    driver = checkable(result_rule=rule)
    receipt = vote(driver, "ann", 1)
    assert ("Counted." in said(driver, receipt.code), "Dogs" in said(driver, receipt.code)) == (True, False)
    finish(driver)
    assert "Dogs" in said(driver, receipt.code)


def test_where_only_hosts_see_the_result_nothing_tells_it():
    driver = checkable(result_rule=ResultRule.STAFF)
    receipt = vote(driver, "ann", 1)
    finish(driver)
    assert (file_of(driver).status_code, BallotList.objects.count()) == (404, 0)
    assert "Dogs" not in said(driver, receipt.code)
    assert "All ballots" not in Client().get("/p/checked/check/").content.decode()


@pytest.mark.parametrize("change", [{"result_rule": ResultRule.STAFF}, {"may_be_checked": False}])
def test_a_host_who_takes_it_back_is_obeyed_at_once(change: dict[str, Any]):
    driver = checkable()
    finish(driver)
    assert file_of(driver).status_code == 200
    Poll.objects.filter(pk=driver.poll.pk).update(**change)
    assert file_of(driver).status_code == 404


def test_a_test_round_has_no_list():
    driver = checkable()
    Tally.objects.filter(pk=driver.poll.pk).update(is_test=True, state=State.FINAL)
    assert (lists.missing(), file_of(driver).status_code) == ([], 404)


def test_without_postgres_the_page_says_so(postgres: Postgres):
    driver = checkable()
    Client().get("/p/checked/check/")
    postgres.stop()
    assert Client().get("/p/checked/check/").status_code == 503
    assert file_of(driver).status_code == 503
