"""The presenter page: who may see which totals on a projector, which polls its arrows lead to, and who may lead."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User

from polls.box.definition import Definition
from polls.lifecycle import transitions
from polls.models import Poll, Tally
from polls.results.chart import of as chart_of
from polls.templatetags import presenting
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import browser_of, owned
from tests.polls.poll_driver import Client, PollDriver, post
from tests.polls.results.test_chart import poll as definition_of
from tests.polls.results.test_chart import snapshot as snapshot_of
from tests.store_fixtures import Postgres

HIDDEN = [None, None]
VOTES = [1, 2]


class Projector:
    """A poll that two have voted in, as three callers have it on their projector; the voter voted for the second."""

    def __init__(self, rule: str) -> None:
        self.driver = PollDriver(owned(make_poll("projector", "Yes", "No", result_rule=rule), ada()))
        self.browsers = {"anybody": Client(), "voter": Client(), "host": browser_of(ada())}
        self.driver.vote("ann", 0)
        self.driver.vote("bob", 1)
        post(self.browsers["voter"], self.driver, choice=self.driver.choices[1])
        self.driver.count()

    def shown(self, caller: str, asked: str = "") -> list[int | None]:
        """The votes of each choice, wherever they stand on the page; they have to be the same everywhere."""
        page = self.browsers[caller].get("/p/projector/present/", {"result": asked} if asked else {}).content.decode()
        data = re.search(r'<script id="snapshot" type="application/json">(.*?)</script>', page)
        assert data is not None
        choices = json.loads(data[1])["choices"]
        percents = re.findall(r'<p class="percent">(?:(\d+)<small>%</small>)?</p>', page)
        assert percents == ["" if choice["percent"] is None else str(choice["percent"]) for choice in choices]
        return [choice["votes"] for choice in choices]


def ada() -> User:
    user, _ = User.objects.get_or_create(username="ada", is_staff=True)
    return user


@pytest.mark.parametrize(
    ("rule", "by_default", "shown_to"),
    [
        ("always", VOTES, {"anybody", "voter", "host"}),
        ("after_vote", HIDDEN, {"voter", "host"}),
        ("after_close", HIDDEN, {"host"}),
        ("staff", HIDDEN, {"host"}),
    ],
)
def test_a_projector_shows_what_anybody_may_see(rule: str, by_default: list[int | None], shown_to: set[str]) -> None:
    """Unless its owner may see more, and asks for it."""
    projector = Projector(rule)
    assert {caller: projector.shown(caller) for caller in projector.browsers} == dict.fromkeys(
        projector.browsers, by_default
    )
    assert {caller for caller in projector.browsers if projector.shown(caller, "shown") == VOTES} == shown_to
    assert {caller: projector.shown(caller, "hidden") for caller in projector.browsers} == dict.fromkeys(
        projector.browsers, HIDDEN
    )


@pytest.mark.parametrize(
    ("rule", "by_default"),
    [("always", VOTES), ("after_vote", VOTES), ("after_close", VOTES), ("staff", HIDDEN)],
)
def test_a_final_result_is_on_the_projector(rule: str, by_default: list[int | None]) -> None:
    """Unless it is for staff, or hidden by key."""
    projector = Projector(rule)
    projector.driver.finish()
    assert {caller: projector.shown(caller) for caller in projector.browsers} == dict.fromkeys(
        projector.browsers, by_default
    )
    assert projector.shown("host", "shown") == VOTES
    assert projector.shown("host", "hidden") == HIDDEN


@pytest.mark.parametrize(("asked", "says"), [("shown", "<b>No</b> won with 2 of 3 votes."), ("hidden", "is hidden.")])
def test_a_final_poll_says_who_won_in_words_unless_hidden(asked: str, says: str) -> None:
    projector = Projector("always")
    projector.driver.finish()
    page = projector.browsers["anybody"].get("/p/projector/present/", {"result": asked}).content.decode()
    sentence = re.search(r'<p class="sentence.*?">\s*(.*?)\s*</p>', page)
    assert sentence is not None
    assert sentence[1].endswith(says)


def test_the_snapshot_for_a_projector_is_what_anybody_may_see() -> None:
    projector = Projector("staff")

    def votes(query: str) -> list[int | None]:
        return [
            choice["votes"]
            for choice in projector.browsers["host"].get(f"/p/projector/results.json{query}").json()["choices"]
        ]

    assert (votes(""), votes("?view=audience")) == (VOTES, HIDDEN)


def test_the_page_names_the_socket_by_what_is_asked_for(driver: PollDriver) -> None:
    def addresses(asked: str) -> tuple[bool, bool]:
        page = Client().get("/p/cats-or-dogs/present/", {"result": asked}).content.decode()
        return "/?screen=projector&amp;view=audience" in page, "results.json?view=audience" in page

    assert {asked: addresses(asked) for asked in ("", "hidden", "nonsense", "shown")} == {
        "": (True, True), "hidden": (True, True), "nonsense": (True, True), "shown": (False, False),
    }  # fmt: skip


def test_only_hosts_of_the_poll_get_the_forms_that_lead_it(driver: PollDriver) -> None:
    owned(driver.poll, ada())
    path = "/p/cats-or-dogs/present/"
    other = browser_of(User.objects.create_user("eve", is_staff=True))
    forms = ["/host/cats-or-dogs/open/", "/host/cats-or-dogs/seal/", "/host/cats-or-dogs/close-in/"]

    def found(browser: Client) -> list[str]:
        page = browser.get(path).content.decode()
        return [form for form in forms if f'action="{form}"' in page]

    assert (found(browser_of(ada())), found(other), found(Client())) == (forms, [], [])


def test_its_host_is_told_how_to_show_the_result(driver: PollDriver) -> None:
    owned(driver.poll, ada())
    Poll.objects.update(result_rule="after_vote")
    transitions.edited(driver.poll.pk)
    said = "Press R to show the result."

    pages = [browser.get("/p/cats-or-dogs/present/").content.decode() for browser in (browser_of(ada()), Client())]
    assert [said in page for page in pages] == [True, False]


def test_the_limit_stands_below_the_question() -> None:
    make_poll("pets", "Cats", "Dogs", "Fish", max_choices=2)
    for path in ("/p/pets/", "/p/pets/present/"):
        page = Client().get(path).content.decode()
        assert re.search(r'</h1>\s*<p class="limit">\s*Pick up to 2\.\s*<', page)


def arrow(browser: Client, slug: str, way: str) -> str | None:
    """Return the slug of the poll to which the presenter page of this one leads."""
    page = browser.get(f"/p/{slug}/present/").content.decode()
    found = re.search(rf'rel="{way}" href="/p/([a-z]+)/present/"', page)
    return found and found[1]


def test_arrows_lead_through_the_polls_of_the_caller() -> None:
    made = {
        slug: make_poll(slug, "Yes", "No", opened=slug != "draft") for slug in ("one", "draft", "two", "soon", "three")
    }
    for slug in ("one", "draft", "soon", "three"):
        owned(made[slug], ada())
    Tally.objects.filter(poll__slug="soon").update(state="scheduled")

    def walk(browser: Client) -> list[str]:
        slugs = ["one"]
        while (after := arrow(browser, slugs[-1], "next")) is not None:
            assert arrow(browser, after, "prev") == slugs[-1]
            slugs.append(after)
        return slugs

    assert (walk(browser_of(ada())), walk(Client())) == (["one", "soon", "three"], ["one", "two", "three"])


def test_a_draft_and_what_is_not_there_are_no_pages() -> None:
    make_poll("draft", "Yes", "No", opened=False)
    assert [Client().get(f"/p/{slug}/present/").status_code for slug in ("draft", "nothing")] == [404, 404]


def test_without_postgres_a_known_poll_stays_on_the_wall(driver: PollDriver, postgres: Postgres) -> None:
    host = browser_of(ada())
    assert host.get("/p/cats-or-dogs/present/").status_code == 200
    postgres.stop()
    answer = host.get("/p/cats-or-dogs/present/", {"result": "shown"})
    assert (answer.status_code, answer.context["is_host"], answer.context["after"]) == (200, False, None)


def test_a_snapshot_says_when_the_poll_closes(driver: PollDriver) -> None:
    assert Client().get("/p/cats-or-dogs/results.json").json()["poll"]["closes_at"] is None
    closes_at = transitions.close_in(driver.poll.pk, 5)
    assert Poll.objects.get(pk=driver.poll.pk).closes_at == closes_at
    said = Client().get("/p/cats-or-dogs/results.json").json()["poll"]["closes_at"]
    assert datetime.fromisoformat(said) == closes_at


@pytest.mark.parametrize(
    ("votes", "lengths"),
    [([4, 1], ["100.00%", "25.00%"]), ([0, 0], ["0.00%", "0.00%"]), ([None, None], ["0.00%", "0.00%"])],
)
def test_bars_are_as_long_as_their_part_of_the_leader(votes: list[Any], lengths: list[str]) -> None:
    definition = definition_of("Cats", "Dogs")
    chart = chart_of(definition, snapshot_of(definition, *votes))
    assert [presenting.length(row, chart) for row in chart.rows] == lengths


@pytest.mark.parametrize(
    ("poll", "classes"),
    [
        (definition_of("Cats", "Dogs"), "columns-1 labels-0"),
        (definition_of(*["x" * 17] * 11), "columns-2 labels-1"),
        (definition_of(*["x" * 200] * 21), "columns-2 labels-3"),
        (definition_of(), "columns-1 labels-0"),
    ],
)
def test_the_board_has_columns_and_sizes_for_what_is_on_it(poll: Definition, classes: str) -> None:
    assert presenting.board(poll) == classes


def test_what_is_long_is_set_small() -> None:
    assert [presenting.asks("x" * letters) for letters in (64, 65, 300)] == ["asks-1", "asks-2", "asks-4"]
    assert [presenting.at(host) for host in ("votes.example", "192.168.178.20:8080")] == ["at-1", "at-3"]
    assert [presenting.code(code) for code in ("k7xa", "mwxa", "k7xak7")] == ["code-1", "code-2", "code-3"]


@pytest.mark.parametrize(
    ("votes", "max_choices", "text"),
    [
        (list(range(1, 51)), 1, f"and 31 more, {sum(range(1, 32))}% together"),
        (list(range(1, 51)), 2, "and 31 more"),
        ([0] * 50, 1, "and 31 more"),
        ([None] * 50, 1, "and 31 more"),
    ],
    ids=["pick one", "pick two", "no votes", "hidden"],
)
def test_more_choices_than_fit_are_counted_in_the_last_place(
    votes: list[int | None], max_choices: int, text: str
) -> None:
    poll = definition_of(*["x"] * 50, max_choices=max_choices)
    rest = presenting.rest(poll, chart_of(poll, snapshot_of(poll, *votes)))
    assert rest is not None
    left_out = range(1, 32) if votes[-1] else range(20, 51)
    assert (set(rest.ids), rest.shown, rest.text) == (set(left_out), 19, text)


def test_twenty_choices_all_have_a_place() -> None:
    poll = definition_of(*["x"] * 20)
    assert presenting.rest(poll, chart_of(poll, None)) is None


@pytest.mark.parametrize(
    ("votes", "shown"),
    [
        ([5, 2, 1], ("<b>5</b>%", [("0.00%", "100.00%", 0)])),
        ([2, 5, 5], ("<b>5</b>% <span>each</span>", [("0.00%", "50.00%", 1), ("50.00%", "50.00%", 2)])),
        ([0, 0, 0], None),
        ([None, None, None], None),
    ],
    ids=["one won", "a tie has equal parts", "nobody voted", "hidden"],
)
def test_who_won_is_shown_in_their_colours(votes: list[int | None], shown: Any) -> None:
    poll = definition_of("a", "b", "c")
    won = presenting.won(chart_of(poll, snapshot_of(poll, *votes)))
    assert (won and (won.share, [(field.x, field.width, field.palette) for field in won.fields])) == shown


@pytest.mark.parametrize(
    ("state", "votes", "keys", "text"),
    [
        ("scheduled", [0, 0], {}, "Voting has not begun."),
        ("open", [2, 1], {}, ""),
        ("open", [0, 0], {}, "No votes yet."),
        ("open", HIDDEN, {}, "The result is shown after closing."),
        ("open", HIDDEN, {"is_host": True}, "The result is shown after closing. Press R to show the result."),
        ("open", VOTES, {"by_key": True}, "The result is hidden."),
        ("final", [2, 1], {}, ""),
    ],
)
def test_the_foot_says_why_no_result_is_shown(
    state: str, votes: list[int | None], keys: dict[str, bool], text: str
) -> None:
    poll = definition_of("Yes", "No", state=state, rule="after_close" if votes == HIDDEN else "always")
    chart = chart_of(poll, snapshot_of(poll, *votes))
    assert presenting.said(poll, state, chart, **({"by_key": False, "is_host": False} | keys)) == text


def test_the_foot_says_when_voting_opens() -> None:
    opens_at = datetime(2026, 12, 1, 14, 0, tzinfo=UTC)
    poll = replace(definition_of("Yes", "No", state="scheduled"), opens_at=opens_at)
    said = presenting.said(poll, "scheduled", chart_of(poll, None), by_key=False, is_host=False)
    assert said == "Voting opens 1 Dec, 14:00 UTC"
