"""Django's admin as everybody can use it: what axe-core finds on the pages of every model."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Opening, make_poll
from tests.browser.test_inspectors import signed_in
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])

#: A row of every model, and more ballots than stand on a page. A reset ends a round of the poll that is reset.
_ROWS = """
import uuid
from accounts.models import AccessToken
from django.contrib.auth.models import Group, User
from django.utils import timezone
from polls.lifecycle import transitions
from polls.models import Ballot, Event, Poll, SetAside
poll = Poll.objects.get(slug="axe-admin")
transitions.reset(poll.pk)
Group.objects.create(name="hosts")
AccessToken.objects.create(user=User.objects.get(), name="script", digest="0" * 64, beginning="vs_12345", scope="read")
Event.objects.create(title="An evening", slug="evening")
SetAside.objects.create(poll_id=poll.pk, box=1, position="1-0", payload="{}", reason="no such choice")
for number in range(101):
    cast_id = uuid.UUID(int=(1764061200000 << 80) + number)
    Ballot.objects.create(poll=poll, voter_key=uuid.uuid4(), cast_id=cast_id, counted_at=timezone.now())
"""


#: Django's scripts put what opens at the end of the page, which no setting changes: outside of all its parts.
_OUTSIDE = "region"


@pytest.fixture(scope="module", autouse=True)
def _rows(system: System) -> None:
    make_poll(system, "axe-admin", "Yes", "No")
    system.run(_ROWS)


def _violations(page: Page, *, excepted: str = "") -> list[str]:
    """As `violations`. axe-core tries styles of its own on these pages, which their policy refuses."""
    found = violations(page, excepted=excepted)
    complaints = page.complaints  # type: ignore[attr-defined]
    complaints[:] = [complaint for complaint in complaints if "inline style" not in complaint]
    return found


def _models(page: Page) -> list[str]:
    """The lists that the index names, without the system's own pages."""
    lists = page.locator("#content-main .module:not(.app-system) th a")
    return [str(link.get_attribute("href")) for link in lists.all()]


def _pages_of(page: Page, system: System, listed: str) -> Iterator[str]:
    """Open each page of a model, one after the other: its list, its first row, and what both link to."""
    page.goto(f"{system.vote_url}{listed}")
    first = page.locator("#result_list tbody tr").first.locator("th a, td a").first
    ways = [first.get_attribute("href"), *_hrefs(page, ".addlink")]
    yield listed
    page.goto(f"{system.vote_url}{ways[0]}")
    ways += _hrefs(page, ".historylink, .deletelink")
    yield str(ways.pop(0))
    for way in ways:
        page.goto(f"{system.vote_url}{way}")
        yield str(way)


def _hrefs(page: Page, links: str) -> list[str]:
    return [link.get_attribute("href") or "" for link in page.locator("#content").locator(links).all()]


@both_schemes
def test_no_page_of_a_model_breaks_a_rule(system: System, browse: Opening, scheme: str) -> None:
    page = signed_in(system, browse, "/admin/", color_scheme=scheme, reduced_motion="reduce")
    found = {"/admin/": _violations(page)}
    models = _models(page)
    for listed in models:
        for path in _pages_of(page, system, listed):
            found[path] = _violations(page)
    assert len(models) == 9
    # Five models can be added and deleted; access tokens can be deleted alone.
    assert len(found) == 1 + 9 * 3 + 5 * 2 + 1, sorted(found)
    assert {path: broken for path, broken in found.items() if broken} == {}


@both_schemes
def test_no_page_that_asks_back_breaks_a_rule(system: System, browse: Opening, scheme: str) -> None:
    page = signed_in(system, browse, "/admin/", color_scheme=scheme, reduced_motion="reduce")
    found = {}
    for path, action in [
        ("polls/poll", "reset_polls"),
        ("polls/poll", "delete_selected"),
        ("auth/user", "delete_selected"),
    ]:
        page.goto(f"{system.vote_url}/admin/{path}/")
        page.locator("#action-toggle").check()
        page.locator("select[name=action]").select_option(action)
        page.get_by_role("button", name="Go").click()
        expect(page.locator("form [name=post]")).to_be_attached()
        found[f"{path}: {action}"] = _violations(page)
    for path in ("polls/poll", "auth/user", "counter/counter"):
        page.goto(f"{system.vote_url}/admin/{path}/add/")
        page.locator("[name=_save]").click()
        expect(page.locator(".errornote")).to_be_visible()
        found[f"{path}: refused"] = _violations(page)
    for path in ("password_change/", "polls/ballot/?q=nobody", "django_rq/dashboard/", "django_rq/dashboard/queues/0/"):
        page.goto(f"{system.vote_url}/admin/{path}")
        found[path] = _violations(page)
    # Django-RQ's own: its inline script is refused.
    page.complaints.clear()  # type: ignore[attr-defined]
    assert {name: broken for name, broken in found.items() if broken} == {}


@both_schemes
def test_what_opens_beside_a_field_has_a_name_too(system: System, browse: Opening, scheme: str) -> None:
    page = signed_in(system, browse, "/admin/polls/poll/add/", color_scheme=scheme, reduced_motion="reduce")
    expect(page.get_by_role("group", name="Opens at").get_by_label("Date")).to_be_visible()
    owner = page.get_by_role("combobox", name="Owner")
    owner.click()
    page.locator(".select2-results__option", has_text="admin").click()
    expect(owner).to_have_accessible_name(re.compile("Owner:.*admin"))
    owner.click()
    expect(page.locator(".select2-results__option--highlighted")).to_be_visible()
    found = _violations(page, excepted=_OUTSIDE)
    page.keyboard.press("Escape")
    page.locator(".field-opens_at .date-icon").click()
    expect(page.locator(".calendar").first).to_be_visible()
    assert found + _violations(page, excepted=_OUTSIDE) == []
