"""Looks and drills of bin/test-deploy and its sisters: run, and reported; and what their programs have in common."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ops.drill import checker, report, runner, timeline
from ops.drill.checker import CheckResult
from ops.drill.runner import Options
from ops.drill.target import Fault, Running, S
from ops.drill.watch import Watch
from ops.launch.data_dir import BASE_DIR
from tests.deploy.containers import Failed
from tests.deploy.engine import NoEngine
from tests.waiting import TooLate

#: The exit code where no engine can run.
_NO_ENGINE = 3
_started = time.monotonic()


def add_voting(parser: argparse.ArgumentParser, rate: float) -> None:
    """Let a program say how much is voted: `--seconds` and `--rate`."""
    parser.add_argument(
        "--seconds", type=float, default=12, help="how long voters vote in each, at least [%(default)s]"
    )
    parser.add_argument("--rate", type=float, default=rate, help="votes per second [%(default)s]")


def exit_code(program: str, unknown: str, folder: Path, test: Callable[[], int]) -> int:
    """Run a test in the project's folder, with a folder of its own; returns the exit code of its program.

    `unknown` says what is not known where no engine can run.
    """
    # Ended from outside, the engine still goes away.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    os.chdir(BASE_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return test()
    except NoEngine as why:
        print(f"{program}: {unknown}: {why}.")
        return _NO_ENGINE
    except (Failed, TooLate) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def say(what: str) -> None:
    """Print a line, with the seconds since the start."""
    print(f"[{time.monotonic() - _started:5.0f} s] {what}", flush=True)


def look(system: S, looks: Sequence[Callable[[S], str]]) -> list[str]:
    """Names of what is not as it should be."""
    wrong = []
    for each in looks:
        try:
            say(each(system))
        except (AssertionError, Failed) as error:
            wrong.append(each.__name__)
            say(f"WRONG: {each.__name__}: {error}")
    return wrong


def drill(system: S, faults: dict[str, Fault[S]], only: str | None, options: Options) -> list[CheckResult]:
    """Inject these faults, or the one of that name, while voters vote."""
    results = []
    for name, fault in faults.items():
        if only not in (None, name):
            continue
        outcome = runner.run(system, name, fault, options, Watch())
        results.append(outcome.result)
        say(f"{name}: {fault.what}")
        for line in timeline.lines(outcome.history, outcome.events):
            print(line)
        print(report.line(outcome.result), flush=True)
        print("".join(f"  {line}\n" for line in outcome.result.evidence), end="")
    return results


def audit(system: Running) -> list[str]:
    """Recompute every total; returns what is wrong."""
    done = system.manage("audit")
    say(f"audit of everything: {done.stdout.strip() or done.stderr.strip()}")
    return ["the audit"] if done.returncode else []


def conclude(results: list[CheckResult], wrong: list[str]) -> int:
    """Say what became of every vote; the exit code."""
    print()
    for result in results:
        print(report.line(result))
    if wrong:
        print(f"Not as it should be: {', '.join(wrong)}.")
    if results:
        whole = checker.together(results)
        votes = f"accepted {whole.accepted:,}, counted {whole.counted:,}"
        print(f"{report.conclusion(results)} {votes}, lost {whole.lost}, twice {whole.twice}, wrong {whole.wrong}.")
    return 0 if not wrong and all(result.clean for result in results) else 1
