import json
import re
from typing import Any

import pytest
from django.conf import settings
from redis import Redis

from polls.box import definitions
from polls.box.casts import Cast, new_cast_id
from polls.counting import audit
from polls.lifecycle import transitions
from polls.models import ResultRule
from polls.voting.receipts import Receipt
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver, receipt_of

JSON = {"Accept": "application/json"}


@pytest.fixture
def url(driver: PollDriver) -> str:
    return driver.poll.get_absolute_url()


def post(client: Client, url: str, **fields: Any) -> Any:
    return client.post(url, fields, headers=JSON)


def visible(page: str, name: str) -> str:
    """Return the text of the paragraph of this class, without what is hidden."""
    found = re.search(rf'<p class="{name}">(.*?)</p>', page, re.DOTALL)
    assert found
    shown = re.sub(r"<span[^>]* hidden>.*?</span>", "", found[1], flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", shown).split()).replace("\u2019", "'")


def test_the_page_gives_a_voter_cookie_that_scripts_can_not_read(client: Client, url: str):
    cookie = client.get(url).cookies["voter"]
    assert (bool(cookie["httponly"]), cookie["samesite"]) == (True, "Lax")


def test_a_program_is_told_that_its_vote_was_received(client: Client, driver: PollDriver, url: str):
    answer = post(client, url, choice=driver.choices[0])
    assert answer.status_code == 202
    body = answer.json()
    assert (body["status"], body["box"]) == ("received", 1)
    receipt = Receipt.read(body["receipt"])
    assert receipt is not None
    assert (receipt.cast.selections, receipt.position) == ((driver.choices[0],), body["position"])


def test_a_browser_is_sent_to_the_page_which_shows_its_choice(client: Client, driver: PollDriver, url: str):
    answer = client.post(url, {"choice": driver.choices[1]})
    assert (answer.status_code, answer["Location"]) == (303, url)
    mine = client.get(url).context["mine"]
    assert (mine.selections, mine.status) == ((driver.choices[1],), "received")
    driver.count()
    assert client.get(url).context["mine"].status == "counted"


def test_a_voter_who_votes_again_changes_the_vote(client: Client, driver: PollDriver, url: str):
    for choice in (0, 1, 0, 1):
        post(client, url, choice=driver.choices[choice])
    driver.count()
    assert (driver.totals, driver.tally.voters) == ([0, 1], 1)


def test_a_later_press_beats_an_earlier_one_that_arrives_late(client: Client, driver: PollDriver, url: str):
    page = client.get(url).context["page"]
    other = Client()
    other.cookies["voter"] = client.cookies["voter"].value
    post(client, url, choice=driver.choices[1], page=page, pressed=1)
    post(other, url, choice=driver.choices[0], page=page, pressed=0)
    driver.count()
    assert driver.totals == [0, 1]


# Taking a vote back --------------------------------------------------------------------------------------------------


@pytest.fixture
def several() -> PollDriver:
    """An open poll of three, in which two may be picked."""
    return PollDriver(make_poll("several", "Tea", "Coffee", "Water", max_choices=2))


@pytest.mark.parametrize("counted_between", [True, False])
def test_a_vote_that_is_taken_back_counts_no_more(client: Client, several: PollDriver, *, counted_between: bool):
    url = several.poll.get_absolute_url()
    post(Client(), url, choice=several.choices[0])
    assert post(client, url, choice=several.choices[:2]).status_code == 202
    if counted_between:
        several.count()
    assert post(client, url).json()["status"] == "received"
    several.count()
    assert (several.totals, several.tally.voters) == ([1, 0, 0], 1)
    assert (client.get(url).context["mine"].stage, audit.compare(several.poll.pk).differences) == ("withdrawn", ())
    post(client, url, choice=several.choices[2])
    several.count()
    assert (several.totals, several.tally.voters) == ([1, 0, 1], 2)
    assert audit.compare(several.poll.pk).differences == ()


def test_a_vote_can_be_taken_back_while_redis_is_away(client: Client, several: PollDriver, own_redis: OwnRedis):
    url = several.poll.get_absolute_url()
    client.get(url)
    own_redis.stop()
    assert post(client, url, choice=several.choices[0]).json()["status"] == "counted"
    assert post(client, url).json()["status"] == "counted"
    assert (several.totals, several.tally.voters) == ([0, 0, 0], 0)


def test_a_vote_that_was_taken_back_is_asked_for_by_its_receipt(client: Client, several: PollDriver):
    url = several.poll.get_absolute_url()
    post(client, url, choice=several.choices[0])
    receipt = post(client, url).json()["receipt"]
    assert post(client, url, receipt=receipt).status_code == 202
    several.count()
    assert (several.totals, several.tally.voters) == ([0, 0, 0], 0)


def test_whoever_has_not_voted_is_told_to_pick(client: Client, several: PollDriver):
    url = several.poll.get_absolute_url()
    assert post(client, url).json()["status"] == "bad_choice"
    post(client, url, choice=several.choices[0])
    assert [post(client, url).status_code for _ in range(2)] == [202, 400]


def test_where_one_may_be_picked_none_is_no_vote(client: Client, driver: PollDriver, url: str):
    post(client, url, choice=driver.choices[0])
    assert post(client, url).json()["status"] == "bad_choice"


# Where votes can't be changed ----------------------------------------------------------------------------------------


@pytest.fixture
def several_for_good() -> PollDriver:
    """An open poll of three, in which two may be picked, once and for all."""
    return PollDriver(make_poll("several", "Tea", "Coffee", "Water", max_choices=2, allows_changes=False))


def test_the_page_says_that_a_vote_stands_and_takes_no_other(client: Client, strict: PollDriver):
    url = strict.poll.get_absolute_url()
    before = client.get(url).content.decode()
    assert visible(before, "limit") == "You can't change your vote afterwards."
    assert "disabled" not in before
    client.post(url, {"choice": strict.choices[1]})
    after = client.get(url).content.decode()
    assert visible(after, "limit") == "Your vote can't be changed."
    assert re.findall(r'value="(\d+)"[^>]* disabled', after) == [str(strict.choices[0])]
    assert ("Change to" in after, "Still open." in after) == (False, True)


def test_where_votes_can_be_changed_the_page_says_nothing_of_it(client: Client, driver: PollDriver, url: str):
    client.post(url, {"choice": driver.choices[1]})
    page = client.get(url).content.decode()
    assert ("afterwards" in page, "disabled" in page, "Change to Cats" in page) == (False, False, True)


def test_several_choices_stand_with_their_boxes_and_button_off(client: Client, several_for_good: PollDriver):
    url = several_for_good.poll.get_absolute_url()
    assert visible(client.get(url).content.decode(), "limit") == "Pick up to 2. You can't change your vote afterwards."
    post(client, url, choice=several_for_good.choices[:2])
    page = client.get(url).content.decode()
    assert (page.count(" disabled"), page.count(" checked")) == (3, 2)
    assert '<button class="button" hidden>' in page


def test_a_program_that_votes_otherwise_is_told_what_stands(client: Client, strict: PollDriver):
    url = strict.poll.get_absolute_url()
    first = post(client, url, choice=strict.choices[1]).json()
    again = post(client, url, choice=strict.choices[1])
    assert (again.status_code, again.json()["receipt_code"]) == (202, first["receipt_code"])
    refused = post(client, url, choice=strict.choices[0])
    body = refused.json()
    assert (refused.status_code, body["status"]) == (409, "already_voted")
    assert body["detail"].endswith("Your first vote stands.")
    assert (body["vote"]["selections"], body["vote"]["receipt_code"]) == ([strict.choices[1]], first["receipt_code"])
    strict.count()
    assert strict.totals == [0, 1]


@pytest.mark.parametrize("counted", [True, False])
def test_who_has_lost_the_receipt_sees_the_vote_that_stands(client: Client, strict: PollDriver, *, counted: bool):
    url = strict.poll.get_absolute_url()
    post(client, url, choice=strict.choices[1])
    if counted:
        strict.count()
    del client.cookies[settings.BALLOT_COOKIE_NAME]
    refused = client.post(url, {"choice": strict.choices[0]})
    assert refused.status_code == 409
    assert "Your first vote stands." in refused.content.decode()
    assert (refused.context["mine"].selections, refused.context["standing"].kind) == ((strict.choices[1],), "")
    assert receipt_of(client).cast.selections == (strict.choices[1],)


def test_the_cookie_of_a_vote_that_does_not_stand_is_replaced(client: Client, strict: PollDriver):
    url = strict.poll.get_absolute_url()
    client.get(url)
    post(client, url, choice=strict.choices[1])
    first = receipt_of(client)
    later = Cast(new_cast_id(after=first.cast.cast_id), first.cast.voter_key, (strict.choices[0],), 1)
    client.cookies[settings.BALLOT_COOKIE_NAME] = Receipt(strict.poll.pk, later, "unknown").signed()
    assert post(client, url, choice=strict.choices[0]).status_code == 409
    assert receipt_of(client).cast == first.cast


def test_a_vote_that_stands_can_not_be_taken_back(client: Client, several_for_good: PollDriver):
    url = several_for_good.poll.get_absolute_url()
    post(client, url, choice=several_for_good.choices[:2])
    assert post(client, url).status_code == 409
    several_for_good.count()
    assert several_for_good.totals == [1, 1, 0]


def test_a_vote_of_the_round_before_stands_in_no_way(client: Client, strict: PollDriver):
    url = strict.poll.get_absolute_url()
    post(client, url, choice=strict.choices[1])
    transitions.reset(strict.poll.pk)
    client.get(url)
    assert post(client, url, choice=strict.choices[0]).status_code == 202
    strict.count()
    assert strict.totals == [1, 0]


def test_a_vote_lost_with_its_box_counts_when_another_is_tried(client: Client, strict: PollDriver, redis: Redis):
    url = strict.poll.get_absolute_url()
    post(client, url, choice=strict.choices[1])
    redis.flushdb()
    assert post(client, url, choice=strict.choices[0]).json()["status"] == "already_voted"
    strict.count()
    assert strict.totals == [0, 1]


def test_a_vote_whose_box_is_lost_is_sent_again_without_scripts(
    client: Client, several_for_good: PollDriver, redis: Redis
):
    url = several_for_good.poll.get_absolute_url()
    post(client, url, choice=several_for_good.choices[:2])
    assert 'name="receipt"' not in client.get(url).content.decode()
    redis.flushdb()
    post(Client(), url, choice=several_for_good.choices[2])
    definitions.cache.clear()
    found = re.search(r'name="receipt" value="([^"]+)"', client.get(url).content.decode())
    assert found
    assert client.post(url, {"receipt": found[1]}).status_code == 303
    several_for_good.count()
    assert several_for_good.totals == [1, 1, 1]


# What is refused -----------------------------------------------------------------------------------------------------


def test_csrf_is_checked(driver: PollDriver, url: str):
    answer = Client(enforce_csrf_checks=True).post(url, {"choice": driver.choices[0]}, headers=JSON)
    assert (answer.status_code, answer.json()["status"]) == (403, "csrf")


BAD = {
    "no choice": {},
    "an empty choice": {"choice": ""},
    "an unknown choice": {"choice": 999_999_999},
    "a word": {"choice": "cats"},
    "a NUL": {"choice": "\0"},
    "a very long number": {"choice": "9" * 400},
    "a number in another script": {"choice": "\u0661"},
    "a negative number": {"choice": -1},
    "a receipt that is not ours": {"choice": 1, "receipt": "made-up"},
}


@pytest.mark.parametrize("fields", BAD.values(), ids=BAD.keys())
def test_a_bad_ballot_is_answered_with_400(client: Client, driver: PollDriver, url: str, fields: dict[str, Any]):
    answer = post(client, url, **fields)
    assert (answer.status_code, answer.json()["status"]) == (400, "bad_choice")
    page = client.post(url, fields)
    assert page.status_code == 400
    assert page["Content-Type"].startswith("text/html")
    driver.count()
    assert driver.tally.voters == 0


def test_a_choice_of_another_poll_is_refused(client: Client, url: str):
    other = PollDriver(make_poll("other", "Red", "Blue"))
    assert post(client, url, choice=other.choices[0]).status_code == 400


def test_two_choices_are_refused_where_one_may_be_picked(client: Client, driver: PollDriver, url: str):
    assert post(client, url, choice=driver.choices).status_code == 400


def test_a_body_of_a_megabyte_is_refused(client: Client, url: str):
    assert post(client, url, choice="1" * 2**20).status_code == 400


def test_a_body_that_is_no_form_is_refused(client: Client, url: str):
    answer = client.post(url, b"\x00\xff{", content_type="application/json", headers=JSON)
    assert answer.status_code == 400


@pytest.mark.parametrize("value", ["", "x", "x:y:z", "\x7f", "a" * 4000])
def test_a_broken_cookie_is_a_new_voter(driver: PollDriver, url: str, value: str):
    client = Client()
    for name in ("voter", "ballot", "csrftoken", "sessionid"):
        client.cookies[name] = value
    assert client.get(url).status_code == 200
    assert post(client, url, choice=driver.choices[0]).status_code == 202


def test_a_receipt_of_somebody_else_is_refused(client: Client, driver: PollDriver, url: str):
    receipt = post(Client(), url, choice=driver.choices[0]).json()["receipt"]
    assert post(client, url, receipt=receipt).status_code == 400


def test_a_closed_poll_is_answered_with_409(client: Client, driver: PollDriver, url: str):
    transitions.seal(driver.poll.pk)
    answer = post(client, url, choice=driver.choices[0])
    assert (answer.status_code, answer.json()["status"]) == (409, "closed")
    assert client.post(url, {"choice": driver.choices[0]}).status_code == 409


@pytest.mark.parametrize("path", ["/p/nothing/", "/p/nothing/results/", "/p/nothing/results.json", "/zzzz", "/p/x%00/"])
def test_what_is_not_there_is_answered_with_404(client: Client, path: str):
    assert client.get(path).status_code == 404
    answer = client.get(path, headers=JSON)
    assert (answer.status_code, answer.json()["status"]) == (404, "not_found")


def test_a_poll_is_there_as_soon_as_it_was_published(client: Client):
    poll = make_poll("draft", "Yes", "No", opened=False)
    paths = (poll.get_absolute_url(), "/p/draft/results/", "/p/draft/results.json")
    assert [client.get(path).status_code for path in paths] == [404] * 3
    transitions.publish(poll.pk)
    assert [client.get(path).status_code for path in paths] == [200] * 3


def test_a_draft_is_not_there(client: Client):
    poll = make_poll("draft", "Yes", "No", opened=False)
    for path in (poll.get_absolute_url(), "/p/draft/results/", "/p/draft/results.json"):
        assert client.get(path).status_code == 404
    assert client.post(poll.get_absolute_url(), {"choice": 1}).status_code == 404


def test_results_json_is_a_snapshot_with_an_etag(client: Client, driver: PollDriver):
    driver.vote("ann", 1)
    driver.count()
    answer = client.get("/p/cats-or-dogs/results.json")
    assert [choice["votes"] for choice in answer.json()["choices"]] == [0, 1]
    same = client.get("/p/cats-or-dogs/results.json", headers={"If-None-Match": answer["ETag"]})
    assert same.status_code == 304


def test_hidden_results_leave_through_no_service(client: Client):
    driver = PollDriver(make_poll("secret", "Yes", "No", result_rule=ResultRule.AFTER_VOTE))
    driver.vote("ann", 1)
    driver.count()
    found = client.get("/p/secret/results.json").json()
    assert [(choice["votes"], choice["percent"]) for choice in found["choices"]] == [(None, None)] * 2
    for path in ("/p/secret/", "/p/secret/results/", "/"):
        context = client.get(path).context
        if context is not None and context.get("snapshot"):
            assert "100" not in json.dumps(context["snapshot"]["choices"])
    post(client, "/p/secret/", choice=driver.choices[0])
    shown = client.get("/p/secret/results.json").json()
    assert [choice["votes"] for choice in shown["choices"]] == [0, 1]


def test_home_leads_to_the_only_open_poll(client: Client, driver: PollDriver):
    assert client.get("/")["Location"] == driver.poll.get_absolute_url()


def test_home_lists_polls(client: Client, driver: PollDriver):
    make_poll("other", "Red", "Blue")
    answer = client.get("/")
    assert {row["poll"].slug for row in answer.context["open_polls"]} == {"cats-or-dogs", "other"}


def test_home_without_polls_says_what_to_do(client: Client):
    assert client.get("/").status_code == 200


def test_the_short_address_leads_to_the_vote_page(client: Client, driver: PollDriver):
    assert client.get(f"/{driver.poll.code}")["Location"] == driver.poll.get_absolute_url()
    assert client.get("/", {"code": driver.poll.code.upper()})["Location"] == driver.poll.get_absolute_url()


def test_a_code_that_nobody_has_is_said_on_the_home_page(client: Client, driver: PollDriver):
    answer = client.get("/", {"code": "<i>x"})
    assert answer.status_code == 404
    assert b"<i>x" not in answer.content


def test_pages_have_a_policy_and_other_answers_have_none(client: Client, driver: PollDriver):
    """Redirects and JSON are drawn by no browser."""
    address = driver.poll.get_absolute_url()
    drawn = [client.get(address), client.get("/nowhere-at-all/"), client.get("/counter/visits.svg")]
    assert ["Content-Security-Policy" in answer for answer in drawn] == [True, True, True]
    sent_on = client.post(address, {"choice": driver.choices[0]})
    assert (sent_on.status_code, "Content-Security-Policy" in sent_on) == (303, False)
    received = post(client, address, choice=driver.choices[0])
    assert (received.status_code, "Content-Security-Policy" in received) == (202, False)


def test_an_answer_is_json_for_who_names_json_before_html(client: Client, driver: PollDriver):
    for accept, code in (("application/json", 202), ("text/html,application/json;q=0.9", 303), ("*/*", 303), ("", 303)):
        answer = client.post(driver.poll.get_absolute_url(), {"choice": driver.choices[0]}, headers={"Accept": accept})
        assert answer.status_code == code
