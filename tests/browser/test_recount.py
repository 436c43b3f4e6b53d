"""The recount in a browser, on a real system: every kind of poll, and files that somebody has changed."""

import hashlib
import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Page, expect

from ops.launch.data_dir import BASE_DIR
from tests.browser.accessibility import violations
from tests.browser.conftest import Opening, manage
from tests.polls.recount.generated import KINDS
from tests.system import System
from tests.waiting import eventually

_MAKE = """
from tests.polls.recount.generated import make
make({name!r}, {ballots!r}, slug={slug!r})
"""
#: Notes for how long the page did nothing else, in milliseconds.
_WATCH = """() => {
  let last = performance.now();
  window.longest = 0;
  const look = () => {
    const now = performance.now();
    window.longest = Math.max(window.longest, now - last);
    last = now;
    setTimeout(look);
  };
  look();
}"""


def made(system: System, name: str, ballots: int = 400) -> str:
    """The slug of a final poll of this kind with so many ballots."""
    slug = f"{name}-{ballots}"
    manage(system, "shell", "--command", _MAKE.format(name=name, ballots=ballots, slug=slug), timeout_s=300)
    eventually(lambda: text_of(system, slug), what=f"the list of {slug}", within=60)
    return slug


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
def test_every_kind_is_recounted_to_its_result(system: System, browse: Opening, name: str):
    slug = made(system, name)
    page = browse(address(system, slug))
    page.get_by_role("button", name="Recount in this browser").click()
    assert "every number agrees" in verdict(page)
    assert page.locator(".differs").count() == 0
    assert page.locator(".result-table tbody tr").count() > 2


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_hundred_thousand_ballots_in_browser_and_command(system: System, browse: Opening, tmp_path: Path, name: str):
    slug = made(system, name, 100_000)
    page = browse(address(system, slug))
    page.evaluate(_WATCH)
    page.get_by_role("button", name="Recount in this browser").click()
    assert "every number agrees" in verdict(page)
    assert page.evaluate("window.longest") < 1000  # the page stays alive
    file = tmp_path / "ballots.jsonl"
    file.write_text(text_of(system, slug))
    assert verify(file)["agrees"] is True


def verify(file: Path) -> Any:
    """Return the output of the command for a file, without any server."""
    command = [sys.executable, "-P", "-m", "ops.launch.manage", "verify", str(file), "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=BASE_DIR, env={"DATA_DIR": str(file.parent / "none")}
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_changed_dropped_and_added_row_are_named(system: System, browse: Opening, tmp_path: Path, name: str):
    slug = made(system, name)
    head, *rows = text_of(system, slug).splitlines()
    changed, dropped = json.loads(rows[20])[0], json.loads(rows[90])[0]
    other = next(json.loads(row)[1] for row in rows if json.loads(row)[1] != json.loads(rows[20])[1])
    line = json.dumps([changed, other], separators=(",", ":"))
    added = json.dumps(["ZZZ-ZZZ", other], separators=(",", ":"))
    tampered = [head, *rows[:20], line, *rows[21:90], *rows[91:], added]
    page = browse(address(system, slug))
    named = recount_file(page, tampered)
    assert sorted(named) == sorted(
        [f"{changed}: changed since", f"{dropped}: missing in this file", "ZZZ-ZZZ: added since"]
    )
    (tmp_path / "tampered.jsonl").write_text("\n".join([*tampered, ""]))
    found = verify(tmp_path / "tampered.jsonl")
    rows_named = {(fault["what"], fault["receipt"]) for fault in found["rows_that_differ"]}
    assert rows_named == {("changed", changed), ("dropped", dropped), ("added", "ZZZ-ZZZ")}


def test_a_forged_head_is_found_by_its_commitment(system: System, browse: Opening):
    slug = made(system, "one", 60)
    head, *rows = text_of(system, slug).splitlines()
    page = browse(address(system, slug))
    assert page.locator("#commitment").inner_text() == hashlib.sha256(head.encode()).hexdigest()
    forged = json.loads(head)
    forged["result"]["votes"][0] += 1
    recount_file(page, [json.dumps(forged), *rows])
    expect(page.get_by_text("not the one that this page has the commitment of")).to_be_visible()
    assert page.locator(".differs").count() == 1


def test_another_file_is_said_to_be_none(system: System, browse: Opening):
    page = browse(address(system, made(system, "one", 61)))
    page.locator("#file").set_input_files({"name": "b.txt", "mimeType": "text/plain", "buffer": b"hello"})
    expect(page.get_by_text("This is no file of ballots of a poll.")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_accessible(system: System, browse: Opening, width: int, theme: str):
    slug = made(system, "several", 62) if (width, theme) == (320, "light") else "several-62"
    page = browse(address(system, slug), viewport={"width": width, "height": 800}, color_scheme=theme)
    page.get_by_role("button", name="Recount in this browser").click()
    verdict(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_receipt_is_looked_for_without_javascript(system: System, browse: Opening):
    slug = made(system, "one", 63)
    code, (choice,) = json.loads(text_of(system, slug).splitlines()[5])
    page = browse(address(system, slug), java_script_enabled=False)
    page.get_by_label(re.compile("Receipt")).fill(code)
    page.get_by_role("button", name="Find my ballot").click()
    texts = {each["id"]: each["text"] for each in json.loads(text_of(system, slug).splitlines()[0])["choices"]}
    expect(page.locator(".found")).to_contain_text(f"Counted, for: {texts[choice]}")
    assert code not in page.url
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    expect(page.get_by_role("button", name="Recount in this browser")).to_be_hidden()
