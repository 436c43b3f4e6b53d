"""The result of a poll as a picture for pages that run no script."""

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils import translation

from polls.box import definitions
from polls.kinds import ESTIMATE, OPEN_LIST, RANK, SCALE
from polls.lifecycle import transitions
from polls.models import ResultRule
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import JSON, Client, PollDriver, post
from tests.store_fixtures import Postgres

SVG = "{http://www.w3.org/2000/svg}"


def drawn(driver: PollDriver, query: str = "") -> Any:
    driver.count()
    answer = Client().get(f"/p/{driver.poll.slug}/results.svg{query}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    return ElementTree.fromstring(answer.content)  # noqa: S314 - our own


def texts(picture: Any) -> list[str]:
    """Return the lines of a picture, from top to bottom and left to right as they are written."""
    return [re.sub("[\u2068\u2069]", "", text.text) for text in picture.iter(f"{SVG}text")]


def described(picture: Any) -> str:
    return re.sub("[\u2068\u2069]", "", picture.find(f"{SVG}desc").text)


def voted(slug: str, ballots: Sequence[Sequence[int]], *choices: str, **fields: Any) -> PollDriver:
    """A poll with these ballots; each names its choices by their places."""
    driver = PollDriver(make_poll(slug, *choices, **fields))
    for ballot in ballots:
        assert post(Client(), driver, choice=[driver.choices[place] for place in ballot]).status_code == 202
    return driver


def test_bars_have_names_shares_and_votes() -> None:
    picture = drawn(voted("fish", [[0], [0], [1]], "Cod", "Bream"))
    assert texts(picture) == [
        *("Which?", "In the lead: Cod, 2 of 3 votes"),
        *("A", "Cod", "67%\N{EN SPACE}2", "B", "Bream", "33%\N{EN SPACE}1"),
        "3 voters",
    ]
    assert picture.find(f"{SVG}title").text == "Which?"
    assert described(picture) == "In the lead: Cod, 2 of 3 votes Cod: 67%\N{EN SPACE}2. Bream: 33%\N{EN SPACE}1."
    lengths = [rect.get("width") for rect in picture.iter(f"{SVG}rect") if rect.get("class") in ("c0", "c1")]
    assert lengths == ["95.24%", "47.62%"]


def test_a_ranking_has_first_choices_and_rounds() -> None:
    ballots = [[0, 1], [0, 1], [1, 0], [1, 0], [2, 1]]
    said = texts(drawn(voted("fruit", ballots, "Apple", "Banana", "Cherry", kind=RANK, max_choices=3)))
    assert said[1] == "In the lead: Banana, 3 of 5 votes in round 2"
    assert said[-3:-1] == ["Round 1: Out: Cherry, 1. Next choices: Banana 1.", "Round 2: Banana: 3 of 5."]


def test_a_scale_has_a_distribution_for_each_statement() -> None:
    picture = drawn(voted("party", [[4, 5], [3, 5]], "Food", "Music", kind=SCALE, max_choices=2))
    assert texts(picture)[1:] == [
        "Highest mean: Food, 4.50",
        *("Food", "4.50", "1", "5", "Music", "1.00", "1", "5"),
        "2 voters",
    ]
    heights = [rect.get("height") for rect in picture.iter(f"{SVG}rect") if rect.get("y") and rect.get("x")]
    assert heights == ["0.00%", "0.00%", "0.00%", "50.00%", "50.00%", "100.00%", "0.00%", "0.00%", "0.00%", "0.00%"]


def test_an_estimate_has_a_distribution() -> None:
    driver = PollDriver(make_poll("pumpkin", "Number", kind=ESTIMATE, details={"least": "0", "most": "9", "step": "1"}))
    for number in ("3", "4", "4"):
        post(Client(), driver, estimate=number)
    picture = drawn(driver)
    assert texts(picture)[1] == "Median 4"
    assert "3: 1. 4: 2." in described(picture)


def test_an_open_list_is_a_list() -> None:
    driver = PollDriver(make_poll("ideas", kind=OPEN_LIST, max_choices=20))
    browser = Client()
    browser.get("/p/ideas/")
    fields = {"text": "A bench", "page": browser._pages["/p/ideas/"]}
    assert browser.post("/p/ideas/entries/", fields, headers=JSON).status_code == 202
    assert texts(drawn(driver))[2:4] == ["A bench", "100%\N{EN SPACE}1"]


def test_a_hidden_result_is_not_shown_yet() -> None:
    driver = voted("fish", [[0]], "Cod", "Bream", result_rule=ResultRule.AFTER_CLOSE)
    picture = drawn(driver)
    assert texts(picture) == ["Which?", "The result is not shown yet."]
    assert described(picture) == "The result is not shown yet."


def test_everything_is_a_text() -> None:
    evil = "</text><script>alert(1)</script>\x0b & \"'"
    driver = voted("evil", [[0]], "Cod", "Bream")
    driver.poll.choices.filter(pk=driver.choices[0]).update(text=evil)
    transitions.edited(driver.poll.pk)
    definitions.cache.clear()
    picture = drawn(driver)
    assert evil.replace("\x0b", "") in [text.text for text in picture.iter(f"{SVG}text")]
    assert not list(picture.iter(f"{SVG}script"))


def test_what_reads_from_the_right_stands_there() -> None:
    driver = voted("town", [[0]], "القطارات", "Tram 2")
    driver.poll.question = "ما الذي يجب أن تبنيه المدينة أولاً؟"
    driver.poll.save()
    transitions.edited(driver.poll.pk)
    definitions.cache.clear()
    found = {text.text: text for text in drawn(driver).iter(f"{SVG}text")}
    question, train, tram = found[driver.poll.question], found["القطارات"], found["Tram 2"]
    assert [(text.get("direction"), text.get("text-anchor")) for text in (question, train, tram)] == [
        ("rtl", None),
        ("rtl", "end"),
        (None, None),
    ]


def test_long_texts_are_cut() -> None:
    driver = voted("long", [[0]], "A choice of many words, " * 8, "B" * 200)
    lines = texts(drawn(driver))
    assert all(len(line) < 80 for line in lines)
    assert [line[-1] for line in lines if line.startswith(("A choice", "BB"))] == ["…", "…"]


def test_the_address_says_the_language() -> None:
    driver = voted("fish", [[0]], "Cod", "Bream")
    with translation.override("de"):
        assert texts(drawn(driver, "?lang=es"))[-1] == "1 votante"
        assert texts(drawn(driver, "?lang=xx"))[-1] == texts(drawn(driver))[-1] == "1 voter"


def test_it_runs_nothing_and_is_kept() -> None:
    driver = voted("fish", [[0]], "Cod", "Bream")
    drawn(driver)
    answer = Client().get("/p/fish/results.svg")
    assert answer["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert answer["Cache-Control"] == "public, max-age=5"
    assert not answer.cookies
    assert answer.kept.until
    again = Client().get("/p/fish/results.svg", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_with_postgres_down_it_shows_the_last_result(postgres: Postgres) -> None:
    driver = voted("fish", [[0]], "Cod", "Bream")
    drawn(driver)
    transitions.tell_all(driver.poll.pk)
    postgres.stop()
    assert "Which?" in Client().get("/p/fish/results.svg").content.decode()


def test_of_a_draft_there_is_none() -> None:
    make_poll("fish", "Cod", "Bream", opened=False)
    assert Client().get("/p/fish/results.svg").status_code == 404


@pytest.mark.parametrize("voters", [0, 1])
def test_without_votes_it_says_so(voters: int) -> None:
    assert texts(drawn(voted("fish", [[0]] * voters, "Cod", "Bream")))[1] == (
        "In the lead: Cod, the only vote" if voters else "No votes yet."
    )
