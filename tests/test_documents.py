"""The check of the documents has to be able to fail."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def check() -> ModuleType:
    """The command docs/check.py, as a module, beside those that it imports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "docs")
        return importlib.import_module("check")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`polls/casts.py`", ["there is no polls/casts.py"]),
        ("`polls/nowhere/`", ["there is no polls/nowhere/"]),
        ("`polls/box/casts.py: Nothing`", ["there is no Nothing in polls/box/casts.py"]),
        ("`doors.py`", ["there is no file called doors.py"]),
        ("`polls.lifecycle.nothing`", ["there is no module or name polls.lifecycle.nothing"]),
        ("[tally](polls/tally.py)", ["the link polls/tally.py leads nowhere"]),
        ("```sh\nbin/nothing polls/casts.py\n```", ["there is no bin/nothing", "there is no polls/casts.py"]),
    ],
)
def test_what_is_not_there_is_found(check: ModuleType, tmp_path: Path, text: str, found: list[str]):
    (tmp_path / "document.md").write_text(text)

    assert list(check._missing(tmp_path / "document.md")) == found


@pytest.mark.parametrize(
    "text",
    [
        "`polls/box/casts.py: new_cast_id`, `polls/box/`, `casts.py`, `polls.box.casts`, `polls.models.Poll`",
        "`var/up.log`, `polls.view_ballot`, `settings.py`, `PUBLISH_ON=0.0.0.0`",
        "```sh\nbin/test tests/polls -x > var/log\n```",
    ],
)
def test_what_is_there_is_not_found_missing(check: ModuleType, tmp_path: Path, text: str):
    (tmp_path / "document.md").write_text(text)

    assert list(check._missing(tmp_path / "document.md")) == []
