"""Pages are compared with what commands say: the comparison has to be able to fail."""

from pathlib import Path

import pytest

from tests.lab import matching, newcomer, pages
from tests.lab.pages import Command


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (["vote-12@vm  running  3 s"], ["vote-2805@class-7     running  12\u202fs"]),
        (["at 12:34:56: killed after 1.2 s"], ["at 09:00:01.250: killed after 340 ms"]),
        (['{"pid": 4711}', "127.0.0.1:30617"], ['{"pid": 3}', "127.0.0.1:21000"]),
        (["id 0198c0de-0000-7000-8000-000000000001"], ["id 0198beef-1234-7abc-9def-0123456789ab"]),
        (["received … votes", "…", "0 lost"], ["received 300 votes", "waiting 1", "", "0 lost"]),
        (["…", "end"], ["end"]),
        (["172.18.0.2 redis", "Up 40 seconds (healthy)"], ["172.19.1.12   redis", "Up About a minute (healthy)"]),
    ],
)
def test_what_differs_from_run_to_run_is_the_same(expected: list[str], got: list[str]) -> None:
    assert matching.mismatch(expected, got) is None


@pytest.mark.parametrize(
    ("expected", "got", "line"),
    [
        (["visits 3"], ["visits 4"], 0),
        (["worker-1 counts"], ["worker-2 counts"], 0),
        (["127.0.0.1:8080"], ["127.0.0.1:8081"], 0),
        (["…", "0 lost"], ["1 lost"], 1),
        (["received", "counted"], ["received", "lost"], 1),
        (["received"], ["received", "lost"], 1),
        (["received"], [], 0),
    ],
)
def test_the_first_line_that_is_not_there_is_found(expected: list[str], got: list[str], line: int) -> None:
    assert matching.mismatch(expected, got) == line


_PAGE = """\
1. Start it:

   ```console
   $ bin/up \\
       --workers 1
   …
   $ true
   ```

```docker-console
$ docker compose ps
```
"""


def test_commands_are_read_with_their_output_and_line(tmp_path: Path) -> None:
    page = tmp_path / "1-a.md"
    page.write_text(_PAGE)
    console, docker = pages.blocks(page)

    up = Command("bin/up \\\n    --workers 1", ("…",), 4)
    assert pages.commands(console) == [up, Command("true", (), 7)]
    assert (docker.language, docker.line) == (pages.DOCKER, 11)


def test_a_lesson_that_is_out_of_date_says_where() -> None:
    page = pages.LAB / "1-one-counter.md"
    command = Command("echo b", ("…", "a"), 7)

    assert newcomer.difference(page, command, ["b"], 1).splitlines() == [
        "docs/lab/1-one-counter.md:7: the lesson is out of date",
        "$ echo b",
        "expected (> is the first line that is not there):",
        "  …",
        "> a",
        "got:",
        "  b",
    ]
