"""bin/test: everything that is checked, on servers of its own."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from tests.parallel import SERVERS, WORKERS
from tests.servers import last_words, scratch, throw_away_several
from tests.waiting import TooLate, eventually

_DESCRIPTION = """\
Runs everything that is checked: the linter, the formatter, the type checker, templates, documents, whether a migration
is missing, and the tests, in several processes, each with a throw-away PostgreSQL and Valkey of its own; it can run
beside bin/up. Any other argument goes to pytest, and then only the tests run (-m and -n alone don't count), in one
process unless -n says otherwise. What is marked slow runs with --all, and when you name tests (`-k sealed`, a path)."""

_LINTERS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy": ["mypy", "."],
    "templates": ["python", "-m", "tests.template_shape"],
    "documents": ["python", "docs/check.py"],
    "licences": ["python", "-m", "tests.dependencies", "--licences", "--quiet"],
}
_ON_SERVERS = {
    "static files": ["python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
}
_START_S = 120


def main() -> int:
    """Run the checks and return the exit code: 0 when all passed."""
    parser = argparse.ArgumentParser("bin/test", description=_DESCRIPTION)
    parser.add_argument("--all", action="store_true", help="also what is marked slow")
    parser.add_argument("--lint", action="store_true", help="only what needs no server (pre-commit runs that)")
    parser.add_argument("-m", metavar="MARKERS", help="only tests with these markers: -m 'not browser'")
    parser.add_argument("-n", metavar="PROCESSES", type=int, help=f"how many processes run the tests ({WORKERS})")
    options, rest = parser.parse_known_args()
    if options.lint and rest:
        parser.error(f"--lint runs no tests: {' '.join(rest)} is for pytest.")
    os.chdir(Path(__file__).parent.parent)
    # Hundreds of processes would each compile our modules anew: three times the work.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Of a part that somebody has run in this shell: a web service waits for stores in another way.
    for name in ("ROLE", "DOOR"):
        os.environ.pop(name, None)
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
    # A shell lets what it starts in the background ignore SIGINT, and so would every program that a test interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Ended from outside, the servers still go away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        linters = {} if rest else _begin(_LINTERS)
        if options.lint:
            failed = _failures(linters)
        else:
            workers = options.n or (1 if rest else WORKERS)
            markers = _markers(options.m, slow=options.all or _names_tests(rest))
            failed = _on_servers(["pytest", "-m", markers, *rest], workers, linters)
    except KeyboardInterrupt:
        return 130
    if failed:
        print(f"bin/test: failed: {', '.join(failed)}")
    return 1 if failed else 0


def _markers(asked: str | None, *, slow: bool) -> str:
    """The marker expression for pytest: slow tests only with --all, or when tests are named, or this marker."""
    if slow or (asked and "slow" in asked):
        return asked or ""
    return f"({asked}) and not slow" if asked else "not slow"


def _names_tests(arguments: Sequence[str]) -> bool:
    """Tell whether arguments for pytest name tests: by a word of their names, or by a path."""
    return any(word.startswith("-k") or Path(word.partition("::")[0]).exists() for word in arguments)


def _begin(commands: Mapping[str, Sequence[str]]) -> dict[str, subprocess.Popen[str]]:
    """Start these, all at once."""
    environment = {**os.environ, "FORCE_COLOR": "1"} if sys.stdout.isatty() else None
    begin = partial(subprocess.Popen, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    return {name: begin(command) for name, command in commands.items()}


def _failures(begun: Mapping[str, subprocess.Popen[str]]) -> list[str]:
    """Print what each of these says, one after the other; return the names of those that fail."""
    for name, process in begun.items():
        said, _ = process.communicate()
        print(f"== {name}\n{said}", end="", flush=True)
    return [name for name, process in begun.items() if process.returncode]


def _on_servers(pytest: Sequence[str], workers: int, linters: Mapping[str, subprocess.Popen[str]]) -> list[str]:
    """Names of what failed, of these linters too. With several workers, each has its own servers."""
    with scratch(), throw_away_several(workers) as environments:
        os.environ |= environments[0]
        for environment in environments:
            _wait_for_postgres(environment)
        failed = [name for name, command in _ON_SERVERS.items() if not _passes(name, command)] + _failures(linters)
        if workers > 1:
            _share_static_files(environments)
            os.environ[SERVERS] = json.dumps(environments)
            pytest = [*pytest, "-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]
        # Last: the output ends with its summary.
        return failed if _passes("tests", pytest) else [*failed, "tests"]


def _wait_for_postgres(environment: Mapping[str, str]) -> None:
    try:
        eventually(partial(_postgres_answers, environment["DATABASE_URL"]), _START_S, "the throw-away PostgreSQL")
    except TooLate as error:
        sys.exit(f"bin/test: {error}. The last lines of its log:\n{last_words(environment)}")


def _share_static_files(environments: Sequence[Mapping[str, str]]) -> None:
    """Give each worker's data folder the static files that were collected into the first one."""
    first, *others = (Path(environment["DATA_DIR"]) / "static" for environment in environments)
    for other in others:
        shutil.copytree(first, other)


def _passes(name: str, command: Sequence[str]) -> bool:
    print(f"== {name}", flush=True)
    return subprocess.run(command, check=False).returncode == 0


def _postgres_answers(url: str) -> bool:
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        time.sleep(0.1)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
