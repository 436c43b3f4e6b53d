"""Drills in a browser: their report, and their time line on the pipeline page of the system that they break."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.telemetry import drills
from core.telemetry.drills import Drill, Moment, Sign
from tests.browser.accessibility import violations
from tests.browser.conftest import Opening
from tests.browser.test_inspectors import signed_in
from tests.browser.test_pipeline import PAGE, SIZES
from tests.ops.drill.report_pages import BAD, GOOD, page
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_SCROLLS = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report of two drills, one of which broke a promise."""
    file: Path = tmp_path_factory.mktemp("report") / "drill.html"
    file.write_text(page(GOOD, BAD).html("en"), encoding="utf-8")
    return file.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_breaks_no_rule(browse: Opening, report: str, scheme: str) -> None:
    opened = browse(report, color_scheme=scheme)
    opened.locator("summary").first.click()
    assert violations(opened) == []


@pytest.mark.parametrize("size", SIZES)
def test_a_report_never_scrolls_sideways(browse: Opening, report: str, size: tuple[int, int]) -> None:
    opened = browse(report, viewport={"width": size[0], "height": size[1]})
    assert not opened.evaluate(_SCROLLS)


def test_a_report_is_all_that_is_loaded_and_draws_dots(browse: Opening, report: str) -> None:
    opened = browse("about:blank")
    loaded: list[str] = []
    opened.on("request", lambda request: loaded.append(request.url))
    opened.goto(report)
    assert loaded == [report]
    dots = opened.locator(".plot path.accepted").first.bounding_box()
    area = opened.locator(".plot").first.bounding_box()
    assert dots
    assert area
    assert dots["width"] > 0.8 * area["width"]
    # Its style came through the policy.
    assert opened.locator(".plot").first.evaluate("(plot) => getComputedStyle(plot).display") == "block"


def moments(*texts: str) -> tuple[Moment, ...]:
    return tuple(Moment(time.time(), text, {}, Sign.FAULT, {"accepted": 3}) for text in texts)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_a_drill(system: System, browse: Opening, scheme: str) -> None:
    opened = signed_in(system, browse, PAGE, color_scheme=scheme, reduced_motion="reduce")
    for number, texts in enumerate([("voters vote",), ("voters vote", "redis is killed")], 1):
        drills.write(system.folder.path, Drill("kill-redis", "Redis is killed", moments(*texts), waiting=number))
        expect(opened.locator(".drill tbody th")).to_have_text(list(reversed(texts)))
    expect(opened.locator(".drill .result")).to_have_text("2 voters wait for an answer")
    assert violations(opened) == []
    for width, height in SIZES:
        opened.set_viewport_size({"width": width, "height": height})
        assert not opened.evaluate(_SCROLLS), width
    (system.folder.path / "log" / "drill.json").unlink()
    expect(opened.locator(".drill")).to_be_hidden()


def test_a_projector_has_its_newest_moments(system: System, browse: Opening) -> None:
    texts = [f"moment {number}" for number in range(9)]
    drills.write(system.folder.path, Drill("random", "ten kills", moments(*texts)))
    opened = signed_in(system, browse, PAGE, viewport={"width": 1920, "height": 1080})
    opened.goto(f"{system.vote_url}{PAGE}?large")
    expect(opened.locator(".drill tbody tr:visible")).to_have_count(3)
    expect(opened.locator(".drill tbody th").first).to_have_text("moment 8")
