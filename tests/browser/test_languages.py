"""English and Spanish: by the browser's language, and by the switch, which keeps the page."""

from typing import Literal

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Opening
from tests.browser.test_voting import CATS_AND_DOGS, half, status
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE: ViewportSize = {"width": 360, "height": 740}
Scheme = Literal["light", "dark"]
both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


def test_a_browser_in_spanish_votes_in_spanish(system: System, browse: Opening) -> None:
    page = browse(f"{system.vote_url}{CATS_AND_DOGS}", locale="es-AR", viewport=PHONE)
    assert page.evaluate("document.documentElement.lang") == "es"
    half(page, "A").click()
    expect(status(page)).to_contain_text("Contado")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_the_switch_keeps_the_page_and_is_remembered(system: System, browse: Opening, scripts: bool) -> None:
    address = f"{system.vote_url}/?code=nope"
    page = browse(f"{system.vote_url}/accounts/login/?next=/host/", locale="en-GB", java_script_enabled=scripts)
    page.get_by_role("button", name="Español").click()
    page.wait_for_url("**/accounts/login/?next=/host/")
    expect(page.get_by_role("heading")).to_have_text("Iniciar sesión")
    page.goto(address)
    page.complaints.clear()  # type: ignore[attr-defined]
    expect(page.get_by_text("Ninguna votación tiene el código nope.")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_text("No poll has the code nope.")).to_be_visible()
    assert page.url == address
    page.complaints.clear()  # type: ignore[attr-defined]


@both_schemes
@pytest.mark.parametrize("path", ["/?code=x", "/accounts/login/", "/counter/home/", "/nothing"])
@pytest.mark.parametrize("size", [(320, 640), (1280, 800)], ids=["phone", "desktop"])
def test_a_page_in_spanish_breaks_no_rule(
    system: System, browse: Opening, path: str, scheme: Scheme, size: tuple[int, int]
) -> None:
    width, height = size
    page = browse(
        f"{system.vote_url}{path}",
        locale="es",
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": width, "height": height},
    )
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.complaints.clear()  # type: ignore[attr-defined]
