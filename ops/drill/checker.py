"""The checker: compares what voters were told, and what screens showed, with the stored rows."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ops.drill.history import History, Observation, Operation, Outcome, Voter
from ops.drill.stored import Ballot, Poll, Stored

#: Seconds within which a closed poll must be final.
FINAL_WITHIN_S = 30.0
#: Seconds that a voter may wait (P4).
SHORT_WAIT_S = 2.0


@dataclass
class CheckResult:
    """The result of a drill. Times are in milliseconds; None without anything to measure."""

    name: str
    #: Presses that were accepted; surely refused; unknown, which may count or not.
    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    #: Accepted presses that count, or that a newer one of the same voter replaced: must be all of them.
    counted: int = 0
    #: Voters with an accepted vote and no ballot.
    lost: int = 0
    #: Votes beyond one for each voter: totals above the ballots, ballots of nobody.
    twice: int = 0
    #: Ballots older than the voter's last accepted press, or of a refused press.
    wrong: int = 0
    #: Votes accepted after the poll was final.
    after_seal: int = 0
    #: Snapshots older than the one before; snapshots that showed more votes than were cast.
    backwards: int = 0
    overshown: int = 0
    #: Whether the last snapshot of every screen equals the ballots.
    last_snapshot: bool = True
    voters: int = 0
    ballots: int = 0
    longest_wait_ms: int = 0
    waits_over_2s: int = 0
    longest_stale_ms: int | None = None
    final_ms: int | None = None
    audit: str = "clean"
    #: The kind of its poll.
    kind: str = ""
    rounds: int = 1
    #: Processes that the drill `random` killed; pauses are not counted.
    kills: int = 0
    seed: int = 0
    #: The history of voters whose vote is lost or wrong.
    evidence: list[str] = field(default_factory=list)
    #: Other failures, a sentence each.
    trouble: list[str] = field(default_factory=list)
    #: What took too long on an otherwise idle machine, a sentence each.
    late: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Tell whether every promise held."""
        in_time = self.final_ms is not None and self.final_ms <= FINAL_WITHIN_S * 1000
        nothing = not any(
            [
                *(self.lost, self.twice, self.wrong, self.after_seal, self.backwards, self.overshown),
                *(self.trouble, self.late),
            ]
        )
        return nothing and in_time and self.last_snapshot and self.audit == "clean" and self.accepted == self.counted


_SUMS = [
    *("rounds", "kills", "accepted", "refused", "unknown", "counted", "lost", "twice", "wrong", "after_seal"),
    *("backwards", "overshown", "voters", "ballots", "waits_over_2s"),
]
_LONGEST = ["longest_wait_ms", "longest_stale_ms", "final_ms"]


def check(name: str, poll: Poll, history: History, stored: Stored, *, final_at: float | None) -> CheckResult:
    """Check one drill. `final_at` is when the poll was final (time.monotonic()), None if it never was."""
    result = CheckResult(name, voters=len(history.voters), ballots=len(stored.ballots))
    outcomes = Counter(operation.outcome for operation in history.operations)
    result.accepted, result.refused = outcomes[Outcome.ACCEPTED], outcomes[Outcome.REFUSED]
    result.unknown = outcomes[Outcome.UNKNOWN]
    _check_voters(result, poll, history.voters, stored)
    if final_at is not None:
        result.after_seal = sum(_accepted_after(operation, final_at) for operation in history.operations)
    _check_screens(result, poll, history, stored)
    waits = [seconds for _, seconds in history.waits]
    result.longest_wait_ms = round(1000 * max(waits, default=0))
    result.waits_over_2s = sum(seconds > SHORT_WAIT_S for seconds in waits)
    return result


def together(results: Sequence[CheckResult]) -> CheckResult:
    """Combine the results of several rounds: sums, the longest times, and all troubles."""
    first, *others = results
    whole = replace(first, trouble=list(first.trouble), late=list(first.late), evidence=list(first.evidence))
    for other in others:
        for name in _SUMS:
            setattr(whole, name, getattr(whole, name) + getattr(other, name))
        for name in _LONGEST:
            times = (getattr(whole, name), getattr(other, name))
            setattr(whole, name, None if None in times else max(times))
        whole.last_snapshot &= other.last_snapshot
        whole.trouble += other.trouble
        whole.late += other.late
        whole.evidence += other.evidence
        if other.audit != "clean":
            whole.audit = other.audit
    return whole


# Votes ---------------------------------------------------------------------------------------------------------------


def _check_voters(result: CheckResult, poll: Poll, voters: Sequence[Voter], stored: Stored) -> None:
    unclaimed = dict(stored.ballots)
    result.counted = result.accepted
    for voter in voters:
        ballot = unclaimed.pop(poll.key(voter.id), None) if voter.id else None
        last = voter.last_accepted
        if ballot is None:
            if last is not None:
                result.lost += 1
                result.counted -= 1
                result.evidence.append(_evidence("lost", voter, None))
        elif not _may_be_stored(voter, ballot):
            result.wrong += 1
            result.counted -= last is not None
            result.evidence.append(_evidence("wrong", voter, ballot))
    # Ballots of nobody, and votes without a ballot.
    result.twice = len(unclaimed) + max(0, sum(stored.totals.values()) - _votes(poll, stored).total())


def _votes(poll: Poll, stored: Stored) -> Counter[int]:
    """Return the votes of each choice by the stored ballots."""
    return sum(map(poll.kind.votes, stored.ballots.values()), Counter[int]())


def _evidence(what: str, voter: Voter, stored: Ballot | None) -> str:
    """Return a voter's history, with the stored ballot, as a sentence."""
    operations = (
        f"{operation.ballot} at {operation.at:.3f}: "
        + ", ".join(
            f"{'again ' if one.again else ''}{one.outcome} ({one.status}) {one.sent:.3f}-{one.ended:.3f}"
            for one in operation.attempts
        )
        for operation in voter.operations
    )
    return f"{what}: voter {voter.id}, stored {stored}, pressed {'; '.join(operations)}"


def _may_be_stored(voter: Voter, ballot: Ballot) -> bool:
    """Tell whether this ballot is the voter's last accepted one, or a later one whose outcome is unknown."""
    stored = next((operation for operation in voter.operations if operation.ballot == ballot), None)
    if stored is None or stored.was_denied:
        return False
    last = voter.last_accepted
    return last is None or stored.at >= last.at


def _accepted_after(operation: Operation, moment: float) -> bool:
    return any(one.sent > moment and one.outcome is Outcome.ACCEPTED and not one.again for one in operation.attempts)


# Screens -------------------------------------------------------------------------------------------------------------


def _check_screens(result: CheckResult, poll: Poll, history: History, stored: Stored) -> None:
    pressed: dict[int | None, list[float]] = {}
    for voter in history.voters:
        if voter.operations:
            pressed.setdefault(None, []).append(voter.operations[0].at)
        for operation in voter.operations:
            for choice, votes in poll.kind.votes(operation.ballot).items():
                pressed.setdefault(choice, []).extend([operation.at] * votes)
    for times in pressed.values():
        times.sort()
    accepted = sorted(at for voter in history.voters if (at := voter.first_accepted_at) is not None)
    stales = [stale for screen in history.screens if (stale := _longest_stale(screen, accepted)) is not None]
    result.longest_stale_ms = round(1000 * max(stales)) if stales else None
    counted = _votes(poll, stored)
    for screen in history.screens:
        result.backwards += _backwards(screen)
        result.overshown += sum(_shows_too_much(observation, pressed) for observation in screen)
        result.last_snapshot &= bool(screen) and _equals(screen[-1], stored, counted)


def _longest_stale(screen: Sequence[Observation], accepted: Sequence[float]) -> float | None:
    """Return the longest time in seconds from N accepted voters to the first snapshot with N voters.

    None if a screen never showed them all: then its last snapshot is wrong as well.
    """
    observations = iter(screen)
    now = next(observations, None)
    longest = 0.0
    for number, moment in enumerate(accepted, start=1):
        while now is not None and now.voters < number:
            now = next(observations, None)
        if now is None:
            return None
        longest = max(longest, now.at - moment)
    return longest


def _backwards(screen: Sequence[Observation]) -> int:
    """Return how often a screen went back to an older version, or to fewer voters."""
    return sum(newer.version < older.version or newer.voters < older.voters for older, newer in pairwise(screen))


def _shows_too_much(observation: Observation, pressed: dict[int | None, list[float]]) -> bool:
    """Tell whether a snapshot has more voters, or more votes for a choice, than had been cast by then."""
    shown = [(None, observation.voters), *observation.votes.items()]
    return any(votes > bisect_right(pressed.get(choice, []), observation.at) for choice, votes in shown)


def _equals(observation: Observation, stored: Stored, counted: Counter[int]) -> bool:
    same = all(votes == counted[choice] for choice, votes in observation.votes.items())
    return same and observation.voters == len(stored.ballots) and observation.state == stored.state
