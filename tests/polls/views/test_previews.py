"""Previews of links: programs that show them are told the question, a sentence, a picture, under the right address."""

import re
from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from polls.box import definitions
from polls.lifecycle import transitions
from polls.models import Poll, ResultRule, WhoMayVote
from tests.polls.conftest import make_event, make_poll
from tests.polls.host.conftest import browser_of, owned
from tests.polls.poll_driver import PollDriver
from tests.polls.views.test_presenter import ada

#: A program that fetches previews: it has no cookies.
BOT = {"User-Agent": "Mozilla/5.0 (compatible; facebookexternalhit/1.1)"}


def preview(path: str, **headers: str) -> dict[str, str]:
    """Return what a page says of itself, by name."""
    definitions.cache.clear()
    page = Client().get(path, headers={**BOT, **headers}).content.decode()
    found = re.findall(r'<meta (?:name|property)="([\w:]+)" content="([^"]*)">', page)
    return {name: unescape(content) for name, content in found}


def test_a_poll_that_asks_for_a_code_has_the_same_preview() -> None:
    make_poll("fish", "Cod", "Bream", who_may_vote=WhoMayVote.CODES)
    said = preview("/p/fish/")
    assert said["description"] == "Vote on your phone. Choices: Cod, Bream"
    assert urlsplit(said["og:image"]).path == "/p/fish/preview.png"


def test_a_vote_page_says_its_question_and_its_choices(settings: Any) -> None:
    settings.VOTE_URL = "https://vote.example"
    poll = make_poll("fish", "Cod", "Bream & <b>")
    Poll.objects.filter(pk=poll.pk).update(question='Who "wins" <here>?')
    transitions.edited(poll.pk)
    said = preview("/p/fish/")
    assert said["og:title"] == 'Who "wins" <here>?'
    assert said["description"] == said["og:description"] == "Vote on your phone. Choices: Cod, Bream & <b>"
    assert said["og:url"] == "https://vote.example/p/fish/"
    assert said["og:image"] == "https://vote.example/p/fish/preview.png?lang=en"
    assert said["og:image:alt"] == 'Who "wins" <here>?'
    assert said["twitter:card"] == "summary_large_image"


def test_the_home_page_has_a_picture_too(settings: Any) -> None:
    settings.VOTE_URL = "https://vote.example"
    picture = re.fullmatch(r"https://vote\.example/static/(preview)\.\w+(\.png)", preview("/?home")["og:image"])
    assert picture is not None
    assert finders.find("".join(picture.groups()))


@pytest.mark.parametrize("path", ["/p/fish/", "/p/fish/results/", "/e/night/"])
def test_the_picture_is_there(path: str) -> None:
    make_event("night", make_poll("fish", "Cod", "Bream"), self_paced=True)
    address = urlsplit(preview(path)["og:image"])
    answer = Client().get(f"{address.path}?{address.query}", headers=BOT)
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "public, max-age=60"
    assert Image.open(BytesIO(answer.content)).size == (1200, 630)
    again = Client().get(address.path, headers={**BOT, "If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_addresses_are_those_of_the_host_that_was_asked(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    make_poll("fish", "Yes", "No")
    for host in ("one.example", "two.example", "one.example"):
        said = preview("/p/fish/", Host=host)
        assert said["og:url"] == f"http://{host}:8080/p/fish/"
        assert said["og:image"].startswith(f"http://{host}:8080/p/fish/preview.png")


def test_a_result_page_says_whose_result_it_is_and_no_number() -> None:
    driver = PollDriver(make_poll("fish", "Cod", "Bream", result_rule=ResultRule.STAFF))
    driver.vote("ann")
    driver.count()
    said = preview("/p/fish/results/")
    assert re.sub("[\u2068\u2069]", "", said["og:title"]) == "Results: Which?"
    assert said["og:url"].endswith("/p/fish/results/")
    assert not re.search(r"\d", said["og:description"])


@pytest.mark.parametrize("path", ["/p/fish/", "/p/fish/results/", "/p/fish/present/", "/p/fish/preview.png"])
def test_of_a_draft_nothing_is_said(path: str) -> None:
    make_poll("fish", "Cod", "Bream", opened=False)
    page = Client().get(path, headers=BOT)
    assert page.status_code == 404
    assert "Which?" not in page.content.decode()
    assert "Bream" not in page.content.decode()


def test_a_hosts_preview_of_a_draft_is_no_preview_of_a_link() -> None:
    owned(make_poll("fish", "Cod", "Bream", opened=False), ada())
    page = browser_of(ada()).get("/host/fish/preview/").content.decode()
    assert "og:" not in page
    assert 'name="description"' not in page


def test_it_says_what_can_be_done_now() -> None:
    poll = make_poll("fish", "Cod", "Bream", opened=False)
    transitions.publish(poll.pk)
    said = [preview("/p/fish/")["description"]]
    transitions.open_poll(poll.pk)
    said.append(preview("/p/fish/")["description"])
    transitions.seal(poll.pk)
    said.append(preview("/p/fish/")["description"])
    assert [sentence.partition(" Choices")[0] for sentence in said] == [
        "Voting has not begun.",
        "Vote on your phone.",
        "Voting is closed.",
    ]


def test_many_choices_are_cut_off() -> None:
    make_poll("fish", *(f"The fish with the number {number}" for number in range(40)))
    assert len(preview("/p/fish/")["description"]) <= 160


def test_a_program_that_only_looks_is_no_voter() -> None:
    driver = PollDriver(make_poll("fish", "Cod", "Bream"))
    for path in ("/p/fish/", f"/{driver.poll.code}", "/p/fish/results/"):
        Client().get(path, headers=BOT)
    driver.count()
    assert driver.tally.voters == 0
