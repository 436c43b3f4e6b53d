"""A room: phones that arrive one after the other, and the count of their votes in the end."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp

from ops.drill.ranks import percentile
from ops.loadtest.phone import Notes, Phone

#: Seconds for the last votes to be counted.
_COUNTED_WITHIN_S = 30.0
#: A room is held if 99 % have their page, and an accepted vote, within so many seconds.
HELD_WITHIN_S = 1.0


@dataclass(frozen=True)
class Plan:
    """The number of phones, the seconds in which they arrive, and those that they stay afterwards."""

    phones: int
    arrive_s: float
    stay_s: float


@dataclass
class Verdict:
    """The measurements of a room. Times are in seconds; None without anything to measure."""

    phones: int
    arrive_s: float
    page_p50_s: float | None = None
    page_p99_s: float | None = None
    vote_p50_s: float | None = None
    vote_p99_s: float | None = None
    stale_p99_s: float | None = None
    accepted: int = 0
    counted: int = 0
    failures: dict[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """Return the number of votes that were accepted and are not counted."""
        return self.accepted - self.counted

    @property
    def is_held(self) -> bool:
        """Tell whether everybody voted soon enough, and every vote counts."""
        times = (self.page_p99_s, self.vote_p99_s)
        in_time = all(seconds is not None and seconds <= HELD_WITHIN_S for seconds in times)
        return in_time and not self.failures and self.lost == 0 and self.accepted == self.phones

    @property
    def sentence(self) -> str:
        """Return the measurements as a sentence."""
        holds = "holds" if self.is_held else "does not hold"
        failures = ", ".join(f"{number:,} times {what}" for what, number in sorted(self.failures.items()))
        parts = [
            f"99 % have their page within {_seconds(self.page_p99_s)}",
            f"their vote accepted within {_seconds(self.vote_p99_s)}",
            f"screens are {_seconds(self.stale_p99_s)} behind at most",
            f"{self.accepted:,} votes accepted, {self.lost:,} lost",
            *([failures] if failures else []),
        ]
        return f"This system {holds} {self.phones:,} phones arriving within {self.arrive_s:g} s: {'; '.join(parts)}."

    def as_dict(self) -> dict[str, Any]:
        """Return the measurements for programs."""
        return {**asdict(self), "lost": self.lost, "held": self.is_held, "sentence": self.sentence}


def _seconds(seconds: float | None) -> str:
    return "no time that was measured" if seconds is None else f"{seconds:.2f} s"


class ReachError(Exception):
    """The poll can't be reached; the text is a sentence for people."""


async def run(page: str, plan: Plan, progress: Callable[[Notes], None]) -> Verdict:
    """Let the phones of a plan come to this vote page. Raises ReachError if it is none."""
    notes, before = Notes(), await _voters(page)
    started = time.monotonic()
    until = started + plan.arrive_s + plan.stay_s
    phones = []
    for number in range(plan.phones):
        await asyncio.sleep(max(0.0, started + number * plan.arrive_s / plan.phones - time.monotonic()))
        phones.append(asyncio.create_task(Phone(page, before, notes).live(until)))
        progress(notes)
    while not all(phone.done() for phone in phones):
        await asyncio.wait(phones, timeout=0.5)
        progress(notes)
    await asyncio.gather(*phones)
    return _verdict(plan, notes, await _counted(page, before, len(notes.accepted)))


async def _voters(page: str) -> int:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{page}results.json") as answer:
            if answer.status != 200:
                raise ReachError(f"{page} answers {answer.status}. Name the address of an open poll's vote page.")
            return int((await answer.json())["voters"])
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError) as error:
        raise ReachError(f"{page} can't be reached: {error}. Start the system, or name another --url.") from None


async def _counted(page: str, before: int, accepted: int) -> int:
    """Wait until so many votes are counted, for a limited time; return how many are."""
    end = time.monotonic() + _COUNTED_WITHIN_S
    while (counted := await _voters(page) - before) < accepted and time.monotonic() < end:
        await asyncio.sleep(0.2)
    return counted


def _verdict(plan: Plan, notes: Notes, counted: int) -> Verdict:
    return Verdict(
        phones=plan.phones,
        arrive_s=plan.arrive_s,
        page_p50_s=_rounded(percentile(notes.pages, 50)),
        page_p99_s=_rounded(percentile(notes.pages, 99)),
        vote_p50_s=_rounded(percentile(notes.votes, 50)),
        vote_p99_s=_rounded(percentile(notes.votes, 99)),
        stale_p99_s=_rounded(percentile(notes.stale, 99)),
        accepted=len(notes.accepted),
        counted=counted,
        failures=notes.failures,
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)
