"""The host pages of voting codes: making, printing, revoking, replacing, and what they keep to themselves."""

import csv
import re
import time
from typing import Any

import pytest
from django.contrib.auth.models import User

from core.web import qr
from polls.electorate import codes
from polls.models import ChangedCode, CodeBatch, WhoMayVote
from tests.polls.code_holders import electorate_of, enter, give_out, holder, vote
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import browser_of, owned
from tests.polls.host.test_editor import edited
from tests.polls.poll_driver import JSON, Client, PollDriver

#: Seconds of CPU in this process. A host waits for 30 at most, Postgres included.
MADE_AND_PRINTED_WITHIN_S = 15


@pytest.fixture
def coded(ada: User) -> PollDriver:
    """An open poll of hers that needs a code."""
    return PollDriver(owned(make_poll("with-codes", "Yes", "No", who_may_vote=WhoMayVote.CODES), ada))


def page(driver: PollDriver, rest: str = "") -> str:
    return f"/host/{driver.poll.slug}/codes{rest or '/'}"


def make(host: Client, driver: PollDriver, count: Any, label: str = "") -> str:
    answer = host.post(page(driver), {"do": "make", "count": count, "label": label}, follow=True)
    return str(answer.content.decode())


def printed(host: Client, address: str) -> list[str]:
    """Return the codes on a sheet."""
    return re.findall(r'class="letters" translate="no">([^<]+)<', host.get(address).content.decode())


def test_codes_are_made_printed_and_good(host: Client, coded: PollDriver):
    assert "3 codes were made" in make(host, coded, 3, "Class 4b")
    assert "2 codes were made" in make(host, coded, 2)
    assert list(CodeBatch.objects.values_list("first", "count", "label")) == [(1, 3, "Class 4b"), (4, 2, "")]
    found = printed(host, page(coded, "/sheet/"))
    assert len(set(found)) == 5
    assert [vote(holder(coded, code), coded)[0] for code in found] == [202] * 5
    assert printed(host, page(coded, "/sheet/?from=4&to=5")) == found[3:]


@pytest.mark.parametrize("count", ["", "0", "-1", "x", "20001", "1" * 400])
def test_a_number_that_is_none_is_refused_in_words(host: Client, coded: PollDriver, count: str):
    assert "How many codes? A whole number from 1 to 20000." in make(host, coded, count)
    assert not CodeBatch.objects.exists()


def test_10_000_codes_are_made_and_printed_in_time(host: Client, coded: PollDriver):
    # Of CPU: what a busy machine does beside it is not counted.
    began = time.process_time()
    make(host, coded, 10_000)
    sheet = host.get(page(coded, "/sheet/")).content.decode()
    parts = re.findall(r'href="\?from=(\d+)&amp;to=(\d+)"', sheet)
    found = [code for first, last in parts for code in printed(host, page(coded, f"/sheet/?from={first}&to={last}"))]
    took = time.process_time() - began
    assert (len(parts), len(set(found))) == (10, 10_000)
    assert took < MADE_AND_PRINTED_WITHIN_S
    print(f"10,000 codes made and printed in {took:.1f} s of CPU")


def test_a_card_shows_what_its_qr_code_says(host: Client, coded: PollDriver, settings: Any):
    """The modules are compared with those of the library in tests/core/web/test_qr.py."""
    settings.VOTE_URL = "http://10.0.0.7:8080"
    make(host, coded, 1)
    sheet = host.get(page(coded, "/sheet/")).content.decode()
    (letters,) = [code.replace("-", "") for code in printed(host, page(coded, "/sheet/"))]
    assert f"10.0.0.7:8080/{coded.poll.code}<" in sheet
    assert str(qr.Alike(f"http://10.0.0.7:8080/{coded.poll.code}#", codes.LENGTH).inline(letters)) in sheet


def test_the_table_has_number_code_and_link(host: Client, coded: PollDriver, settings: Any):
    settings.VOTE_URL = "http://10.0.0.7:8080"
    make(host, coded, 2)
    text = host.get(f"/host/{coded.poll.slug}/codes.csv").content.decode("utf-8-sig")
    header, *rows = csv.reader(text.splitlines())
    assert (header, len(rows), rows[1][0]) == (["Number", "Code", "Link"], 2, "2")
    assert rows[0][2] == f"http://10.0.0.7:8080/{coded.poll.code}#{rows[0][1].replace('-', '')}"


def test_a_table_has_as_many_codes_as_are_made_at_once(host: Client, coded: PollDriver):
    make(host, coded, 20_000)
    make(host, coded, 1)
    address = f"/host/{coded.poll.slug}/codes.csv"
    refused = host.get(address, headers=JSON)
    assert (refused.status_code, refused.json()["status"]) == (400, "too_many_codes")
    assert "at most 20000 codes" in refused.json()["detail"]
    assert len(host.get(f"{address}?from=1&to=20000").content.splitlines()) == 20_001
    assert len(host.get(f"{address}?from=20001").content.splitlines()) == 2


def test_a_lost_card_is_found_by_its_number_and_replaced(host: Client, coded: PollDriver):
    old, *_ = give_out(coded, 3)
    found = host.get(page(coded, "/?number=1")).content.decode()
    assert (f">{old[-4:]}<" in found, old[:8] in found) == (True, False)
    said = host.post(page(coded), {"do": "replace", "number": "1"}, follow=True).content.decode()
    assert "Code 1 has a new card" in said
    (new,) = printed(host, page(coded, "/sheet/?from=1&to=1"))
    assert enter(Client(), coded, old).json()["status"] == "revoked"
    assert enter(Client(), coded, new).status_code == 200


def test_a_card_that_was_found_is_looked_up_by_its_code(host: Client, coded: PollDriver):
    _, code = give_out(coded, 2)
    found = host.get(page(coded, "/"), {"number": codes.grouped(code).lower()}).content.decode()
    assert 'name="number" value="2"' in found


def test_a_revoked_card_is_printed_no_more(host: Client, coded: PollDriver):
    codes_ = give_out(coded, 3)
    host.post(page(coded), {"do": "revoke", "number": "2"})
    assert [code.replace("-", "") for code in printed(host, page(coded, "/sheet/"))] == [codes_[0], codes_[2]]
    assert ChangedCode.objects.get().is_revoked
    assert "3 codes given out" in (shown := host.get(page(coded)).content.decode())
    assert re.search(r"1\s+revoked", shown)


@pytest.mark.parametrize("do", ["revoke", "replace"])
@pytest.mark.parametrize("number", ["0", "4", "x", "", "999999999999"])
def test_what_was_not_given_out_is_not_changed(host: Client, coded: PollDriver, do: str, number: str):
    give_out(coded, 3)
    said = host.post(page(coded), {"do": do, "number": number}, follow=True).content.decode()
    assert "was given out" in said
    assert not ChangedCode.objects.exists()


def test_a_code_is_replaced_fifteen_times_and_then_revoked(host: Client, coded: PollDriver):
    give_out(coded, 1)
    for _ in range(codes.LAST_GENERATION):
        host.post(page(coded), {"do": "replace", "number": "1"})
    said = host.post(page(coded), {"do": "replace", "number": "1"}, follow=True).content.decode()
    assert "was replaced too often" in said
    (last,) = printed(host, page(coded, "/sheet/"))
    assert enter(Client(), coded, last).status_code == 200
    host.post(page(coded), {"do": "revoke", "number": "1"})
    assert enter(Client(), coded, last).json()["status"] == "revoked"


def test_the_turnout_says_how_many_and_not_who(host: Client, coded: PollDriver):
    first, second, third = give_out(coded, 3)
    vote(holder(coded, first), coded)
    coded.count()
    shown = host.get(page(coded)).content.decode()
    assert re.search(r"<b>1 / 3</b>", shown)
    assert not any(code in shown or codes.grouped(code) in shown for code in (first, second, third))
    told = [found_of(host, coded, number, code) for number, code in ((1, first), (2, second))]
    assert told[0] == told[1]


def found_of(host: Client, driver: PollDriver, number: int, code: str) -> str:
    """Return what is told of one code, without its number and its last letters."""
    shown = host.get(page(driver, f"/?number={number}")).content.decode()
    told = shown.partition('class="found-code"')[2].partition("</form>")[0]
    assert code[-4:] in told
    return re.sub(rf"\b{number}\b|{code[-4:]}|value=\"[\w]{{64}}\"", "", told)


def test_a_poll_for_anyone_has_no_codes(host: Client, poll: Any):
    for rest in ("codes/", "codes/sheet/", "codes.csv"):
        assert host.get(f"/host/{poll.slug}/{rest}", headers=JSON).status_code == 409


def test_they_are_for_the_hosts_of_the_poll_alone(coded: PollDriver):
    give_out(coded, 1)
    other = browser_of(User.objects.create_user("eve", is_staff=True))
    for rest in ("codes/", "codes/sheet/", "codes.csv"):
        assert other.get(f"/host/{coded.poll.slug}/{rest}", headers=JSON).status_code == 403
        assert Client().get(f"/host/{coded.poll.slug}/{rest}").status_code == 302
    assert other.post(page(coded), {"do": "revoke", "number": "1"}, headers=JSON).status_code == 403


def test_who_may_vote_is_chosen_and_fixed_once_opened(host: Client, ada: User):
    draft = PollDriver(owned(make_poll("draft", "Yes", "No", opened=False), ada))
    assert 'name="who_may_vote"' in host.get("/host/draft/edit/").content.decode()
    answer = host.post("/host/draft/edit/", edited(draft, "Yes", "No", who_may_vote="codes", do="open"))
    assert answer.status_code == 302, answer.content.decode()
    assert electorate_of(draft).has_codes
    answer = host.post("/host/draft/edit/", edited(draft, "Yes", "No", who_may_vote="anyone"))
    assert answer.status_code == 302, answer.content.decode()
    assert electorate_of(draft).has_codes
