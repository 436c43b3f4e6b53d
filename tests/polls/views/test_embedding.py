"""A poll in a frame of another site: who may show it, and whose votes count."""

from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from polls.box import definitions
from polls.kinds import OPEN_LIST
from polls.lifecycle import transitions
from polls.models import Poll, WhoMayVote
from polls.voting import voters
from tests.polls.conftest import make_event, make_poll
from tests.polls.poll_driver import JSON, Client, PollDriver
from tests.store_fixtures import Postgres

SITE = "https://example.org"
PATH = "/p/fish/embed/"
WINDOW = "Vote in a new window"


@pytest.fixture
def fish() -> PollDriver:
    """An open poll that one site may show."""
    return PollDriver(make_poll("fish", "Cod", "Bream", embed_origins=[SITE]))


@pytest.fixture
def framed() -> Client:
    """A browser that keeps cookies in frames, and has no token of ours against forged forms."""
    return Client(enforce_csrf_checks=True, SERVER_NAME="localhost")


def policy(answer: Any) -> tuple[str, str | None]:
    """Return who may show a page in a frame, as new and as old browsers read it."""
    directives = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    return directives["frame-ancestors"], answer.headers.get("X-Frame-Options")


@pytest.mark.parametrize("query", ["", "?show=results", "?ballot=window", "?theme=dark"])
def test_the_sites_that_the_host_named_may_show_it(fish: PollDriver, framed: Client, query: str) -> None:
    assert policy(framed.get(f"{PATH}{query}")) == (SITE, None)


def test_nobody_may_show_any_other_page(fish: PollDriver, framed: Client) -> None:
    make_poll("meat", "Beef", "Pork")
    paths = ["/p/fish/", "/p/fish/results/", "/p/fish/present/", "/?home", "/accounts/login/", "/p/meat/embed/"]
    assert {path: policy(framed.get(path)) for path in paths} == dict.fromkeys(paths, ("'none'", "DENY"))


def test_it_allows_what_the_page_needs_all_the_same(fish: PollDriver, framed: Client) -> None:
    said = framed.get(PATH)["Content-Security-Policy"]
    assert "connect-src 'self' ws://localhost:8081 http://localhost:8081" in said
    assert "default-src 'self'" in said


def test_a_vote_in_a_frame_is_counted_and_can_be_changed(fish: PollDriver, framed: Client) -> None:
    assert framed.post(f"{PATH}", {"choice": fish.choices[0]}, headers=JSON).status_code == 202
    assert framed.post(f"{PATH}", {"choice": fish.choices[1]}, headers=JSON).status_code == 202
    fish.count()
    assert fish.totals == [0, 1]
    assert b'data-voted="%d"' % fish.choices[1] in framed.get(PATH).content


def test_its_cookies_are_kept_for_each_site_apart(fish: PollDriver, framed: Client) -> None:
    framed.post(PATH, {"choice": fish.choices[0]}, headers=JSON)
    kept = {
        name: framed.cookies[f"framed_{name}"] for name in (settings.VOTER_COOKIE_NAME, settings.BALLOT_COOKIE_NAME)
    }
    said = {name: cookie.OutputString() for name, cookie in kept.items()}
    assert all("SameSite=None; Partitioned" in cookie and "Secure" in cookie for cookie in said.values())
    assert all("HttpOnly" in cookie for cookie in said.values())
    assert kept[settings.BALLOT_COOKIE_NAME]["path"] == PATH
    assert not {settings.VOTER_COOKIE_NAME, settings.BALLOT_COOKIE_NAME} & framed.cookies.keys()


def test_the_vote_page_and_the_frame_do_not_know_of_each_other(fish: PollDriver, framed: Client) -> None:
    """A frame on a site that shares our domain has the cookies of both."""
    browser = Client(SERVER_NAME="localhost")
    browser.post("/p/fish/", {"choice": fish.choices[0]}, headers=JSON)
    browser.post(PATH, {"choice": fish.choices[1]}, headers=JSON)
    browser.post("/p/fish/", {"choice": fish.choices[0]}, headers=JSON)
    fish.count()
    assert fish.totals == [1, 1]


def test_a_form_of_another_site_is_refused(fish: PollDriver, framed: Client) -> None:
    for origin in (SITE, "null", "http://localhost:1"):
        answer = framed.post(PATH, {"choice": fish.choices[0]}, headers={**JSON, "Origin": origin})
        assert (answer.status_code, answer.json()["status"]) == (403, "csrf")
    assert (
        framed.post(PATH, {"choice": fish.choices[0]}, headers={**JSON, "Origin": "http://localhost"}).status_code
        == 202
    )


def test_a_vote_needs_a_page_of_its_own_frame(fish: PollDriver, framed: Client) -> None:
    other = Client(SERVER_NAME="localhost")
    other.get(PATH)
    framed.get(PATH)
    answer = framed.post(PATH, {"choice": fish.choices[0], "page": other._pages[PATH]}, headers=JSON)
    assert (answer.status_code, answer.json()["status"]) == (403, "no_page")


def test_without_a_cookie_the_ballot_opens_in_a_window(fish: PollDriver) -> None:
    browser = Client(SERVER_NAME="localhost")
    browser.get(PATH)
    browser.cookies.clear()
    answer = browser.post(PATH, {"choice": fish.choices[0]})
    assert (answer.status_code, policy(answer)) == (403, (SITE, None))
    assert WINDOW in answer.content.decode()
    fish.count()
    assert fish.totals == [0, 0]


def test_without_https_the_ballot_opens_in_a_window(fish: PollDriver, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["votes.example"]
    plain, safe = Client(SERVER_NAME="votes.example"), Client(SERVER_NAME="votes.example")
    assert WINDOW in plain.get(PATH).content.decode()
    assert f"framed_{settings.VOTER_COOKIE_NAME}" not in plain.cookies
    page = safe.get(PATH, secure=True).content.decode()
    assert 'class="ballot"' in page
    assert WINDOW not in page.partition("<noscript>")[0]


def test_a_window_of_its_own_gets_the_page_itself(fish: PollDriver, framed: Client) -> None:
    for query, path in (("", "/p/fish/"), ("?show=results", "/p/fish/results/")):
        answer = framed.get(f"{PATH}{query}", headers={"Sec-Fetch-Dest": "document"})
        assert (answer.status_code, answer["Location"]) == (302, path)
    assert not framed.cookies
    assert "Sec-Fetch-Dest" in framed.get(PATH)["Vary"]


def test_without_scripts_the_frame_stays_as_it_was(fish: PollDriver, framed: Client) -> None:
    framed.get(f"{PATH}?theme=dark")
    answer = framed.post(f"{PATH}?theme=dark", {"choice": fish.choices[0], "page": framed._pages[f"{PATH}?theme=dark"]})
    assert (answer.status_code, answer["Location"]) == (303, f"{PATH}?theme=dark")


@pytest.mark.parametrize(("query", "styles"), [("dark", 1), ("light", 1), ("", 0), ("pink", 0)])
def test_the_address_says_the_theme(fish: PollDriver, framed: Client, query: str, styles: int) -> None:
    page = framed.get(f"{PATH}?theme={query}").content.decode()
    assert page.count(f"/static/embed-{query}") == styles
    assert ("theme=" in page) == bool(styles)


def test_links_in_a_frame_lead_to_what_it_may_show(fish: PollDriver, framed: Client) -> None:
    assert f'href="{PATH}?show=results"' in framed.get(PATH).content.decode()
    assert f'href="{PATH}"' in framed.get(f"{PATH}?show=results").content.decode()


def test_a_frame_stays_with_its_poll(fish: PollDriver, framed: Client) -> None:
    make_event("night", fish.poll)
    assert b"event-strip" in framed.get("/p/fish/").content
    for query in ("", "?show=results"):
        assert b"event-strip" not in framed.get(f"{PATH}{query}").content


def test_entries_are_written_in_a_frame(framed: Client) -> None:
    driver = PollDriver(make_poll("ideas", kind=OPEN_LIST, max_choices=20, embed_origins=[SITE]))
    page = framed.get("/p/ideas/embed/")
    assert 'action="/p/ideas/embed/entries/"' in page.content.decode()
    fields = {"text": "A bench", "page": framed._pages["/p/ideas/embed/"]}
    forged = framed.post("/p/ideas/embed/entries/", fields, headers={**JSON, "Origin": SITE})
    answer = framed.post("/p/ideas/embed/entries/", fields, headers=JSON)
    assert (forged.status_code, answer.status_code, policy(page)) == (403, 202, (SITE, None))
    assert framed.cookies[f"framed_{settings.BALLOT_COOKIE_NAME}"]["path"] == "/p/ideas/embed/"
    driver.count()
    assert driver.tally.voters == 1


def test_who_needs_a_code_votes_in_a_window(framed: Client) -> None:
    """The cookie of a code is for the vote page alone."""
    coded = PollDriver(make_poll("fish", "Cod", "Bream", embed_origins=[SITE], who_may_vote=WhoMayVote.CODES))
    page = framed.get(PATH)
    assert (page.status_code, policy(page)) == (200, (SITE, None))
    assert (WINDOW in page.content.decode(), "with a voting code" in page.content.decode()) == (True, True)
    by_form, by_script = (framed.post(PATH, {"choice": coded.choices[0]}, headers=how) for how in ({}, JSON))
    assert (by_form.status_code, WINDOW in by_form.content.decode()) == (403, True)
    assert (by_script.status_code, by_script.json()["status"]) == (403, "not_entitled")
    coded.count()
    assert coded.tally.voters == 0


def test_with_postgres_down_the_frame_goes_on(fish: PollDriver, framed: Client, postgres: Postgres) -> None:
    """The ballot box knows who may show it: a new process has nobody else to ask."""
    fish.vote("ann")
    definitions.cache.clear()
    postgres.stop()
    page = framed.get(PATH)
    assert (page.status_code, policy(page)) == (200, (SITE, None))
    assert framed.post(PATH, {"choice": fish.choices[1]}, headers=JSON).status_code == 202
    postgres.start()
    fish.count()
    assert fish.totals == [1, 1]


def test_a_change_of_the_sites_reaches_the_box(fish: PollDriver, framed: Client, postgres: Postgres) -> None:
    fish.vote("ann")
    Poll.objects.filter(pk=fish.poll.pk).update(embed_origins=[])
    transitions.edited(fish.poll.pk)
    definitions.cache.clear()
    postgres.stop()
    assert policy(framed.get(PATH)) == ("'none'", "DENY")


def test_of_a_draft_there_is_no_frame(framed: Client) -> None:
    make_poll("fish", "Cod", "Bream", opened=False, embed_origins=[SITE])
    answer = framed.get(PATH)
    assert (answer.status_code, policy(answer)) == (404, ("'none'", "DENY"))


def test_a_voter_of_a_page_has_the_cookie_of_before() -> None:
    response = HttpResponse()
    voters.remember(response, voters.of(HttpRequest()))
    assert response.cookies[settings.VOTER_COOKIE_NAME]["samesite"] == "Lax"
