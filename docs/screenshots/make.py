"""Makes vote-and-results.png of a running system: `make.py [VOTE_URL [RESULT_URL]]`, in the project's environment.

It casts one vote, so it is for a system that may have one more: a fresh `bin/up`, and `bin/manage seed --votes 300`.
"""

import argparse
import base64
import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright
from playwright.sync_api import Error as BrowserError

_PICTURE = Path(__file__).with_name("vote-and-results.png")
_CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
_PHONE: ViewportSize = {"width": 390, "height": 560}
_DESKTOP: ViewportSize = {"width": 1080, "height": 560}
_GAP = 24  # pixels around and between the two windows
#: Milliseconds for each thing that is waited for: votes are counted within a second.
_PATIENCE = 15_000


def main() -> None:
    """Vote, look at both windows, and lay them side by side."""
    parser = argparse.ArgumentParser("make.py", description=__doc__)
    parser.add_argument("vote", nargs="?", default="http://127.0.0.1:8080", help="where one votes [%(default)s]")
    parser.add_argument("result", nargs="?", default="http://127.0.0.1:8081", help="where results are [%(default)s]")
    parser.add_argument("--slug", default="cats-vs-dogs", help="which poll [%(default)s]")
    options = parser.parse_args()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
            vote = _vote(browser, f"{options.vote.rstrip('/')}/p/{options.slug}/")
            results = _results(browser, f"{options.result.rstrip('/')}/p/{options.slug}/results/")
            _side_by_side(browser, vote, results)
    except BrowserError as error:
        sys.exit(f"make.py: {error}")


def _vote(browser: Browser, url: str) -> bytes:
    """The vote page on a phone, once its vote is counted."""
    page = browser.new_page(viewport=_PHONE, reduced_motion="reduce")
    page.set_default_timeout(_PATIENCE)
    page.goto(url)
    page.locator(".option").first.click()
    page.locator(".picked .status[data-status=counted]").wait_for()
    return page.screenshot()


def _results(browser: Browser, url: str) -> bytes:
    """The result page, once its socket is open."""
    page = browser.new_page(viewport=_DESKTOP, reduced_motion="reduce")
    page.set_default_timeout(_PATIENCE)
    page.goto(url)
    page.locator("[data-live=live]").wait_for()
    return page.screenshot()


def _side_by_side(browser: Browser, *pictures: bytes) -> None:
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(picture).decode()}">' for picture in pictures)
    width = _PHONE["width"] + _DESKTOP["width"] + 3 * _GAP
    page = browser.new_page(viewport={"width": width, "height": _PHONE["height"] + 2 * _GAP})
    style = f"margin: 0; padding: {_GAP}px; display: flex; gap: {_GAP}px; background: #b9c2bf"
    page.set_content(f'<body style="{style}">{images}')
    page.screenshot(path=_PICTURE)


if __name__ == "__main__":
    main()
