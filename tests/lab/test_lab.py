"""The lessons of docs/lab/: their commands are run as they stand there, with the output that is printed."""

import re
from pathlib import Path

import pytest

from tests.lab import pages
from tests.lab.newcomer import Newcomer
from tests.lab.pages import LAB, SPANISH

LESSONS = pages.lessons()
#: The lesson that bin/test types without --all, too. The others take a minute each, and the fifth takes some.
_QUICK = "3-compose.md"

each_lesson = pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.stem)


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[] if page.name == _QUICK else [pytest.mark.slow], id=page.stem) for page in LESSONS],
)
def test_a_lesson_prints_what_its_commands_say(page: Path, tmp_path: Path) -> None:
    with Newcomer(tmp_path / "votingsite") as newcomer:
        for block in pages.blocks(page):
            if block.language == pages.CONSOLE:
                for command in pages.commands(block):
                    newcomer.type(page, command)


@each_lesson
def test_both_languages_have_the_same_code_blocks(page: Path) -> None:
    english, spanish = (
        [(block.language, block.lines) for block in pages.blocks(folder / page.name)] for folder in (LAB, SPANISH)
    )

    assert spanish == english


@pytest.mark.parametrize("folder", [LAB, SPANISH], ids=["en", "es"])
def test_the_table_of_contents_names_every_lesson(folder: Path) -> None:
    named = set(re.findall(r"\]\((\d[\w-]*\.md)", (folder / "README.md").read_text()))

    assert named >= {page.name for page in pages.lessons(folder)} == {page.name for page in LESSONS}
