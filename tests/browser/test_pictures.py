"""Pictures of choices, from a host's file to every page."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening
from tests.browser.test_hosting import host, hosts, sign_in
from tests.core.web.test_pictures import file
from tests.system import System

__all__ = ["host", "hosts"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def photo(directory: Path) -> Path:
    """A picture as a phone's, but for its size."""
    path = directory / "photo.jpg"
    path.write_bytes(file("JPEG", (800, 600), colour="teal"))
    return path


def is_drawn(page: Page, within: str) -> bool:
    """Tell whether the picture in this place is loaded, and large enough to be seen."""
    place = page.locator(f"{within} img.picture").first
    expect(place).to_be_visible()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=place.element_handle())
    box = place.bounding_box()
    return box is not None and min(box["width"], box["height"]) >= 32


def stands_before_its_name(page: Page) -> bool:
    """Tell whether the first picture and its name share a line, also after the script has drawn."""
    expect(page.locator("main")).to_have_attribute("data-state", "open")
    picture, name = (
        page.locator(f"main {part}").first.bounding_box() for part in ("img.picture", ".name bdi, bdi.name")
    )
    if picture is None or name is None:
        return False
    return picture["x"] + picture["width"] <= name["x"] and picture["y"] < name["y"] + name["height"]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_choice_gets_a_picture_that_everybody_sees(hosts: System, browse: Opening, tmp_path: Path, scripts: bool):
    page = sign_in(browse, hosts, java_script_enabled=scripts)
    page.goto(f"{hosts.vote_url}/host/new/")
    page.get_by_label("Question").fill(f"Which one, {scripts}?")
    for text in ("Tea", "Coffee"):
        page.locator(".choice .text:placeholder-shown").first.fill(text)
    page.get_by_label("Picture A").set_input_files(photo(tmp_path))
    if scripts:
        expect(page.get_by_role("button", name="Remove the picture: A")).to_be_visible()
        assert is_drawn(page, ".choice")
    page.get_by_role("button", name="Open the poll").click()
    expect(page.locator(".said")).to_contain_text("Poll opened.")
    slug = f"which-one-{scripts}".lower()
    assert is_drawn(page, ".choices")
    for path in ("", "results/", "present/"):
        seen = browse(f"{hosts.result_url}/p/{slug}/{path}")
        assert is_drawn(seen, "main")
        assert stands_before_its_name(seen)
    page.goto(f"{hosts.vote_url}/host/{slug}/edit/")
    page.get_by_role("button", name="Remove the picture: A").click()
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator(".said")).to_contain_text("Saved.")
    expect(page.locator("img.picture")).to_have_count(0)


def test_a_file_that_is_no_picture_is_refused_beside_it(host: Page, hosts: System, tmp_path: Path):
    host.goto(f"{hosts.vote_url}/host/new/")
    host.locator(".choice .text").first.fill("Tea")
    (tmp_path / "letter.png").write_bytes(b"%PDF")
    (tmp_path / "huge.png").write_bytes(bytes(6_000_000))
    for name, said in (("letter.png", "Use a PNG, JPEG or WebP picture."), ("huge.png", "The limit is 5 MB.")):
        host.get_by_label("Picture A").set_input_files(tmp_path / name)
        expect(host.locator(".choice [data-of-picture]").first).to_contain_text(said)
    host.complaints = [text for text in host.complaints if "400" not in text]  # type: ignore[attr-defined]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_with_pictures_break_no_rule_and_fit(hosts: System, browse: Opening, tmp_path: Path, scheme: str):
    page = sign_in(browse, hosts, color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{hosts.vote_url}/host/new/")
    page.get_by_label("Question").fill(f"Pictures in {scheme}?")
    for index, text in enumerate(("Yes", "A choice with a rather long name")):
        page.locator(".choice .text").nth(index).fill(text)
        page.get_by_label(f"Picture {'AB'[index]}").set_input_files(photo(tmp_path))
        expect(page.get_by_role("button", name=f"Remove the picture: {'AB'[index]}")).to_be_visible()
    page.get_by_role("button", name="Open the poll").click()
    expect(page.locator(".said")).to_contain_text("Poll opened.")
    slug = f"pictures-in-{scheme}"
    found = {}
    for path in (f"host/{slug}/", f"host/{slug}/edit/", f"p/{slug}/", f"p/{slug}/results/", f"p/{slug}/present/"):
        for width, height in ((320, 640), (360, 740), (1280, 800), (1920, 1080)):
            page.set_viewport_size({"width": width, "height": height})
            page.goto(f"{hosts.vote_url}/{path}")
            found[path, width] = violations(page)
            if not fits_in_width(page):
                found[path, width].append("scrolls sideways")
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
