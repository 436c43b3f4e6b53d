"""Two systems on one machine, in one browser: cookies know no ports."""

from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from ops.launch.data_dir import DataDir
from tests.browsing import Browser
from tests.system import System
from tests.waiting import eventually

PATH = "/p/cats-vs-dogs/"
RESULTS = f"{PATH}results.json"


def test_a_new_folder_has_an_instance_of_its_own_for_ever(tmp_path: Path) -> None:
    folders = [DataDir(tmp_path / name) for name in "ab"]
    for folder in folders:
        folder.make()
    first = [folder.instance() for folder in folders]
    for folder in folders:
        folder.secret("secret_key", 48)

    assert len(set(first)) == 2
    assert all(first)
    assert [folder.instance() for folder in folders] == first


def test_a_folder_of_an_older_version_keeps_its_cookies(tmp_path: Path) -> None:
    folder = DataDir(tmp_path)
    folder.make()
    folder.secret("secret_key", 48)

    assert folder.instance() == ""


@pytest.fixture
def systems(tmp_path: Path) -> Iterator[list[System]]:
    with System(tmp_path / "one") as one, System(tmp_path / "two") as two:
        yield [one, two]


@pytest.mark.slow
def test_one_browser_that_votes_in_turns_is_one_voter_in_each(systems: list[System]) -> None:
    cookies = CookieJar()
    browsers = [Browser(system.vote_url, cookies) for system in systems]
    for choice in (0, 1, 0):
        for system, browser in zip(systems, browsers, strict=True):
            choices = browser.get(RESULTS).json()["choices"]
            assert browser.vote(PATH, choices[choice]["id"]).status == 202, system

    eventually(lambda: [browser.get(RESULTS).json()["voters"] for browser in browsers] == [1, 1], 10)
