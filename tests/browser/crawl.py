"""Every page that one person can reach by following links."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Page

#: The links that somebody sees and may press, as they stand in the page.
_SEEN = """() => [...document.querySelectorAll("a[href]")].filter((link) => {
  const box = link.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && getComputedStyle(link).visibility === "visible";
}).map((link) => link.href)"""
#: What is no page: files, what ends the session, and lists of the admin in another order or with filters.
_NO_PAGE = re.compile(
    r"\.(?:csv|json|svg|png|css|js)\?|/logout/|/metrics\b|/stats\.json/|/healthz|/readyz|[?&](?:o|e|p|q|all)=|__exact|__gte"
)


def key(url: str) -> str:
    """The kind of page: two ballots are of one kind, and so are the pages of a list."""
    parts = urlsplit(url)
    path = re.sub(r"/(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27,})(?=/|$)", "/N", parts.path)
    return f"{path}?home" if parts.query == "home" else path


def ways_on(page: Page, origins: set[str]) -> dict[str, str]:
    """The pages of the site that the links lead to that stand on this one, by their kind."""
    found: dict[str, str] = {}
    for link in page.evaluate(_SEEN):
        url = urljoin(page.url, link).partition("#")[0]
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" in origins and not _NO_PAGE.search(f"{parts.path}?{parts.query}"):
            found.setdefault(key(url), url)
    return found


def crawl(
    page: Page, starts: list[str], origins: set[str], visit: Callable[[str], None]
) -> Iterator[tuple[str, set[str]]]:
    """Open one page of each kind, and give its kind and those that its links lead to. `visit` is called on each."""
    waiting = {key(url): url for url in starts}
    seen: set[str] = set()
    while waiting:
        kind, url = waiting.popitem()
        seen.add(kind)
        page.goto(url, wait_until="load")
        here = key(page.url)
        visit(kind)
        ways = ways_on(page, origins)
        yield kind, {way for way in ways if way not in (kind, here)}
        waiting |= {way: address for way, address in ways.items() if way not in seen}
