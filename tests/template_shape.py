"""Checks the shape of templates: as djangofmt makes it, in lines of 120 characters at most. bin/test --lint runs it.

Where white space between two inline elements would be seen, djangofmt breaks lines inside of tags; Django's own tags
can't be broken: what is long there goes into a template, a tag or a view of its own.
"""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path

LONGEST = 120
_TEMPLATES = Path("templates")


def main() -> int:
    """Say what is wrong, with file and line; the exit code is 0 when nothing is."""
    files = sorted(path for path in _TEMPLATES.rglob("*") if path.is_file())
    with ThreadPoolExecutor() as formatters:
        wrong = [line for found in formatters.map(lambda path: list(check(path)), files) for line in found]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


def check(path: Path) -> Iterator[str]:
    """Yield what is wrong with a template: each long line, and the first one that djangofmt would write otherwise."""
    text = path.read_text()
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST:
            yield f"{path}:{number}: {len(line)} characters, of {LONGEST} at most"
    if path.suffix == ".html":
        yield from _formatted(path, text)


def _formatted(path: Path, text: str) -> Iterator[str]:
    command = ["djangofmt", "--quiet", "--stdin-filename", str(path)]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield f"{path}: djangofmt can't read it: {done.stderr.strip()}"
        return
    for number, (line, wanted) in enumerate(zip_longest(text.splitlines(), done.stdout.splitlines()), 1):
        if line != wanted:
            yield f"{path}:{number}: not as djangofmt writes it; `.venv/bin/djangofmt templates` does"
            return


if __name__ == "__main__":
    sys.exit(main())
