"""Makes the README's pictures: it starts a copy of the system, makes polls in it, votes, and looks at it in a browser.

A page that this version does not have is left out, and said. Takes some minutes.
"""

import argparse
import base64
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from playwright.sync_api import Error as BrowserError
from stage import CopyError, Stage, a_stage

from ops.drill.system import System

Scheme = Literal["light", "dark"]

_FOLDER = Path(__file__).parent
_CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
_PHONE: ViewportSize = {"width": 390, "height": 560}
_BESIDE: ViewportSize = {"width": 1080, "height": 560}
_DESKTOP: ViewportSize = {"width": 1280, "height": 800}
_WALL: ViewportSize = {"width": 1280, "height": 720}
_GAP = 24  # pixels around and between two windows
#: Milliseconds for each thing that is waited for: votes are counted within a second.
_PATIENCE = 15_000
#: Seconds over which the pipeline's page takes its rates.
_RATES_S = 10
#: What a picture of the README may weigh, in bytes.
_MOST = 150_000
_WINDOWS: Sequence[ViewportSize] = (
    {"width": 360, "height": 740},
    {"width": 1280, "height": 800},
    {"width": 1920, "height": 1080},
)


class Mode(NamedTuple):
    """How colours are set: what its files are called, the scheme, and whether the reader has chosen them all."""

    name: str
    scheme: Scheme
    forced: Literal["active", "none"] = "none"


_MODES = (Mode("light", "light"), Mode("dark", "dark"), Mode("forced", "dark", "active"))


class View(NamedTuple):
    """A page to look at: what its files are called, its path, and what says that it is there."""

    name: str
    path: str
    ready: str = "body"
    key: str = ""


_LIVE = "[data-live=live], [data-live=final]"
#: What anybody sees.
_OPEN_VIEWS = (
    View("home", "/"),
    View("home-no-such-code", "/?code=zz"),
    View("vote-two", "/p/cats-vs-dogs/"),
    View("vote-one-of-five", "/p/town/"),
    View("vote-three-of-seven", "/p/talks/"),
    View("vote-long", "/p/long/"),
    View("vote-right-to-left", "/p/right-to-left/"),
    View("vote-final", "/p/final/"),
    View("vote-scheduled", "/p/scheduled/"),
    View("results-two", "/p/cats-vs-dogs/results/", _LIVE),
    View("results-five", "/p/town/results/", _LIVE),
    View("results-picked", "/p/talks/results/", _LIVE),
    View("results-hidden", "/p/lecture/results/", _LIVE),
    View("results-final", "/p/final/results/", _LIVE),
    View("results-tie", "/p/tie/results/", _LIVE),
    View("results-none", "/p/no-votes/results/", _LIVE),
    View("results-long", "/p/long/results/", _LIVE),
    View("results-twelve", "/p/twelve/results/", _LIVE),
    View("present-two", "/p/cats-vs-dogs/present/", _LIVE),
    View("present-five", "/p/town/present/", _LIVE),
    View("present-hidden", "/p/lecture/present/", _LIVE),
    View("present-final", "/p/final/present/", _LIVE),
    View("present-tie", "/p/tie/present/", _LIVE),
    View("present-none", "/p/no-votes/present/", _LIVE),
    View("present-scheduled", "/p/scheduled/present/", _LIVE),
    View("present-long", "/p/long/present/", _LIVE),
    View("present-twelve", "/p/twelve/present/", _LIVE),
    View("counter", "/counter/home/"),
    View("error-404", "/nothing/here/"),
    View("sign-in", "/accounts/login/"),
)
#: What hosts see, signed in.
_HOST_VIEWS = (
    View("present-keys", "/p/town/present/", _LIVE, "?"),
    View("present-ask", "/p/town/present/", _LIVE, " "),
    View("host", "/host/"),
    View("host-new", "/host/new/"),
    View("host-poll", "/host/town/"),
    View("host-poll-draft", "/host/draft/"),
    View("host-remote", "/host/town/remote/", _LIVE),
    View("host-edit", "/host/draft/edit/"),
    View("host-preview", "/host/draft/preview/"),
    View("host-delete", "/host/final/delete/"),
    View("pipeline", "/admin/pipeline/"),
    View("admin", "/admin/"),
)


def main() -> None:
    """Make the README's pictures, or with --all those of every page."""
    parser = argparse.ArgumentParser("bin/screenshots", description=__doc__)
    parser.add_argument(
        "--all",
        type=Path,
        metavar="FOLDER",
        help="into FOLDER, every page in three sizes, light, dark and in forced colours",
    )
    options = parser.parse_args()
    try:
        with a_stage() as stage, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS, env=dict(os.environ))
            if options.all:
                _look_at_everything(browser, stage.system, options.all)
            else:
                _make_readme(browser, stage)
    except (BrowserError, CopyError) as error:
        sys.exit(f"bin/screenshots: {error}")


# The README ----------------------------------------------------------------------------------------------------------


def _make_readme(browser: Browser, stage: Stage) -> None:
    system = stage.system
    pictures: dict[str, Callable[[], bytes | None]] = {
        "vote-and-results": lambda: _side_by_side(browser, _vote(browser, system), _results(browser, system)),
        "presenter": lambda: _shown(browser, system, View("presenter", "/p/town/present/", _LIVE), _WALL, "dark"),
        "host": lambda: _shown(browser, system, View("host", "/host/", "li:nth-child(3) [data-live=live]"), _DESKTOP),
        "pipeline": lambda: _pipeline(browser, stage),
    }
    for name, take in pictures.items():
        picture = take()
        if picture is None:
            print(f"{name}: this version has no such page")
            continue
        (_FOLDER / f"{name}.png").write_bytes(picture)
        print(f"{name}: {len(picture)} bytes{' -- too heavy' if len(picture) > _MOST else ''}")


def _pipeline(browser: Browser, stage: Stage) -> bytes | None:
    """The pipeline at work: rates are of the last ten seconds."""
    with stage.busy("fridays"):
        time.sleep(_RATES_S)
        return _shown(browser, stage.system, View("pipeline", "/admin/pipeline/"), _DESKTOP)


def _vote(browser: Browser, system: System) -> bytes:
    """The vote page on a phone, once its vote is counted."""
    page = _new_page(browser, _PHONE)
    page.goto(f"{system.vote_url}/p/cats-vs-dogs/")
    page.locator(".option").first.click()
    page.locator(".picked .status[data-status=counted]").wait_for()
    return page.screenshot()


def _results(browser: Browser, system: System) -> bytes:
    """The result page, once its socket is open."""
    page = _new_page(browser, _BESIDE)
    page.goto(f"{system.result_url}/p/cats-vs-dogs/results/")
    page.locator("[data-live=live]").wait_for()
    return page.screenshot()


def _side_by_side(browser: Browser, *pictures: bytes) -> bytes:
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(picture).decode()}">' for picture in pictures)
    width = _PHONE["width"] + _BESIDE["width"] + 3 * _GAP
    page = _new_page(browser, {"width": width, "height": _PHONE["height"] + 2 * _GAP})
    style = f"margin: 0; padding: {_GAP}px; display: flex; gap: {_GAP}px; background: #b9c2bf"
    page.set_content(f'<body style="{style}">{images}')
    return page.screenshot()


def _shown(
    browser: Browser, system: System, view: View, window: ViewportSize, scheme: Scheme = "light"
) -> bytes | None:
    """Return the host's page in that window; None if there is none."""
    page = _new_page(browser, window, scheme)
    _sign_in(page, system)
    return page.screenshot() if _opened(page, system, view) else None


# Everything ----------------------------------------------------------------------------------------------------------


def _look_at_everything(browser: Browser, system: System, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    missing: list[str] = []
    for mode in _MODES:
        page = _new_page(browser, _DESKTOP, mode.scheme, mode.forced)
        missing = list(_everything(page, system, folder, mode.name))
    print(f"Every page is in {folder}; this version has no {', '.join(missing) or 'other'}.")


def _everything(page: Page, system: System, folder: Path, mode: str) -> Iterator[str]:
    """Take the pictures of one mode; yields the names of views that are not there."""
    views = [(view, False) for view in _OPEN_VIEWS] + [(view, True) for view in _HOST_VIEWS]
    signed_in = False
    for view, for_hosts in views:
        if for_hosts and not signed_in:
            _sign_in(page, system)
            signed_in = True
        if not _opened(page, system, view):
            yield view.name
            continue
        for window in _WINDOWS:
            page.set_viewport_size(window)
            page.screenshot(path=folder / f"{view.name}-{window['width']}-{mode}.png", full_page=True)


def _new_page(
    browser: Browser, window: ViewportSize, scheme: Scheme = "light", forced: Literal["active", "none"] = "none"
) -> Page:
    page = browser.new_page(viewport=window, color_scheme=scheme, reduced_motion="reduce", forced_colors=forced)
    page.set_default_timeout(_PATIENCE)
    return page


def _opened(page: Page, system: System, view: View) -> bool:
    """Open a page and wait until it is what it shall be; False if this version has none there."""
    answer = page.goto(f"{system.result_url}{view.path}")
    is_error = view.name.startswith(("error-", "home-"))
    if answer is None or (not answer.ok and not is_error):
        return False
    page.locator(view.ready).first.wait_for()
    if view.key:
        page.keyboard.press(view.key)
        page.locator("dialog[open]").wait_for()
    return True


def _sign_in(page: Page, system: System) -> None:
    page.goto(f"{system.vote_url}/admin/")
    page.locator("[name=username]").fill("admin")
    page.locator("[name=password]").fill((system.folder.path / "secrets" / "admin").read_text().strip())
    page.locator("[name=password]").press("Enter")
    expect(page.locator("[name=password]")).to_have_count(0)


if __name__ == "__main__":
    main()
