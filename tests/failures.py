"""Kept of a test that fails, under var/: its pages as pictures and HTML, their logs, and the system's log."""

import re
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.system import System

ROOT = Path(__file__).parent.parent
#: One folder for each failed test of the newest run.
FOLDER = ROOT / "var" / "test-failures"
_PICTURE_MS = 5_000


def pytest_sessionstart(session: pytest.Session) -> None:
    """Forget what an earlier run has kept; the process that starts the others does it, for all of them."""
    if not hasattr(session.config, "workerinput"):
        shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what there is to see of a test that has just failed, before its pages are closed and its system ends."""
    report = yield
    if report.failed:
        folder = FOLDER / re.sub(r"[^\w.\[\]-]+", ".", item.nodeid.removeprefix("tests/"))[:150]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{report.when}.txt").write_text(report.longreprtext)
        _keep(folder, getattr(item, "funcargs", {}))
    return report


def _keep(folder: Path, fixtures: dict[str, Any]) -> None:
    for value in fixtures.values():
        if isinstance(value, System):
            (folder / "system.log").write_text(value.output)
    browser = fixtures.get("chromium")
    pages = [page for context in browser.contexts for page in context.pages] if browser else []
    for number, page in enumerate(pages, 1):
        _keep_page(folder / f"page-{number}", page)


def _keep_page(name: Path, page: Any) -> None:
    from playwright.sync_api import Error

    logged = [page.url, *getattr(page.context, "logged", [])]
    try:
        name.with_suffix(".html").write_text(page.content())
        page.screenshot(path=name.with_suffix(".png"), timeout=_PICTURE_MS)
    except Error as error:  # a page that has crashed, or hangs
        logged.append(f"not kept: {error}")
    name.with_suffix(".log").write_text("\n".join(logged) + "\n")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what was kept, and where."""
    kept = sorted(FOLDER.iterdir()) if FOLDER.is_dir() else []
    if kept:
        terminalreporter.section("kept of what failed")
    for folder in kept:
        files = ", ".join(sorted(file.name for file in folder.iterdir()))
        terminalreporter.line(f"{folder.relative_to(ROOT)}/: {files}")
