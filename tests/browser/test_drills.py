"""Drills in a browser: their report, and their time line on the pipeline page of the system that they break."""

import os
import pty
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.telemetry import drills
from core.telemetry.drills import Drill, Moment, Sign
from ops.launch.data_dir import BASE_DIR
from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening
from tests.browser.test_inspectors import signed_in
from tests.browser.test_pipeline import PAGE, SIZES
from tests.ops.drill.report_pages import BAD, GOOD, page
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]


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
    assert fits_in_width(opened)


def test_a_report_is_printed_with_dark_ink(browse: Opening, report: str) -> None:
    opened = browse(report)
    opened.emulate_media(media="print", color_scheme="dark")
    inks = {
        opened.locator(what).first.evaluate("one => getComputedStyle(one).color") for what in ("h1", "td", "summary")
    }
    assert inks == {"rgb(16, 32, 31)"}


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
        assert fits_in_width(opened), width
    (system.folder.path / "log" / "drill.json").unlink()
    expect(opened.locator(".drill")).to_be_hidden()


def test_a_projector_has_its_newest_moments(system: System, browse: Opening) -> None:
    texts = [f"moment {number}" for number in range(9)]
    drills.write(system.folder.path, Drill("random", "ten kills", moments(*texts)))
    opened = signed_in(system, browse, PAGE, viewport={"width": 1920, "height": 1080})
    opened.goto(f"{system.vote_url}{PAGE}?large")
    expect(opened.locator(".drill tbody tr:visible")).to_have_count(3)
    expect(opened.locator(".drill tbody th").first).to_have_text("moment 8")


class Held:
    """A drill that holds its steps, and the terminal at which it waits for Enter."""

    def __init__(self, drill: "subprocess.Popen[str]", terminal: int) -> None:
        self._drill, self._terminal = drill, terminal

    def next(self) -> str:
        """Return what it prints until it holds a step, or ends."""
        assert self._drill.stdout
        said = ""
        while not said.endswith("Enter goes on. ") and (letter := self._drill.stdout.read(1)):
            said += letter
        return said

    def enter(self) -> str:
        os.write(self._terminal, b"\n")
        return self.next()


@contextmanager
def slowly(*options: str) -> "Iterator[tuple[Held, subprocess.Popen[str]]]":
    """A drill of Redis's death that holds its steps."""
    ours, theirs = pty.openpty()
    command = [str(BASE_DIR / "bin" / "manage"), "drill", "kill-redis", "--slow", "--seconds", "3", "--rate", "20"]
    with subprocess.Popen(
        [*command, *options], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            yield Held(running, ours), running
        finally:
            running.terminate()
            os.close(ours)
            os.close(theirs)


def test_a_slow_drill_is_watched_step_by_step(browse: Opening, tmp_path: Path) -> None:
    report = tmp_path / "drill.html"
    with slowly("--report", str(report)) as (held, running):
        said = held.next()
        found = re.search(r"pipeline page: (\S+) .*password (\S+)", said, re.DOTALL)
        assert found, said
        opened = browse(found[1])
        opened.fill("#id_username", "admin")
        opened.fill("#id_password", found[2])
        opened.click("main .button")
        expect(opened.locator(".drill tbody th")).to_have_text(["voters vote"])

        assert "Redis is down" in held.enter()
        expect(opened.locator(".drill tbody th")).to_have_text(["redis is killed", "voters vote"])
        # It stays away as long as the step is held.
        expect(opened.locator(".words.when-live b")).to_have_text("Redis is down.")
        assert "everything is running" in held.enter()
        expect(opened.locator(".drill tbody th").first).to_have_text("redis is back")
        assert "audit drill-1-kill-redis" in held.enter()
        expect(opened.locator(".drill .result")).to_have_text(re.compile(r"^Every promise held: \d+ accepted"))
        opened.goto("about:blank")
        assert "Every promise held." in held.enter()
        assert running.wait(60) == 0
    opened.goto(report.as_uri())
    expect(opened.locator(".verdict")).to_have_text("Every promise held.")
