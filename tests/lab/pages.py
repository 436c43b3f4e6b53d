"""The lessons of docs/lab/ as data: their code blocks, and the commands of these with the output that is printed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.launch.data_dir import BASE_DIR

LAB = BASE_DIR / "docs" / "lab"
SPANISH = LAB / "es"
#: Fences of blocks that are run: with bin/up here, with Docker by bin/test-deploy.
CONSOLE, DOCKER = "console", "docker-console"
#: Stands, as a command, for Ctrl-C in the window where bin/up was started last.
CTRL_C = "^C"

_FENCE = re.compile(r"^\s*```([\w-]*)\s*$")


@dataclass(frozen=True)
class Block:
    """A code block: its language, its lines without their common indent, and the line of the first one."""

    language: str
    lines: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Command:
    """A command of a page, the output that stands below it, and its line there."""

    text: str
    output: tuple[str, ...]
    line: int


def lessons(folder: Path = LAB) -> list[Path]:
    """Return the pages of the lessons in their order; their names begin with a number."""
    return sorted(folder.glob("[0-9]*.md"))


def blocks(page: Path) -> list[Block]:
    """Return the code blocks of a page. A block in a list is indented as its item is."""
    return list(_blocks(page.read_text().splitlines()))


def _blocks(lines: list[str]) -> Iterator[Block]:
    first, language, indent = 0, "", 0
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if fence and not first:
            first, language, indent = number + 1, fence[1], len(line) - len(line.lstrip())
        elif fence:
            inside = lines[first - 1 : number - 1]
            yield Block(language, tuple(text[indent:] if text[:indent].isspace() else text for text in inside), first)
            first = 0
    assert not first, f"the code block of line {first - 1} has no end"


def commands(block: Block) -> list[Command]:
    """Return what a block of CONSOLE or DOCKER runs: each `$ command`, with the lines up to the next one."""
    starts = [n for n, text in enumerate(block.lines) if text.startswith("$ ") or text == CTRL_C]
    assert starts[:1] == [0], f"the block of line {block.line} begins with no command"
    return [_command(block, start, end) for start, end in zip(starts, [*starts[1:], len(block.lines)], strict=True)]


def all_commands(language: str) -> list[tuple[Path, Command]]:
    """Return what blocks of that language run in all lessons, each command with its page."""
    found = [(page, block) for page in lessons() for block in blocks(page)]
    return [(page, each) for page, block in found if block.language == language for each in commands(block)]


def _command(block: Block, start: int, end: int) -> Command:
    last = start
    while block.lines[last].endswith("\\"):
        last += 1
    text = "\n".join(block.lines[start : last + 1]).removeprefix("$ ")
    return Command(text, block.lines[last + 1 : end], block.line + start)
