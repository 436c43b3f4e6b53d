"""The page of an event's score: where people take a nickname, and see their points."""

import json
import re

from django.contrib.auth.models import User

from core.web import hidden_fields
from polls.events import agendas
from polls.events.agenda import Agenda
from polls.lifecycle import events, safety_net, transitions
from polls.models import Event, Player, WhoMayVote
from tests.polls.code_holders import give_out, holder
from tests.polls.conftest import make_event, make_poll
from tests.polls.poll_driver import Client, PollDriver
from tests.store_fixtures import Postgres

SCORE = "/e/party/score/"


def make_party(**fields: bool) -> tuple[PollDriver, Event]:
    driver = PollDriver(make_poll("swiss", "Bern", "Basel", right=(0,)))
    return driver, make_event("party", driver.poll, **{"scores": True, **fields})


def join(browser: Client, nickname: str) -> str:
    browser.get(SCORE)
    answer = browser.post(SCORE, {"nickname": nickname})
    return str(answer.headers.get("Location") or answer.content.decode())


def close(driver: PollDriver) -> None:
    driver.count()
    transitions.seal(driver.poll.pk)
    driver.count()
    safety_net.sweep()


def text_of(browser: Client) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", browser.get(SCORE).content.decode()))


def test_people_are_asked_once_and_go_on():
    driver, event = make_party()
    events.put_on(event.pk, driver.poll.pk)
    ann, bob = Client(), Client()
    for browser in (ann, bob):
        assert browser.get("/e/party/")["Location"] == SCORE
    assert join(ann, "Ann") == "/e/party/"
    assert bob.post(SCORE, {"without": "1"})["Location"] == "/e/party/"
    for browser in (ann, bob):
        assert browser.get("/e/party/")["Location"].startswith("/p/swiss/#follow=")
    assert list(Player.objects.values_list("nickname", flat=True)) == ["Ann"]


def test_each_sees_the_own_score_and_who_leads():
    driver, _ = make_party()
    ann, bob = Client(), Client()
    for browser, name, choice in ((ann, "Ann", 0), (bob, "Bob", 1)):
        join(browser, name)
        browser.post("/p/swiss/", {"choice": driver.choices[choice]})
    assert "Ann: 0 of 0 right" in text_of(ann)
    close(driver)
    assert ("Ann: 1 of 1 right" in text_of(ann), "Bob: 0 of 1 right" in text_of(bob)) == (True, True)
    assert re.search(r"In the lead 2 1 Ann 1 ", text_of(bob))


def test_a_nickname_that_is_taken_is_answered_with_another():
    make_party()
    join(Client(), "Ann")
    page = join(Client(), "ann")
    assert ("Somebody else is called ann here." in page, 'value="ann 2"' in page) == (True, True)


def test_a_browser_without_cookies_gets_no_nickname():
    make_party()
    answer = Client().post(SCORE, {"nickname": "Ann"})
    assert (answer.status_code, Player.objects.count()) == (400, 0)
    assert "Allow cookies" in answer.content.decode()


def test_without_the_switch_there_is_no_page_and_no_question():
    make_party(scores=False)
    browser = Client()
    assert (browser.get(SCORE).status_code, browser.get("/e/party/").status_code) == (404, 200)
    assert "/score/" not in browser.get("/p/swiss/").content.decode()


def test_the_pages_of_its_polls_lead_there():
    make_party()
    assert SCORE in Client().get("/p/swiss/").content.decode()


def test_without_postgres_nobody_is_kept_from_voting(postgres: Postgres):
    driver, event = make_party()
    events.put_on(event.pk, driver.poll.pk)
    browser = Client()
    browser.get("/e/party/")
    browser.get("/p/swiss/")
    postgres.stop()
    page = browser.get(SCORE)
    assert (page.status_code, "Voting goes on without them." in page.content.decode()) == (503, True)
    assert browser.post(SCORE, {"nickname": "Ann"}).status_code == 503
    assert browser.post(SCORE, {"without": "1"})["Location"] == "/e/party/"
    assert browser.get("/e/party/")["Location"].startswith("/p/swiss/#follow=")


def test_with_voting_codes_the_score_is_that_of_the_holder():
    driver, event = make_party()
    events.set_rules(event.pk, who_may_vote=WhoMayVote.CODES)
    transitions.reset(driver.poll.pk)
    code, browser = give_out(driver)[0], Client()
    assert browser.get("/e/party/").status_code == 200
    assert browser.get(SCORE)["Location"] == "/e/party/"
    fields = hidden_fields.of(browser.get("/e/party/").content.decode())
    browser.post("/e/party/code/", {**fields, "code": code})
    assert browser.get("/e/party/")["Location"] == SCORE
    assert join(browser, "Ann") == "/e/party/"
    holder(driver, code).post("/p/swiss/", {"choice": driver.choices[0]})
    close(driver)
    assert "Ann: 1 of 1 right" in text_of(browser)


def test_with_accounts_people_sign_in_before_their_nickname():
    _, event = make_party()
    events.set_rules(event.pk, who_may_vote=WhoMayVote.ACCOUNTS)
    assert Client().get("/e/party/").status_code == 200
    browser = Client()
    assert browser.get(SCORE)["Location"] == f"/accounts/login/?next={SCORE}"
    browser.force_login(User.objects.create_user("ann"))
    assert browser.get("/e/party/")["Location"] == SCORE
    assert join(browser, "Ann") == "/e/party/"


def test_an_agenda_says_so_also_from_redis():
    _, event = make_party()
    agenda = agendas.read(pk=event.pk)
    assert agenda is not None
    assert Agenda.load(agenda.dump()) == agenda
    other = agendas.read(pk=make_event("other").pk)
    assert other is not None
    assert {"electorate", "scores"}.isdisjoint(json.loads(other.dump()))
