"""Everything that people read is in their language: nothing is left untranslated, and nothing unmarked."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import uuid4

import django
import pytest
from babel.messages import Catalog
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import get_resolver, resolve
from django.utils import timezone, translation
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from accounts import invitations, passwords
from accounts.models import Invitation
from core.telemetry import control
from core.web.origins import server_name
from counter.models import Counter
from inspection.staff_pages import SYSTEM_PAGES
from polls.box import definitions
from polls.box.casts import Cast, Entry, new_cast_id
from polls.counting import tally
from polls.events import agendas
from polls.host import history
from polls.lifecycle import codes as giving
from polls.lifecycle import events, safety_net, transitions
from polls.models import Choice, Event, Poll
from polls.recount import lists
from polls.results import broadcast
from polls.voting import players
from tests.own_redis import OwnRedis
from tests.polls.code_holders import electorate_of, give_out
from tests.polls.poll_driver import Client, PollDriver
from votingsite import translations

#: A language in which every text stands in these brackets.
MARKED = "en-qa"
OPEN, CLOSE = "⟦", "⟧"
#: What carries no words of ours: names, numbers, addresses.
SILENT = ("script", "style", "code", "kbd")
#: Letters of choices, units, processes, and times with their zone.
NOBODYS = re.compile(
    r"\b(?:[A-J]|UTC|ms|s|min|h|kB|MB|GB)\b|\dk\b|(?:command|vote|result|worker)-\d+@\S+|\d{4}-\d\d-\d\dT\S+"
)
SPOKEN = ("alt", "title", "aria-label", "placeholder", "aria-description")


# The catalogues ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", translations.catalogues(), ids=lambda file: file.parts[-3])
def test_everything_is_translated(file: Path) -> None:
    assert list(translations.missing(translations.read(file), translations.read_sources())) == []


@pytest.mark.parametrize("file", translations.catalogues(), ids=lambda file: file.parts[-3])
def test_what_django_reads_is_what_people_wrote(file: Path) -> None:
    assert file.with_suffix(".mo").read_bytes() == translations.compiled(translations.read(file))


def test_what_is_missing_is_said() -> None:
    sources, catalogue = Catalog(), Catalog(locale="es")
    for said in ("known", "empty", "doubtful", "new", "{one}", "%(two)s", ("a thing", "things")):
        sources.add(said)
        if said != "new":
            catalogue.add(said, "x" if isinstance(said, str) else ("x", ""))
    catalogue["empty"].string = ""
    catalogue["doubtful"].flags.add("fuzzy")
    catalogue.add("old", "x")
    lacking = [what.partition(": ") for what in translations.missing(catalogue, sources)]
    assert [(what, text) for what, _, text in lacking] == [
        ("not translated", "'empty'"),
        ("not translated", "'doubtful'"),
        ("not translated", "'new'"),
        ("has other gaps than the English", "'{one}'"),
        ("has other gaps than the English", "'%(two)s'"),
        ("not translated", "('a thing', 'things')"),
        ("no longer said", "'old'"),
    ]


def test_texts_are_found_in_python_and_in_templates() -> None:
    sources = translations.read_sources()
    found = {place for message in sources for place, _ in message.locations}
    assert {"core/web/errors.py", "templates/polls/home.html"} <= found
    assert sources.get(("<b>%(number)s</b> vote", "<b>%(number)s</b> votes")) is not None


# The pages -----------------------------------------------------------------------------------------------------------


def words_in(value: Any) -> Iterator[str]:
    """Every text in what JSON says."""
    if isinstance(value, str):
        yield re.sub(r"\{\w+\}", "", value)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from words_in(inner)


class Unmarked(HTMLParser):
    """Reads the texts and attributes of a page outside of the brackets; skips what is nobody's words."""

    _EMPTY = ("meta", "link", "input", "br", "hr", "img", "source")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = [False]
        self._is_json = False
        #: Brackets may open in one text and close in another, around an element.
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        # The words that a script puts on the page.
        self._is_json = given.get("type") == "application/json" and given.get("id") != "snapshot"
        silent = tag in SILENT or given.get("translate") == "no" or given.get("lang", MARKED) != MARKED
        # Django's list of the models, by their names in the sources.
        silent = silent or given.get("id") == "nav-sidebar"
        if tag not in self._EMPTY:
            self._silent.append(silent or self._silent[-1])
        if silent or self._silent[-1]:
            return
        for name, value in attrs:
            # Of what is there for scripts, words are what has a space in it; the rest is names.
            if value and (name in SPOKEN or (name.startswith("data-") and " " in value)):
                self._note(value, 0)

    def handle_endtag(self, tag: str) -> None:
        self._is_json = False
        if tag not in self._EMPTY:
            self._silent.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if self._is_json:
            for text in words_in(json.loads(data)):
                self._note(text, 0)
        elif not self._silent[-1]:
            self._depth = self._note(data, self._depth)

    def _note(self, text: str, depth: int) -> int:
        outside = ""
        for character in text:
            depth += {OPEN: 1, CLOSE: -1}.get(character, 0)
            outside += character if depth == 0 else " "
        for known in (server_name(), "testserver", "votingsite", "CSV", "JSON"):
            outside = outside.replace(known, "")
        if re.search("[A-Za-z]", NOBODYS.sub("", outside)):
            self.found.append(" ".join(text.split()))
        return depth


def mark(text: Any) -> Any:
    return tuple(map(mark, text)) if isinstance(text, list | tuple) else f"{OPEN}{text}{CLOSE}"


@pytest.fixture(scope="module")
def marked_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A translation of all that we say, and of all that Django says, in which each text stands in brackets."""
    catalogue = Catalog()
    site = Path(django.__file__).parent
    django_says = [*site.glob("conf/locale/en/**/django.po"), *site.glob("contrib/*/locale/en/**/django.po")]
    for source in (translations.read_sources(), *map(translations.read, django_says)):
        for message in source:
            if message.id:
                is_format = message.context is None and re.fullmatch(r"[jFYNPHisADMnmyd,.:/ ]+", str(message.id))
                catalogue.add(message.id, message.id if is_format else mark(message.id), context=message.context)
    folder = tmp_path_factory.mktemp("locale")
    file = folder / "en_QA" / "LC_MESSAGES" / "django.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(translations.compiled(catalogue))
    return folder


@pytest.fixture
def reader(marked_catalogue: Path, settings: Settings, own_redis: OwnRedis, transactional_db: None) -> Iterator[Client]:
    """A browser that reads the marked language alone."""
    settings.LOCALE_PATHS = [marked_catalogue]
    settings.LANGUAGES = [("en", "English"), ("es", "Español"), (MARKED, "Marked")]
    definitions.cache.clear()
    agendas.cache.clear()
    yield Client(headers={"accept-language": MARKED, "accept": "text/html"}, raise_request_exception=False)
    definitions.cache.clear()
    agendas.cache.clear()
    translation.activate("en")


def make_poll(slug: str, *texts: str, opened: bool = True, **fields: Any) -> Poll:
    poll = transitions.create_poll(texts, slug=slug, question="どれ", **fields)
    if opened:
        transitions.open_poll(poll.pk)
    return poll


def make_event(slug: str, *polls: str, **fields: bool) -> Event:
    event = Event.objects.create(slug=slug, title="会", **fields)
    events.add(event.pk, [Poll.objects.get(slug=poll).pk for poll in polls])
    return event


def fill() -> None:
    """Make what the pages below show. People's own texts are Japanese here."""
    Counter.objects.create(name="home")
    make_poll("two", "猫", "犬")
    make_poll("many", "猫", "犬", "鳥", max_choices=2, closes_at=timezone.now() + timedelta(days=2))
    make_poll("hidden", "猫", "犬", result_rule="after_vote")
    soon = make_poll("soon", "猫", "犬", opened=False, opens_at=timezone.now() + timedelta(days=1))
    transitions.publish(soon.pk)
    for slug in ("closing", "closed"):
        transitions.seal(make_poll(slug, "猫", "犬").pk)
    safety_net.sweep(everything=True)
    transitions.seal(make_poll("late", "猫", "犬").pk)
    party = make_event("party", "two", "soon", "closed")
    events.put_on(party.pk, Poll.objects.get(slug="two").pk)
    events.take_off(party.pk)
    make_event("own-pace", "many", "late", self_paced=True)
    make_event("fresh", "hidden")
    players.join(make_event("points", scores=True).pk, "a" * 22, "会")
    for slug, rule in (("coded", "codes"), ("members", "accounts")):
        make_poll(slug, "猫", "犬", who_may_vote=rule)
    give_out(PollDriver(Poll.objects.get(slug="coded")), 2)
    giving.revoke(electorate_of(PollDriver(Poll.objects.get(slug="coded"))), 2)
    evening = make_event("evening")
    events.set_rules(evening.pk, who_may_vote="codes")
    for kind, details in KINDS.items():
        ask(kind, details, final=False)
        ask(kind, details, final=True)
    # Else the pages still show, for a second, what the polls were before.
    definitions.cache.clear()


#: Pages of a poll, for everybody.
OF_A_POLL = ("", "results/", "present/", "check/")
#: Kinds whose pages have words of their own, with their details.
KINDS: dict[str, dict[str, Any]] = {
    "yes-no": {},
    "rank": {},
    "scale": {"scale": "1-5", "low": "低い", "high": "高い"},
    "estimate": {"unit": "円", "answer": "40"},
    "open-list": {},
    "pick": {},
}


def ask(kind: str, details: dict[str, Any], *, final: bool) -> None:
    """Make a poll of this kind that has votes; a final one of own choices is a quiz."""
    texts = ["数"] if kind == "estimate" else ["猫", "犬", "鳥"]
    right = (1,) if final and kind == "pick" else ()
    most = {"pick": 1, "yes-no": 1, "open-list": 50}.get(kind, 3)
    poll = transitions.create_poll(
        texts,
        right=right,
        slug=f"{kind}-final" if final else kind,
        question="どれ",
        kind=kind,
        max_choices=most,
        details=details,
        may_be_checked=final,
    )
    transitions.open_poll(poll.pk)
    driver = PollDriver(poll)
    first, *others = ([30], [50]) if kind == "estimate" else [[choice] for choice in driver.choices]
    ballots = [first, first, *others]
    casts = [Cast(new_cast_id(), uuid4(), tuple(ballot), 1) for ballot in ballots]
    tally.count_batch(poll.pk, 1, [Entry(f"{n}-0", cast.dump().encode()) for n, cast in enumerate(casts, 1)])
    broadcast.publish(poll.pk)
    if final:
        transitions.seal(poll.pk)
        safety_net.sweep(everything=True)
        lists.make(poll.pk)


PAGES = {
    "/": 200,
    "/?code=abc": 404,
    "/nothing": 404,
    "/accounts/login/": 200,
    "/accounts/password/": 200,
    "/accounts/password/sent/": 200,
    "/accounts/password/changed/": 200,
    "/accounts/password/x/y/": 200,
    "/accounts/invitation/x/": 404,
    "/api/v1/": 200,
    "/counter/home/": 200,
    "/counter/nothing/": 404,
    "/p/two/": 200,
    "/p/two/embed/?show=results": 200,
    "/p/two/embed/?ballot=window": 200,
    "/p/many/": 200,
    "/p/soon/": 200,
    "/p/closed/": 200,
    "/p/late/": 200,
    "/p/coded/": 200,
    "/p/members/": 200,
    "/p/coded/embed/": 200,
    "/p/members/embed/": 200,
    "/e/evening/": 200,
    "/p/two/results/": 200,
    "/p/many/results/": 200,
    "/p/hidden/results/": 200,
    "/p/closed/results/": 200,
    "/p/late/results/": 200,
    "/p/two/present/": 200,
    "/p/closed/present/": 200,
    "/p/soon/present/": 200,
    "/e/party/": 200,
    "/e/own-pace/": 200,
    "/e/fresh/": 200,
    "/e/points/score/": 200,
    "/e/fresh/present/": 200,
    **{f"/p/{slug}/{page}": 200 for kind in KINDS for slug in (kind, f"{kind}-final") for page in OF_A_POLL},
}
OF_HOSTS = {
    "/account/tokens/": 200,
    **{f"/host/{slug}/{page}": 200 for kind in KINDS for slug in (kind, f"{kind}-final") for page in ("", "edit/")},
    **{f"/host/new/?kind={kind}": 200 for kind in KINDS},
    "/host/": 200,
    "/host/new/": 200,
    "/host/two/": 200,
    "/host/soon/": 200,
    "/host/closed/": 200,
    "/host/many/edit/": 200,
    "/host/soon/edit/": 200,
    "/host/two/preview/": 200,
    "/host/two/join/": 200,
    "/host/two/remote/": 200,
    "/host/soon/remote/": 200,
    "/host/closed/remote/": 200,
    "/host/closed/delete/": 200,
    "/host/coded/": 200,
    "/host/coded/codes/": 200,
    "/host/coded/codes/?number=1": 200,
    "/host/coded/codes/?number=2": 200,
    "/host/coded/codes/?number=3": 200,
    "/host/coded/codes/sheet/": 200,
    "/host/members/": 200,
    "/host/events/evening/codes/": 200,
    "/host/events/evening/codes/sheet/": 200,
    "/admin/pipeline/": 200,
    "/admin/pipeline/picture/": 200,
    "/admin/pipeline/follow/": 200,
    "/admin/pipeline/follow/nobodys/": 404,
    "/admin/pipeline/redis/": 200,
    "/admin/pipeline/postgres/": 200,
    "/p/hidden/results/": 200,
    "/account/": 200,
    "/account/second-factor/": 200,
    "/account/invitations/": 200,
    "/host/two/invite/": 200,
    "/host/events/": 200,
    "/host/events/party/": 200,
    "/host/events/own-pace/": 200,
    "/host/events/points/": 200,
    "/host/events/party/join/": 200,
    "/host/events/party/results/": 200,
    "/host/events/party/delete/": 200,
    "/e/fresh/present/": 200,
    "/p/two/present/": 200,
}
#: Pages of a live drill, before it has begun.
OF_DRILLS = {"/host/two/break/": 200, "/host/closed/break/": 200}
#: What somebody comes by who is signing in.
OF_STEPS = ("/accounts/login/code/", "/accounts/login/password/", "/accounts/login/second-factor/")
#: Addresses that answer with numbers, or lead to one of the pages.
WORDLESS = {
    *("metrics", "set_language", "logout", "short_address"),
    *("results_json", "results_csv", "host_rounds_csv", "counter-json", "counter-badge"),
    *("host_join_png", "host_join_svg", "host_picture", "host_quick", "picture", "site_logo", "site_manifest"),
    *(f"host_{action}" for action in ("open", "seal", "publish", "reset", "close_in", "try_out", "end_test")),
    *("enter_code", "enter_event_code", "host_codes_csv", "host_event_codes_csv"),
    *("event_json", "host_event_csv", "host_event_json"),
    *(f"host_event_{action}" for action in ("new", "step", "order", "add", "remove", "rules")),
    "host_event_remove_player",
    *(f"host_event_{action}" for action in ("duplicate", "share", "unshare")),
    *("account_email", "account_password", "account_end_sessions", "invitation_take_back", "token_revoke"),
    *(f"second_factor_{action}" for action in ("begin", "confirm", "codes", "off")),
    *("host_duplicate", "host_share", "host_unshare", "host_set_aside", "host_put_back", "host_entries", "write_entry"),
    *("ballots", "report_receipt"),
    *("host_embed", "embed_entries", "results_svg", "poll_preview", "event_preview"),
}


def unmarked(reader: Client, pages: dict[str, int]) -> dict[str, list[str]]:
    """Return the texts that are not marked, by the path of the page."""
    answers = {path: reader.get(path) for path in pages}
    assert {path: answer.status_code for path, answer in answers.items()} == pages
    assert {answer["Content-Language"] for answer in answers.values()} == {MARKED}
    found = {path: Unmarked(answer.content.decode()).found for path, answer in answers.items()}
    return {path: texts for path, texts in found.items() if texts}


def test_every_text_on_every_page_is_marked(reader: Client) -> None:
    fill()
    assert unmarked(reader, PAGES) == {}


def test_every_text_on_the_pages_of_hosts_is_marked(reader: Client, admin_user: User) -> None:
    fill()
    User.objects.update(username="鳥")
    Poll.objects.update(owner=admin_user)
    reader.force_login(admin_user)
    vote = f"two:{Choice.objects.get(poll__slug='two', position=0).pk}"
    way = reader.post("/admin/pipeline/follow/", {"vote": vote})["Location"]
    Invitation.objects.create(made_by=admin_user, expires_at=timezone.now() + timedelta(days=1))
    invitation = f"/accounts/invitation/{invitations.token(Invitation.objects.get())}/"
    reset = f"/admin/auth/user/{admin_user.pk}/reset-link/"
    assert unmarked(reader, {**OF_HOSTS, way: 200, invitation: 200, reset: 200}) == {}
    reader.logout()
    assert unmarked(reader, {invitation: 200}) == {}


def test_every_text_on_the_way_to_being_signed_in_is_marked(
    reader: Client, admin_user: User, settings: Settings
) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    form = {"username": "admin", "password": "password"}
    User.objects.update(username="鳥")
    passwords.mark_given(admin_user)
    pages = []
    for owed in OF_STEPS[1:]:
        reader.post("/accounts/login/", form | {"username": "鳥"})
        pages.append(reader.get(owed))
        passwords.mark_own(admin_user)
    reader.post(OF_STEPS[2], {"begin": 1})
    pages += [reader.get(OF_STEPS[2]), reader.post(OF_STEPS[2], {"code": "x"})]
    TOTPDevice.objects.update(confirmed=True)
    reader.post("/accounts/login/", form | {"username": "鳥"})
    pages += [reader.get(OF_STEPS[0]), reader.post(OF_STEPS[0], {"code": "x"})]
    assert [page.status_code for page in pages] == [200, 200, 200, 400, 200, 400]
    assert [found for page in pages if (found := Unmarked(page.content.decode()).found)] == []


def test_what_hosts_did_is_said_in_the_readers_language(reader: Client, admin_user: User) -> None:
    User.objects.update(username="鳥")
    User.objects.create_user("猫", is_staff=True)
    poll = make_poll("two", "猫", "犬", owner=admin_user)
    reader.force_login(admin_user)
    reader.post("/host/two/share/", {"username": "猫"})
    reader.post("/host/two/unshare/", {"username": "猫"})
    reader.post("/host/two/close-in/", {"minutes": 5})
    choices = poll.choices.values_list("pk", flat=True)
    rows = {f"choices-{row}-id": pk for row, pk in enumerate(choices)} | {
        "choices-0-text": "鳥",
        "choices-1-text": "犬",
    }
    rows |= {"choices-TOTAL_FORMS": 2, "choices-INITIAL_FORMS": 0, "seen": poll.tally.definition_version}
    reader.post("/host/two/edit/", rows | {"question": "何", "result_rule": "staff", "fixed": 1})
    assert history.of(poll).count() == 4
    assert unmarked(reader, {"/host/two/": 200}) == {}


@pytest.mark.usefixtures("reader")
def test_what_the_admin_calls_our_rows_is_marked() -> None:
    ours = [model for model in admin.site._registry if model.__module__.partition(".")[0] in translations.PACKAGES]
    with translation.override(MARKED):
        names = {str(name) for model in ours for name in (model._meta.verbose_name, model._meta.verbose_name_plural)}
        names |= {str(model._meta.app_config.verbose_name) for model in ours}
        for field in (field for model in ours for field in model._meta.get_fields() if field.concrete):
            if field.name not in ("id", "poll_id", "voter_salt"):
                names |= {str(field.verbose_name), *([str(field.help_text)] if field.help_text else [])}
    assert len(ours) >= 5
    assert [name for name in sorted(names) if not name.startswith(OPEN)] == []


def test_every_text_of_a_live_drill_is_marked(
    reader: Client, admin_user: User, settings: Settings, tmp_path: Path
) -> None:
    fill()
    data = tmp_path / "data"
    for name in ("run", "log"):
        (data / name).mkdir(parents=True)
    control.write(data, control.PARTS, [])
    settings.DATA_DIR, settings.INSTRUCTOR, settings.DRILLS = data, True, True
    reader.force_login(admin_user)
    assert unmarked(reader, OF_DRILLS) == {}
    reader.post("/host/two/break/", {"begin": "1"})
    assert unmarked(reader, {"/host/two/break/": 200}) == {}


def test_no_page_is_left_out() -> None:
    paths = {*PAGES, *OF_HOSTS, *OF_STEPS, *OF_DRILLS} - {"/nothing"}
    looked_at = {resolve(path.partition("?")[0]).url_name for path in paths}
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert names - looked_at == names & WORDLESS


def test_no_page_of_the_system_is_left_out() -> None:
    looked_at = {resolve(path.partition("?")[0]).view_name for path in OF_HOSTS}
    # That one is RQ's own.
    assert {page.url for page in SYSTEM_PAGES} - looked_at == {"admin:django_rq_home"}


def test_a_refusal_is_in_the_readers_language(reader: Client) -> None:
    fill()
    for path in ("/nothing.json", "/counter/nothing.json", "/p/hidden/results.csv"):
        detail = reader.get(path, headers={"accept": "application/json"}).json()["detail"]
        assert (detail[0], detail[-1]) == (OPEN, CLOSE)


def test_what_becomes_of_a_vote_is_said_in_the_voters_language(reader: Client) -> None:
    fill()
    choices = {
        slug: list(Choice.objects.filter(poll__slug=slug).values_list("pk", flat=True)) for slug in ("two", "many")
    }
    ballots: list[tuple[str, dict[str, Any]]] = [
        ("two", {}),
        ("two", {"choice": choices["many"]}),
        ("two", {"choice": "x"}),
        ("two", {"receipt": "x"}),
        ("many", {"choice": choices["many"]}),
        ("soon", {"choice": choices["two"][:1]}),
        ("closed", {"choice": choices["two"][:1]}),
    ]
    answers = [reader.post(f"/p/{slug}/", ballot, headers={"accept": "application/json"}) for slug, ballot in ballots]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 400, 400, 409, 409]
    assert unbracketed(answers) == []


def test_refusals_are_said_in_the_hosts_language(reader: Client, admin_user: User) -> None:
    fill()
    make_poll("lone", "猫", opened=False)
    reader.force_login(admin_user)
    actions = ("two/open", "lone/open", "lone/publish", "soon/reset", "soon/seal", "two/try-out", "two/end-test")
    answers = [reader.post(f"/host/{action}/", headers={"accept": "application/json"}) for action in actions]
    assert [answer.status_code for answer in answers] == [409] * len(actions)
    assert unbracketed(answers) == []


def unbracketed(answers: list[Any]) -> list[str]:
    """The details of these answers that are not, as a whole, marked."""
    details = [answer.json()["detail"] for answer in answers]
    return [detail for detail in details if not detail.startswith(OPEN) or not detail.endswith(CLOSE)]


def test_no_number_in_a_drawing_has_a_comma(reader: Client) -> None:
    fill()
    reader.defaults["HTTP_ACCEPT_LANGUAGE"] = "es"
    for path in PAGES:
        html = reader.get(path).content.decode()
        assert re.findall(r' (?:x|y|x1|x2|y1|y2|cx|cy|r|width|height|dx)="[^"]*,[^"]*"', html) == []
