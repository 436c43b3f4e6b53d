"""The recount in a browser, on a real system: every kind of poll, and files that somebody has changed."""

import hashlib
import json
import re
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening
from tests.polls.management.test_verify import run
from tests.polls.recount.generated import KINDS, pure_file, tampered
from tests.system import System
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_MAKE = """
from tests.polls.management.test_verify import run
from tests.polls.recount.generated import make
for name in {names!r}:
    make(name, {ballots!r})
"""
#: Recounts a text, and notes for how long the page could do nothing else, in milliseconds.
_RECOUNT = """async ([text]) => {
  const { recount } = await import("/static/recount.js");
  let [last, longest, looks] = [performance.now(), 0, true];
  const look = () => {
    const now = performance.now();
    [longest, last] = [Math.max(longest, now - last), now];
    if (looks) setTimeout(look);
  };
  look();
  const found = await recount(new Blob([text]).stream(), "", () => {});
  looks = false;
  return { ...found, longest };
}"""
_AGREE = """async (texts) => {
  const { recount } = await import("/static/recount.js");
  const found = texts.map((text) => recount(new Blob([text]).stream(), "", () => {}));
  return (await Promise.all(found)).map(({ agrees }) => agrees);
}"""
#: Polls that the tests of this module share.
BALLOTS = 300


@pytest.fixture(scope="module")
def polls(system: System) -> System:
    """The system, with a final poll of each kind whose ballots may be checked."""
    system.run(_MAKE.format(names=sorted(KINDS), ballots=BALLOTS))
    for name in KINDS:
        eventually(partial(text_of, system, name), what=f"the list of {name}", within=60)
    return system


def address(system: System, slug: str) -> str:
    return f"{system.vote_url}/p/{slug}/check/"


def text_of(system: System, slug: str) -> str:
    """The public list; empty while a worker makes it."""
    try:
        with urllib.request.urlopen(f"{system.vote_url}/p/{slug}/ballots.jsonl", timeout=60) as answer:
            return str(answer.read().decode())
    except HTTPError:
        return ""


def verdict(page: Page) -> str:
    expect(page.locator(".verdict")).to_be_visible(timeout=120_000)
    return page.locator(".verdict").inner_text()


def recount_file(page: Page, lines: list[str]) -> list[str]:
    """Recount these lines as a file of one's own; what the page names."""
    content = "".join(f"{line}\n" for line in lines).encode()
    page.locator("#file").set_input_files({"name": "b.jsonl", "mimeType": "application/json", "buffer": content})
    expect(page.locator(".verdict.problem")).to_be_visible()
    return page.locator(".faults li").all_inner_texts()


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_is_recounted_to_its_result(polls: System, browse: Opening, name: str):
    page = browse(address(polls, name))
    page.get_by_role("button", name="Recount in this browser").click()
    assert "every number agrees" in verdict(page)
    assert page.locator(".differs").count() == 0
    assert page.locator(".result-table tbody tr").count() > 2


def both(page: Page, file: Path, lines: list[str]) -> tuple[Any, Any]:
    """Return what the browser and the command find in a file."""
    text = "".join(f"{line}\n" for line in lines)
    file.write_text(text)
    return page.evaluate(_RECOUNT, [text]), json.loads(run(str(file), "--json")[0])


@pytest.mark.parametrize("ballots", [pytest.param(500, id="few"), pytest.param(100_000, id="many")])
@pytest.mark.parametrize("name", sorted(KINDS))
def test_browser_and_command_find_the_same(polls: System, browse: Opening, tmp_path: Path, name: str, ballots: int):
    page, file = browse(address(polls, "one")), tmp_path / "ballots.jsonl"
    lines = pure_file(name, ballots)
    here, there = both(page, file, lines)
    assert (here["agrees"], there["agrees"], here["rows"], there["rows"]) == (True, True, ballots, ballots)
    assert here["longest"] < 1000  # the page stays alive
    changed, named = tampered(lines)
    here, there = both(page, file, changed)
    assert {(fault["what"], fault["receipt"]) for fault in here["faults"]} == named
    assert {(fault["what"], fault["receipt"]) for fault in there["rows_that_differ"]} == named


@pytest.mark.parametrize("name", ["rank", "scale", "estimate", "open-list", "quiz-of-several"])
def test_ties_of_a_few_ballots_are_counted_alike(polls: System, browse: Opening, name: str):
    page = browse(address(polls, "one"))
    files = ["".join(f"{line}\n" for line in pure_file(name, seed % 9, seed)) for seed in range(90)]
    assert page.evaluate(_AGREE, files) == [True] * 90


def test_the_rows_of_a_file_of_ones_own_are_named(polls: System, browse: Opening):
    changed, named = tampered(text_of(polls, "several").splitlines())
    page = browse(address(polls, "several"))
    words = {"changed": "changed since", "dropped": "missing in this file", "added": "added since"}
    assert set(recount_file(page, changed)) == {f"{receipt}: {words[what]}" for what, receipt in named}
    assert page.locator(".differs").count() > 0


def test_a_forged_head_is_found_by_its_commitment(polls: System, browse: Opening):
    head, *rows = text_of(polls, "one").splitlines()
    page = browse(address(polls, "one"))
    assert page.locator("#commitment").inner_text() == hashlib.sha256(head.encode()).hexdigest()
    forged = json.loads(head)
    forged["result"]["votes"][0] += 1
    recount_file(page, [json.dumps(forged), *rows])
    expect(page.get_by_text("not the one that this page has the commitment of")).to_be_visible()
    assert page.locator(".differs").count() == 1


def test_another_file_is_said_to_be_none(polls: System, browse: Opening):
    page = browse(address(polls, "one"))
    page.locator("#file").set_input_files({"name": "b.txt", "mimeType": "text/plain", "buffer": b"hello"})
    expect(page.get_by_text("This is no file of ballots of a poll.")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_accessible(polls: System, browse: Opening, width: int, theme: str):
    page = browse(address(polls, "several"), viewport={"width": width, "height": 800}, color_scheme=theme)
    page.get_by_role("button", name="Recount in this browser").focus()
    page.keyboard.press("Enter")
    verdict(page)
    expect(page.locator(".commitment time")).not_to_contain_text("UTC")  # the reader's own time
    assert violations(page) == []
    assert fits_in_width(page)


def test_a_receipt_is_looked_for_without_javascript(polls: System, browse: Opening):
    head, *rows = text_of(polls, "one").splitlines()
    code, (choice,) = json.loads(rows[5])
    page = browse(address(polls, "one"), java_script_enabled=False)
    page.get_by_label(re.compile("Receipt")).fill(code)
    page.get_by_role("button", name="Find my ballot").click()
    texts = {each["id"]: each["text"] for each in json.loads(head)["choices"]}
    expect(page.locator(".found")).to_contain_text(f"Counted, for: {texts[choice]}")
    assert code not in page.url
    expect(page.get_by_role("link", name="Download", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Recount in this browser")).to_be_hidden()
