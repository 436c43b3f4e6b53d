"""The verdict: what voters were told and screens showed, held against what is stored."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ops.drill.history import Answer, History, Press, Sighting, Voter
from ops.drill.stored import Poll, Stored

#: Seconds in which a poll that is closed has to be final.
FINAL_WITHIN_S = 30.0
#: Seconds that a voter should wait at most (P4).
SHORT_WAIT_S = 2.0


@dataclass
class Verdict:
    """What a drill has found. Times are in milliseconds; None where there was nothing to measure."""

    name: str
    #: Presses answered with success; refused for sure; and the others, which may count or not.
    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    #: Accepted presses that count, or gave way to a newer one of the same voter: all of them, or votes are gone.
    counted: int = 0
    #: Voters with an accepted vote and no ballot.
    lost: int = 0
    #: Votes beyond one a voter: totals above the ballots, ballots of nobody.
    twice: int = 0
    #: Ballots older than the voter's last accepted press, or of a press that was refused.
    wrong: int = 0
    #: Votes accepted after the poll was final.
    after_seal: int = 0
    #: Snapshots older than the one before, and snapshots that showed more than was cast.
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
    rounds: int = 1
    #: Of `random`: processes that were killed; pauses come on top.
    kills: int = 0
    seed: int = 0
    #: All that the voters did whose vote is lost or wrong.
    evidence: list[str] = field(default_factory=list)
    #: What else went wrong, in a sentence each.
    trouble: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether everything that was promised held."""
        in_time = self.final_ms is not None and self.final_ms <= FINAL_WITHIN_S * 1000
        nothing = not any(
            [self.lost, self.twice, self.wrong, self.after_seal, self.backwards, self.overshown, self.trouble]
        )
        return nothing and in_time and self.last_snapshot and self.audit == "clean" and self.accepted == self.counted


_SUMS = [
    *("rounds", "kills", "accepted", "refused", "unknown", "counted", "lost", "twice", "wrong", "after_seal"),
    *("backwards", "overshown", "voters", "ballots", "waits_over_2s"),
]
_LONGEST = ["longest_wait_ms", "longest_stale_ms", "final_ms"]


def judge(name: str, poll: Poll, history: History, stored: Stored, *, final_at: float | None) -> Verdict:
    """The verdict on one drill; `final_at` is when the poll was final."""
    verdict = Verdict(name, voters=len(history.voters), ballots=len(stored.ballots))
    outcomes = Counter(press.outcome for press in history.presses)
    verdict.accepted, verdict.refused = outcomes[Answer.ACCEPTED], outcomes[Answer.REFUSED]
    verdict.unknown = outcomes[Answer.UNKNOWN]
    _judge_voters(verdict, poll, history.voters, stored)
    if final_at is not None:
        verdict.after_seal = sum(_accepted_after(press, final_at) for press in history.presses)
    _judge_screens(verdict, history, stored)
    waits = [seconds for _, seconds in history.waits]
    verdict.longest_wait_ms = round(1000 * max(waits, default=0))
    verdict.waits_over_2s = sum(seconds > SHORT_WAIT_S for seconds in waits)
    return verdict


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict on several rounds of a drill: sums, the longest times, and all troubles."""
    first, *others = verdicts
    whole = replace(first, trouble=list(first.trouble), evidence=list(first.evidence))
    for other in others:
        for name in _SUMS:
            setattr(whole, name, getattr(whole, name) + getattr(other, name))
        for name in _LONGEST:
            times = (getattr(whole, name), getattr(other, name))
            setattr(whole, name, None if None in times else max(times))
        whole.last_snapshot &= other.last_snapshot
        whole.trouble += other.trouble
        whole.evidence += other.evidence
        if other.audit != "clean":
            whole.audit = other.audit
    return whole


# Votes ---------------------------------------------------------------------------------------------------------------


def _judge_voters(verdict: Verdict, poll: Poll, voters: Sequence[Voter], stored: Stored) -> None:
    unclaimed = dict(stored.ballots)
    verdict.counted = verdict.accepted
    for voter in voters:
        choice = unclaimed.pop(poll.key(voter.id), None) if voter.id else None
        last = voter.last_accepted
        if choice is None:
            if last is not None:
                verdict.lost += 1
                verdict.counted -= 1
                verdict.evidence.append(_evidence("lost", voter, None))
        elif not _may_be_stored(voter, choice):
            verdict.wrong += 1
            verdict.counted -= last is not None
            verdict.evidence.append(_evidence("wrong", voter, choice))
    # Ballots of nobody, and votes that no ballot stands for.
    verdict.twice = len(unclaimed) + max(0, sum(stored.totals.values()) - len(stored.ballots))


def _evidence(what: str, voter: Voter, stored: int | None) -> str:
    """All that a voter did, and what is stored of it."""
    presses = (
        f"{press.choice} at {press.at:.3f}: "
        + ", ".join(
            f"{'again ' if one.again else ''}{one.answer} ({one.status}) {one.sent:.3f}-{one.ended:.3f}"
            for one in press.tries
        )
        for press in voter.presses
    )
    return f"{what}: voter {voter.id}, stored {stored}, pressed {'; '.join(presses)}"


def _may_be_stored(voter: Voter, choice: int) -> bool:
    """Whether this choice is the voter's last accepted press, or a later one of which nobody knows."""
    stored = next((press for press in voter.presses if press.choice == choice), None)
    if stored is None or stored.was_denied:
        return False
    last = voter.last_accepted
    return last is None or stored.at >= last.at


def _accepted_after(press: Press, moment: float) -> bool:
    return any(one.sent > moment and one.answer is Answer.ACCEPTED and not one.again for one in press.tries)


# Screens -------------------------------------------------------------------------------------------------------------


def _judge_screens(verdict: Verdict, history: History, stored: Stored) -> None:
    pressed: dict[int | None, list[float]] = {}
    for voter in history.voters:
        if voter.presses:
            pressed.setdefault(None, []).append(voter.presses[0].at)
        for press in voter.presses:
            pressed.setdefault(press.choice, []).append(press.at)
    for times in pressed.values():
        times.sort()
    accepted = sorted(at for voter in history.voters if (at := voter.first_accepted_at) is not None)
    stales = [stale for screen in history.screens if (stale := _longest_stale(screen, accepted)) is not None]
    verdict.longest_stale_ms = round(1000 * max(stales)) if stales else None
    for screen in history.screens:
        verdict.backwards += _backwards(screen)
        verdict.overshown += sum(_shows_too_much(sighting, pressed) for sighting in screen)
        verdict.last_snapshot &= bool(screen) and _equals(screen[-1], stored)


def _longest_stale(screen: Sequence[Sighting], accepted: Sequence[float]) -> float | None:
    """Seconds from the moment when N voters' votes had been accepted to the first sight of N voters: the longest.

    None if a screen never showed them all: then its last snapshot is wrong as well.
    """
    sightings = iter(screen)
    now = next(sightings, None)
    longest = 0.0
    for number, moment in enumerate(accepted, start=1):
        while now is not None and now.voters < number:
            now = next(sightings, None)
        if now is None:
            return None
        longest = max(longest, now.at - moment)
    return longest


def _backwards(screen: Sequence[Sighting]) -> int:
    """How often a screen went back: to an older version, or to fewer voters."""
    return sum(newer.version < older.version or newer.voters < older.voters for older, newer in pairwise(screen))


def _shows_too_much(sighting: Sighting, pressed: dict[int | None, list[float]]) -> bool:
    """Whether there are more voters, or votes for a choice, than had been cast at that moment."""
    shown = [(None, sighting.voters), *sighting.votes.items()]
    return any(votes > bisect_right(pressed.get(choice, []), sighting.at) for choice, votes in shown)


def _equals(sighting: Sighting, stored: Stored) -> bool:
    counted = Counter(stored.ballots.values())
    same = all(votes == counted[choice] for choice, votes in sighting.votes.items())
    return same and sighting.voters == len(stored.ballots) and sighting.state == stored.state
