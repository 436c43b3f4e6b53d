"""Fixtures of the tests in a browser."""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ops.launch.data_dir import BASE_DIR
from tests.console import note_console
from tests.system import System
from tests.waiting import eventually

#: Milliseconds in which what a test waits for has to be on a page. Playwright's five seconds are few on a busy machine.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)

#: Opens a page in a browser of its own.
Opening = Callable[..., Page]

_POLL = """
from polls.lifecycle import transitions
poll = transitions.create_poll({texts!r}, slug={slug!r}, question={question!r}, result_rule={rule!r}, **{fields!r})
transitions.open_poll(poll.pk)
"""


@pytest.fixture(scope="module")
def engine(chromium: Browser) -> Browser:
    """The browser of `browse`. A module that means another one has a fixture of this name (test_firefox.py)."""
    return chromium


@pytest.fixture
def browse(engine: Browser) -> Iterator[Opening]:
    """`browse(url, **context options)`: each page has cookies of its own, and may log no error.

    What a page may complain of, a test removes from `page.complaints`.
    """
    pages: list[Any] = []

    def browse(url: str, **options: Any) -> Page:
        context = engine.new_context(**options)
        note_console(context)
        page: Any = context.new_page()
        page.complaints = []
        page.on("console", lambda message: _note(page, message.text, is_error=message.type == "error"))
        page.on("pageerror", lambda error: _note(page, str(error)))
        pages.append(page)
        page.goto(url)
        return page  # type: ignore[no-any-return]

    yield browse
    complaints = [complaint for page in pages for complaint in page.complaints]
    for page in pages:
        # A test may end while its page loads: what a route's handler meets from now on is no fault. Not `wait`, which
        # would wait for routes that a test answers never.
        page.unroute_all(behavior="ignoreErrors")
        page.context.close()
    assert complaints == []


#: What is no fault of the page: how browsers say that a part which a test has killed, or a network that it has cut,
#: does not answer; and `body {}`, a style that Playwright adds for a moment when it takes a picture in Firefox.
_NO_FAULT = (
    "net::ERR",
    "WebSocket connection",
    "establish a connection to the server",
    "sha256-YjaKGiklmzC6wjXA513HAMmzus8VE61XCOT+SmwNZWA=",
)


def _note(page: Any, complaint: str, *, is_error: bool = True) -> None:
    if is_error and not any(words in complaint for words in _NO_FAULT):
        page.complaints.append(complaint)


def totals(system: System, slug: str = "cats-vs-dogs") -> dict[str, int]:
    """The votes of each choice, as the vote service gives them."""
    with urllib.request.urlopen(f"{system.vote_url}/p/{slug}/results.json", timeout=20) as answer:
        return {choice["text"]: choice["votes"] for choice in json.load(answer)["choices"]}


_TOTALS = (
    "SELECT choice.text, total.votes FROM polls_total total JOIN polls_choice choice ON choice.id = total.choice_id"
    " JOIN polls_poll poll ON poll.id = total.poll_id WHERE poll.slug = %s"
)


def stored_totals(system: System, slug: str) -> dict[str, int]:
    """The votes of each choice, as Postgres has them."""
    with system.postgres() as postgres:
        return dict(postgres.execute(_TOTALS, [slug]).fetchall())


def settled_totals(system: System, slug: str = "cats-vs-dogs") -> dict[str, int]:
    """The votes of each choice, when the vote service gives what Postgres has: all that was counted until now."""

    def settled() -> dict[str, int] | None:
        stored = stored_totals(system, slug)
        return stored if totals(system, slug) == stored else None

    return eventually(settled, what=f"settled totals of {slug}") or {}


def expect_totals(system: System, expected: dict[str, int], slug: str = "cats-vs-dogs") -> None:
    """Wait until the votes of each choice are these.

    A page may say "Counted" before: a vote on the direct path is counted at once, and the stored snapshot, which the
    totals come from, follows within a second or two where Redis did not answer in time.
    """
    eventually(lambda: totals(system, slug) == expected, what=f"totals {expected}")


def within_a_second(attempt: Callable[[], float], attempts: int = 5) -> None:
    """Fail unless one of some attempts took a second at most; each returns the seconds that it took.

    A busy machine may hold any one of them up. What polls, or waits for a time-out, is slow each time.
    """
    took: list[float] = []
    while len(took) < attempts and min(took, default=2.0) > 1:
        took.append(attempt())
    assert min(took) <= 1, f"the fastest of {attempts} took {min(took):.2f} s"


def make_poll(system: System, slug: str, *texts: str, rule: str = "always", **fields: Any) -> None:
    """An open poll beside the seeded one."""
    code = _POLL.format(slug=slug, question=f"{slug}?", texts=texts, rule=rule, fields=fields)
    system.run(code)


@contextmanager
def without(system: System, part: str) -> Iterator[None]:
    """A part that is killed and not started again, as long as this lasts."""
    system.hold(part)
    try:
        yield
    finally:
        system.heal(part)


@contextmanager
def hanging(system: System, part: str) -> Iterator[None]:
    """A part that is there and does nothing, as long as this lasts."""
    system.pause(part)
    try:
        yield
    finally:
        system.heal(part)


def empty_redis(system: System) -> None:
    """Take Redis's data away; it must not be running."""
    shutil.rmtree(system.folder.redis / "appendonlydir")


def close(system: System, slug: str) -> None:
    """Seal a poll, without waiting until it is final as `bin/manage seal` does."""
    code = (
        "from polls.lifecycle import transitions; from polls.models import Poll; "
        f"transitions.seal(Poll.objects.get(slug={slug!r}).pk)"
    )
    system.run(code)


def manage(system: System, *arguments: str) -> None:
    """Run bin/manage against the system."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment["DATA_DIR"] = str(system.folder.path)
    command = [str(BASE_DIR / "bin" / "manage"), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
