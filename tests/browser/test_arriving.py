"""A new host, from what `bin/up` prints or the admin's first page to a poll on the projector: how much it takes."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opening
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_CLICKS, MOST_FIELDS = 4, 7


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new folder: the first start alone prints the password."""
    return tmp_path_factory.mktemp("system") / "data"


class NewHost:
    """Somebody who has never been here, and what they have to do."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0
        self.fields = 0

    def fill(self, field: Locator, text: str) -> None:
        """Fill one field in."""
        self.fields += 1
        field.fill(text)

    def click(self, name: str) -> None:
        """Click what has this name (a pattern), wherever on the page it stands."""
        self.clicks += 1
        named = re.compile(f"^(?:{name})$")
        self.page.get_by_role("link", name=named).or_(self.page.get_by_role("button", name=named)).first.click()

    def sign_in(self, name: str, password: str) -> None:
        """Sign in with what `bin/up` has printed."""
        self.fill(self.page.locator("[name=username]"), name)
        self.fill(self.page.locator("[name=password]"), password)
        self.click("Sign in|Log in")

    def choose_a_password(self) -> None:
        """Choose one in the place of the printed one."""
        for name in ("new_password1", "new_password2"):
            self.fill(self.page.locator(f"[name={name}]"), "a-password-of-my-own")
        self.click("Save and go on")

    def make_a_poll(self) -> Page:
        """From the page of a new poll to one on the projector."""
        self.fill(self.page.get_by_label("Question"), "Tea or coffee?")
        for text in ("Tea", "Coffee"):
            self.fill(self.page.locator(".choice .text:placeholder-shown").first, text)
        self.click("Open the poll")
        with self.page.context.expect_page() as opened:
            self.click("Present")
        return opened.value


def printed(system: System, line: str) -> tuple[str, ...]:
    """Return the address in this line of the banner, and the rest of the line."""
    found = re.search(rf"\| {line} +(\S+) +\((.*)\)$", system.output, re.MULTILINE)
    assert found, system.output
    return found.groups()


def test_from_the_banner_and_from_the_admin_to_the_projector(system: System, browse: Opening) -> None:
    address, _ = printed(system, "Host")
    admin, login = printed(system, "Admin")
    name, password = login.split(" / ")
    host = NewHost(browse(address))
    host.sign_in(name, password)
    host.choose_a_password()
    expect(host.page).to_have_url(re.compile(r"/host/new/$"))
    projector = host.make_a_poll()
    expect(projector.get_by_role("heading", name="Tea or coffee?")).to_be_visible()
    expect(projector.locator("svg.qr, .qr svg").first).to_be_visible()
    assert (host.clicks <= MOST_CLICKS, host.fields <= MOST_FIELDS) == (True, True)

    host = NewHost(host.page)
    host.page.goto(admin)
    expect(host.page).to_have_url(admin)
    host.click("Host")
    host.click("New poll")
    projector = host.make_a_poll()
    expect(projector.get_by_role("heading", name="Tea or coffee?")).to_be_visible()
    assert (host.clicks <= MOST_CLICKS, host.fields <= MOST_FIELDS) == (True, True)
