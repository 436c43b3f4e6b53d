"""`manage.py drill NAME --beside PATH`: the same voters and the same fault, here and at the sample app."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TextIO, cast

from core.telemetry.drills import Sign
from ops.drill import report, runner, timeline
from ops.drill.checker import CheckResult, check
from ops.drill.faults import FAULTS
from ops.drill.history import History, Outcome
from ops.drill.report import seconds
from ops.drill.runner import Options, Run
from ops.drill.sample import checkout
from ops.drill.sample.app import SampleApp
from ops.drill.sample.voters import SampleVoter
from ops.drill.stored import Ballot, Poll
from ops.drill.system import System
from ops.drill.target import Target
from ops.drill.watch import Terminal
from ops.drill.workload import Workload

#: Drills whose faults need nothing of ours: they kill, pause and wait.
NAMES = (
    *("kill-db", "kill-redis", "kill-worker", "kill-vote", "kill-result"),
    *("pause-redis", "pause-worker", "pause-vote"),
)
#: Presses at most: the sample app's worker stores some ten votes a second.
MOST_PRESSES = 3000

_NOTES = """\
One after the other, with the same voters, the same fault at the same moment, and --seed {seed}. Of the sample app
- vote and result run as they are, without Docker: a hook leads their hosts redis and db to ports of this machine;
- the worker is our port of worker/Program.cs to Python, step by step, since the original needs .NET;
- Redis is a Valkey with default settings, like its image: it writes to the disk now and then;
- what ended by itself stayed away, since its compose file starts nothing again; but at the end the worker was started,
  so that votes which only wait do not count as lost.
"""
_KILLED = """\
What was killed was started again after {away:.1f} s at both: here bin/up does that, there nothing would.
"""
_ROWS: list[tuple[str, Callable[[CheckResult], str]]] = [
    ("told: accepted", lambda result: f"{result.accepted:,}"),
    ("told: not recorded", lambda result: f"{result.refused:,}"),
    ("told: an error, or nothing", lambda result: f"{result.unknown:,}"),
    ("longest wait", lambda result: seconds(result.longest_wait_ms)),
    ("counted, of those accepted", lambda result: f"{result.counted:,}"),
    ("voters whose vote is lost", lambda result: f"{result.lost:,}"),
    ("counted twice", lambda result: f"{result.twice:,}"),
    ("wrong: an older vote counts", lambda result: f"{result.wrong:,}"),
    ("all counted after", lambda result: seconds(result.final_ms)),
]


def run_beside(
    name: str, path: Path, options: Options, out: TextIO, *, as_json: bool, tell: Callable[[Run], None]
) -> list[CheckResult]:
    """Run the drill here and at the sample app, and print both ledgers. Returns our result; `tell` gets our run.

    Raises NotUsableError before anything starts, if that checkout can't be run.
    """
    checkout.require(path)
    said = sys.stderr if as_json else out
    with TemporaryDirectory(prefix="votingsite-beside-", ignore_cleanup_errors=True) as name_:
        folder = Path(name_).resolve()
        said.write("Installing the packages of the sample app in a folder of its own.\n")
        said.flush()
        checkout.install(path, folder)
        watch = Terminal(2, said, slow=options.slow)
        with watch.bar:
            with runner.a_copy() as system:
                watch.starts(system)
                ours = runner.run(system, name, FAULTS[name], options, watch)
                away_s = system.away_s()
            watch.bar.is_over()
            theirs = _run_sample(folder, name, away_s, options, watch)
            watch.bar.is_over()
    if as_json:
        out.write(f"{report.as_json([ours.result, theirs.result])}\n")
    else:
        out.writelines(f"{line}\n" for line in _lines(ours, theirs, _notes(options, away_s)))
    tell(ours)
    return [ours.result]


class _SamplePoll(Poll):
    """The sample app's one poll. It stores a vote under the id in the voter's cookie."""

    def key(self, voter_id: str) -> str:
        """Return the key under which a voter's ballot is stored."""
        return voter_id


class _SampleTarget(Target[System]):
    """The sample app as a target. These faults use of a system only what it has, too."""

    def close(self, sign: Sign = Sign.PHASE) -> None:
        """Let everything be counted: its polls have no end. Notes what has ended by itself."""
        app = cast("SampleApp", self.system)
        self.trouble += [_how_it_ended(app, part, code) for part, code in app.ended().items()]
        started = time.monotonic()
        self.say("the worker counts what is waiting", sign)
        app.wait_counted()
        self.final_ms = round(1000 * (time.monotonic() - started))


def _how_it_ended(app: SampleApp, part: str, code: int) -> str:
    """Return a sentence. The worker says last which vote it had popped, and what happened then."""
    after = f", after: {' / '.join(app.last_lines(part))}" if part in app.workers else ""
    return f"its {part} ended by itself, with exit code {code}{after}"


def _dropped(history: History, ever_stored: set[tuple[str, Ballot]]) -> Iterator[str]:
    """Yield a sentence if accepted votes were never stored, which a newer one of the same voter may hide."""
    accepted = [
        (voter.id, operation.ballot)
        for voter in history.voters
        for operation in voter.operations
        if operation.outcome is Outcome.ACCEPTED
    ]
    if never := sum(vote not in ever_stored for vote in accepted):
        yield f"{never:,} of {len(accepted):,} accepted votes never stored; a newer one of the same voter may count"


def _run_sample(folder: Path, name: str, away_s: float, options: Options, watch: Terminal) -> Run:
    """Run the drill at the sample app."""
    label = f"{name}, sample app"
    # It takes any text for a vote. With twelve a lost change of mind is noticed, as in ours.
    poll = _SamplePoll(1, "sample", "", tuple(range(1, runner.CHOICES + 1)))
    votes = [(choice,) for choice in poll.choices]
    watch.happens(label, "the sample app starts", {})
    with (
        _running(SampleApp(folder, away_s)) as app,
        Workload(
            [f"{app.vote_url}/"], "", votes, rate=options.rate, screens=0, seed=options.seed, voter=SampleVoter
        ) as workload,
    ):
        target = _SampleTarget(
            cast("System", app),
            poll.slug,
            Random(options.seed),  # noqa: S311 -- a drill is to be repeated, not to be secret
            lambda event: watch.happens(label, str(event), workload.progress.operations),
        )
        trouble = runner.vote(workload, FAULTS[name], target, options.seconds)
        history = workload.end()
        result = check(label, poll, history, app.stored(), final_at=None)
        dropped = _dropped(history, app.ever_stored())
    result.final_ms, result.seed, result.audit = target.final_ms, options.seed, "none"
    result.trouble = [*trouble, *target.trouble, *dropped]
    return Run(result, history, target.events, FAULTS[name].what, poll)


@contextmanager
def _running(app: SampleApp) -> Iterator[SampleApp]:
    """Run the sample app during this block; no process of it remains."""
    try:
        app.start()
        yield app
    finally:
        with runner.undisturbed():
            app.destroy()


def _notes(options: Options, away_s: float) -> str:
    """Return what a reader of the table has to know; without kills `away_s` is 0."""
    return _NOTES.format(seed=options.seed) + (_KILLED.format(away=away_s) if away_s else "")


def _lines(ours: Run, theirs: Run, notes: str) -> Iterator[str]:
    """Return the lines of the report: what voters saw second by second, then both ledgers."""
    for one_run in (ours, theirs):
        yield f"\n{one_run.result.name}"
        yield from timeline.lines(one_run.history, one_run.events)
    results = ours.result, theirs.result
    yield f"\n{ours.result.name:30}{'here':>12}{'sample app':>12}"
    for title, cell in _ROWS:
        yield f"{title:30}" + "".join(f"{cell(result):>12}" for result in results)
    yield ""
    for title, result in zip(("Here", "Sample app"), results, strict=True):
        yield from (f"{title}: {trouble.rstrip('.')}." for trouble in report.troubles(result))
    yield f"\n{notes}\n{report.conclusion([ours.result])}"
