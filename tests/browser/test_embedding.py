"""A poll in pages of other sites, in a browser that blocks third-party cookies."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from ops.launch.data_dir import BASE_DIR
from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening, close, expect_totals, make_poll
from tests.browser.test_hosting import hosts, sign_in
from tests.browser.test_sharing import make_poll as make_sharing_poll
from tests.conftest import launched
from tests.system import System

__all__ = ["hosts"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: What browsers say of a frame that is refused.
REFUSED = "violates the following Content Security Policy directive"


class _Site:
    """A site of somebody else: it answers as localhost, and the services at 127.0.0.1, which is another site."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server: Any = server
        self.origin = f"http://localhost:{server.server_address[1]}"

    def shows(self, content: str) -> str:
        """Return the address of a page with this content."""
        path = f"/{len(self._server.pages)}"
        head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Site</title>'
        self._server.pages[path] = f"{head}<main><h1>Site</h1>{content}</main>"
        return f"{self.origin}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path)
        self.send_response(204 if page is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((page or "").encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[_Site]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.pages = {}
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield _Site(server)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def engine(playwright: Any) -> Iterator[Browser]:
    """Chromium without third-party cookies but partitioned ones."""
    with launched(playwright, "--test-third-party-cookie-phaseout") as browser:
        yield browser


def frame_in(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def iframe(address: str, attributes: str = 'width="600" height="440"') -> str:
    return f'<iframe src="{address}" title="Poll" {attributes}></iframe>'


def snippet(number: int, **gaps: str) -> str:
    """Return the n-th snippet in HTML of docs/embedding.md, for another site, poll and origin."""
    texts = re.findall(r"```html\n(.*?)```", (BASE_DIR / "docs" / "embedding.md").read_text(), re.DOTALL)
    text: str = texts[number]
    for gap, value in gaps.items():
        text = text.replace({"vote": "https://votes.example", "slug": "which-fish"}[gap], value)
    return text


def test_a_vote_in_a_frame_is_counted_and_kept(system: System, browse: Opening, site: _Site) -> None:
    """Third-party cookies are blocked: the partitioned one alone makes it one voter."""
    make_poll(system, "framed", "Cod", "Bream", embed_origins=[site.origin])
    page = browse(site.shows(iframe(f"{system.vote_url}/p/framed/embed/")))
    frame = frame_in(page)
    frame.locator(".option").first.click()
    expect(frame.locator(".picked .status")).to_contain_text("Counted")
    expect_totals(system, {"Cod": 1, "Bream": 0}, "framed")
    page.reload()
    expect(frame.locator(".picked .name")).to_have_text("Cod")
    frame.locator(".option").last.click()
    expect_totals(system, {"Cod": 0, "Bream": 1}, "framed")
    unpartitioned = "document.cookie = 'third=1; Path=/; Secure; SameSite=None'; document.cookie.includes('third')"
    assert page.frames[1].evaluate(unpartitioned) is False


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_a_host_names_a_site_and_copies_what_it_needs(
    hosts: System, browse: Opening, site: _Site, width: int, scheme: str
) -> None:
    options: Any = {"color_scheme": scheme, "reduced_motion": "reduce"}
    page = sign_in(browse, hosts, viewport={"width": width, "height": 900}, **options)
    make_sharing_poll(page, hosts, f"Shown at {width}?")
    page.get_by_role("button", name="Open it now").click()
    page.get_by_text("Embed", exact=False).first.click()
    page.get_by_label("Sites that may show this poll").fill(site.origin)
    page.locator("form.embed").get_by_role("button", name="Save").click()
    expect(page.locator(".said")).to_contain_text("These sites can show this poll now.")
    page.get_by_text("Embed", exact=False).first.click()
    assert violations(page) == []
    assert fits_in_width(page)
    page.locator("form.embed").scroll_into_view_if_needed()
    copied = page.get_by_label("Ballot", exact=True).input_value()
    frame = frame_in(browse(site.shows(copied)))
    expect(frame.locator("h1")).to_have_text(f"Shown at {width}?")
    expect(frame.locator(".option")).to_have_count(2)


def test_another_site_can_not_show_it(system: System, browse: Opening, site: _Site) -> None:
    make_poll(system, "elsewhere", "Cod", "Bream", embed_origins=["https://example.org"])
    for path in ("/p/elsewhere/embed/", "/p/elsewhere/embed/?show=results", "/p/elsewhere/", "/p/elsewhere/results/"):
        page: Any = browse("about:blank")
        refused: list[str] = []
        page.on("console", lambda message, refused=refused: refused.append(message.text))
        page.goto(site.shows(iframe(f"{system.vote_url}{path}")))
        expect(frame_in(page).locator("main")).to_have_count(0)
        assert [REFUSED in text for text in refused] == [True]
        page.complaints.clear()


@pytest.mark.parametrize("sandbox", ["allow-scripts", ""])
def test_without_cookies_the_ballot_opens_in_a_window(
    system: System, browse: Opening, site: _Site, sandbox: str
) -> None:
    """A sandbox keeps none. Without scripts, too, the vote that can't be kept opens a window, and counts nothing."""
    slug = f"windowed-{len(sandbox)}"
    make_poll(system, slug, "Cod", "Bream", embed_origins=[site.origin])
    allowed = f"{sandbox} allow-forms allow-popups allow-popups-to-escape-sandbox"
    attributes = f'width="600" height="440" sandbox="{allowed}"'
    page: Any = browse(site.shows(iframe(f"{system.vote_url}/p/{slug}/embed/", attributes)))
    frame = frame_in(page)
    if not sandbox:
        frame.locator(".option").first.click()
    else:
        expect(frame.locator("main")).to_contain_text("your browser keeps none for this frame")
    with page.expect_popup() as opened:
        frame.get_by_role("link", name="Vote in a new window").click()
    expect(opened.value).to_have_url(f"{system.vote_url}/p/{slug}/")
    opened.value.locator(".option").first.click()
    expect(opened.value.locator(".picked .status")).to_contain_text("Counted")
    expect_totals(system, {"Cod": 1, "Bream": 0}, slug)
    page.complaints.clear()


def test_without_scripts_a_vote_in_a_frame_is_counted(system: System, browse: Opening, site: _Site) -> None:
    make_poll(system, "scriptless", "Cod", "Bream", "Perch", embed_origins=[site.origin])
    page = browse(site.shows(iframe(f"{system.vote_url}/p/scriptless/embed/")), java_script_enabled=False)
    frame_in(page).locator(".option").last.click()
    expect(frame_in(page).locator(".picked")).to_contain_text("Perch")
    expect_totals(system, {"Cod": 0, "Bream": 0, "Perch": 1}, "scriptless")


def test_the_result_in_a_frame_is_live(system: System, browse: Opening, site: _Site) -> None:
    make_poll(system, "shown", "Cod", "Bream", embed_origins=[site.origin])
    page = browse(site.shows(iframe(f"{system.result_url}/p/shown/embed/?show=results")))
    expect(frame_in(page).locator(".live")).to_have_attribute("data-live", "live")
    browse(f"{system.vote_url}/p/shown/").locator(".option").first.click()
    expect(frame_in(page).locator("[data-voters]")).to_have_text("1")
    frame_in(page).get_by_role("link", name="Vote in this poll").click()
    expect(frame_in(page).locator("form.ballot")).to_be_visible()


def test_votes_show_what_voters_may_see(system: System, browse: Opening, site: _Site) -> None:
    make_poll(system, "ruled", "Cod", "Bream", rule="after_vote", embed_origins=[site.origin])
    page = browse(site.shows(iframe(f"{system.vote_url}/p/ruled/embed/")))
    frame = frame_in(page)
    frame.locator(".option").first.click()
    expect(frame.locator(".picked .share")).to_have_text("100%")
    frame.get_by_role("link", name="See results").click()
    expect(frame.locator(".percent").first).to_have_text("100%")
    stranger = browse(site.shows(iframe(f"{system.result_url}/p/ruled/embed/?show=results")))
    expect(frame_in(stranger).locator(".sentence")).to_have_text("Vote to see the results on your phone.")
    expect(frame_in(stranger).locator(".percent").first).to_have_text("\N{EN DASH}")


def test_a_frame_is_as_tall_as_what_is_in_it(system: System, browse: Opening, site: _Site) -> None:
    """With the snippet of the documentation; and no other site is told."""
    choices = [f"Choice {number}" for number in range(12)]
    make_poll(system, "tall", *choices, embed_origins=["https://other.example", site.origin])
    script = snippet(1, vote=system.vote_url)
    page = browse(site.shows(snippet(0, vote=system.vote_url, slug="tall") + script))
    expect(frame_in(page).locator(".option")).to_have_count(12)
    needs = "document.documentElement.scrollHeight <= innerHeight && innerHeight > 700"
    page.frames[1].wait_for_function(needs)
    before = page.locator("iframe").evaluate("frame => frame.height")
    page.wait_for_timeout(300)
    assert page.locator("iframe").evaluate("frame => frame.height") == before


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_frames_have_no_faults(system: System, browse: Opening, site: _Site, width: int, theme: str) -> None:
    slug = f"axe-{width}-{theme}"
    make_poll(system, slug, "Cod", "Bream", "Perch", embed_origins=[site.origin])
    for query in ("?", "?show=results&", "?ballot=window&"):
        address = f"{system.vote_url}/p/{slug}/embed/{query}theme={theme}"
        page = browse(
            site.shows(iframe(address, f'width="{width}" height="480" style="border: 0"')),
            viewport={"width": width + 40, "height": 800},
            color_scheme="light" if theme == "dark" else "dark",
            reduced_motion="reduce",
        )
        expect(frame_in(page).locator("h1")).to_be_visible()
        frame = page.frames[1]
        ground = frame.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == {"light": "rgb(250, 251, 249)", "dark": "rgb(12, 20, 19)"}[theme]
        assert fits_in_width(frame)
        assert violations(page) == []


def test_slides_show_the_result(system: System, browse: Opening, site: _Site) -> None:
    """With the snippet for reveal.js, whose slides are sections."""
    make_poll(system, "slide", "Cod", "Bream", embed_origins=[site.origin])
    slide = snippet(3, vote=system.result_url, slug="slide")
    page = browse(site.shows(f'<div class="reveal"><div class="slides">{slide}</div></div>'))
    expect(frame_in(page).locator("h1")).to_have_text("slide?")
    expect(frame_in(page).locator(".sentence")).to_have_text("No votes yet.")


def test_the_picture_is_shown_anywhere(system: System, browse: Opening, site: _Site) -> None:
    make_poll(system, "pictured", "Cod", "Bream")
    close(system, "pictured")
    page = browse(site.shows(snippet(2, vote=system.result_url, slug="pictured")))
    expect(page.locator("img")).to_be_visible()
    assert page.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 640


def test_a_window_of_its_own_has_the_vote_page(system: System, browse: Opening) -> None:
    make_poll(system, "alone", "Cod", "Bream")
    page = browse(f"{system.vote_url}/p/alone/embed/")
    expect(page).to_have_url(f"{system.vote_url}/p/alone/")
