import json
from typing import Any

import pytest

from polls.counting import audit
from polls.lifecycle import transitions
from polls.models import ResultRule
from polls.voting.receipts import Receipt
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver

JSON = {"Accept": "application/json"}


@pytest.fixture
def url(driver: PollDriver) -> str:
    return driver.poll.get_absolute_url()


def post(client: Client, url: str, **fields: Any) -> Any:
    return client.post(url, fields, headers=JSON)


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
