"""Fixtures of all tests: servers that may be emptied, a running system, a browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone, translation
from redis import Redis, RedisError

from polls.views import drawn
from tests.console import note_console
from tests.store_fixtures import own_redis, postgres
from tests.system import System, copy_of_a_started_one

__all__ = ["own_redis", "postgres"]

pytest_plugins = ["tests.parallel", "tests.failures", "tests.emptying"]

_CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_sessionstart() -> None:
    """Refuse servers that aren't there, or that aren't ours to empty."""
    if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
        pytest.exit("Start the tests with bin/test, which runs servers for them, or set DATABASE_URL and REDIS_URL.", 3)
    try:
        with Redis.from_url(os.environ["REDIS_URL"], socket_timeout=2) as client:
            keys = client.dbsize()
    except RedisError as error:
        pytest.exit(f"The Redis of REDIS_URL does not answer: {error}", 3)
    if keys:
        pytest.exit(f"The Redis of REDIS_URL has {keys} keys: tests would delete them. Name an empty one.", 3)


@pytest.fixture
def redis() -> Iterator[Redis]:
    """The tests' own Redis, empty; emptied again afterwards."""
    with Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture(autouse=True)
def nothing_of_another_test() -> None:
    """Draw each page anew, and let no request of another test have chosen this thread's language or zone."""
    drawn.forget()
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture(scope="session", autouse=True)
def fast_hashes() -> Iterator[None]:
    """Hash passwords without the work that makes guessing dear: a quarter of a second for each user."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of `system`, of one that was started before. A module about first starts has its own fixture."""
    return copy_of_a_started_one(tmp_path_factory.mktemp("system") / "data")


@pytest.fixture(scope="module")
def system(data: Path) -> Iterator[System]:
    """A whole running system with its seeded poll, one for all tests of a module. They may kill its parts."""
    with System(data) as running:
        yield running


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    """Playwright, which drives browsers.

    As long as it is there an event loop runs in this thread: browser tests have modules of their own, ask `system` and
    not the ORM, and are no coroutines.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


@contextmanager
def launched(playwright: Any, *flags: str) -> Iterator[Any]:
    """Run Debian's Chromium with these flags, too."""
    if shutil.which(_CHROMIUM) is None:
        pytest.fail(f"There is no {_CHROMIUM}: apt-get install chromium, or CHROMIUM=/path/to/it.", pytrace=False)
    browser = playwright.chromium.launch(executable_path=_CHROMIUM, headless=True, args=[*_CHROMIUM_FLAGS, *flags])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def chromium(playwright: Any) -> Iterator[Any]:
    """Debian's Chromium."""
    with launched(playwright) as browser:
        yield browser


@pytest.fixture
def window(chromium: Any) -> Iterator[Any]:
    """A page in a browser of its own: no cookies from any other."""
    context = chromium.new_context()
    note_console(context)
    yield context.new_page()
    context.close()
