"""bin/test: everything that is checked, on servers of its own."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.servers import throw_away
from tests.waiting import eventually

_DESCRIPTION = """\
Runs everything that is checked: the linter, the formatter, the type checker, the documents, whether a migration is
missing, and the tests, on a throw-away PostgreSQL and Valkey of their own; it can run beside bin/up. Any other argument
goes to pytest, and then only the tests run (-m alone doesn't count): `bin/test -k sealed` is quick."""

_LINTERS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy": ["mypy", "."],
    "documents": ["python", "docs/check.py"],
}
_START_S = 120


def main() -> int:
    """Run the checks and return the exit code: 0 when all passed."""
    parser = argparse.ArgumentParser("bin/test", description=_DESCRIPTION)
    parser.add_argument("--all", action="store_true", help="also what is marked slow")
    parser.add_argument("--lint", action="store_true", help="only what needs no server (pre-commit runs that)")
    parser.add_argument("-m", metavar="MARKERS", help="only tests with these markers: -m 'not browser'")
    options, rest = parser.parse_known_args()
    if options.lint and rest:
        parser.error(f"--lint runs no tests: {' '.join(rest)} is for pytest.")
    os.chdir(Path(__file__).parent.parent)
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
    # Ended from outside, the servers still go away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        failed = [] if rest else [name for name, command in _LINTERS.items() if not _passes(name, command)]
        if not options.lint:
            failed += _on_servers(["pytest", "-m", _markers(options.m, slow=options.all), *rest])
    except KeyboardInterrupt:
        return 130
    if failed:
        print(f"bin/test: failed: {', '.join(failed)}")
    return 1 if failed else 0


def _markers(asked: str | None, *, slow: bool) -> str:
    """The marker expression for pytest: slow tests only with --all, or when asked for by name."""
    if slow or (asked and "slow" in asked):
        return asked or ""
    return f"({asked}) and not slow" if asked else "not slow"


def _on_servers(pytest: Sequence[str]) -> list[str]:
    """Names of what failed of the checks that need servers."""
    checks = {
        "static files": ["python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
        # Last: the output ends with its summary.
        "tests": pytest,
    }
    with throw_away() as environment:
        os.environ |= environment
        eventually(_postgres_answers, _START_S, "the throw-away PostgreSQL")
        return [name for name, command in checks.items() if not _passes(name, command)]


def _passes(name: str, command: Sequence[str]) -> bool:
    print(f"== {name}", flush=True)
    return subprocess.run(command, check=False).returncode == 0


def _postgres_answers() -> bool:
    import psycopg

    try:
        psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=2).close()
    except psycopg.OperationalError:
        time.sleep(0.1)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
