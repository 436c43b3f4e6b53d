"""A poll in pages of other sites, in a browser that blocks third-party cookies."""

import functools
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Opening, expect_totals, make_poll
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class _Site:
    """A site of somebody else: `localhost`, while the services answer at 127.0.0.1, which is another site."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server = server
        self.origin = f"http://localhost:{server.server_address[1]}"

    def shows(self, content: str) -> str:
        """Return the address of a page with this content."""
        self._server.page = f'<!doctype html><html lang="en"><title>Site</title><h1>Site</h1>{content}</html>'  # type: ignore[attr-defined]
        return f"{self.origin}/page"


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        body = (self.server.page if self.path == "/page" else "").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[_Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield _Site(server)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def engine(playwright: Any, chromium: Browser) -> Iterator[Browser]:
    """Chromium as it will be without third-party cookies."""
    flags = ["--no-sandbox", "--test-third-party-cookie-phaseout"]
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=flags)
    yield browser
    browser.close()


def frame_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def test_a_vote_in_a_frame_is_counted_and_kept(system: System, browse: Opening, site: _Site) -> None:
    make_poll(system, "framed", "Cod", "Bream", embed_origins=[site.origin])
    address = site.shows(f'<iframe src="{system.vote_url}/p/framed/embed/" title="Poll" width=500 height=400></iframe>')
    page = browse(address)
    frame_of(page).locator(".option").first.click()
    expect(frame_of(page).locator(".picked .status")).to_contain_text("Counted")
    expect_totals(system, {"Cod": 1, "Bream": 0}, "framed")
    page.reload()
    expect(frame_of(page).locator(".picked .name")).to_have_text("Cod")
    frame_of(page).locator(".option").last.click()
    expect_totals(system, {"Cod": 0, "Bream": 1}, "framed")
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies() if cookie["name"].startswith("framed_")}
    print(cookies, page.context.cookies())
