"""Chance: whatever may go one way or another in a run asks here, so that a run is a list of small numbers."""

import random
from collections.abc import Callable, Sequence

#: How likely a run leaves the usual way at one of its choices; each random run takes one of them for each kind.
_FATES, _TURNS = (0.0, 0.0, 0.03, 0.1), (0.02, 0.06, 0.15, 0.25)
#: How many of these turns are another part's; the rest are stores that fail, parts that die and late messages.
_OTHERS = (0.3, 0.6, 1.0)


class Chooser:
    """Answers every choice of a run, and records the answers. 0 is the usual way: nothing fails, nobody interrupts."""

    def __init__(self, replay: Sequence[int] = (), rng: random.Random | None = None) -> None:
        """Replay these answers, and then take the usual way, or draw what follows from `rng`."""
        self.taken: list[int] = []
        self._replay = replay
        self._rng = rng
        self._fate = rng.choice(_FATES) if rng else 0.0
        self._turn = rng.choice(_TURNS) if rng else 0.0
        self._others = rng.choice(_OTHERS) if rng else 0.0

    def any_of(self, number: int) -> int:
        """Choose one of `number` ways, all equally likely in a random run: the story that is played."""
        return self._take(number, lambda rng: rng.randrange(number))

    def fate(self, number: int) -> int:
        """Choose what becomes of a message."""
        return self._take(number, lambda rng: rng.randrange(number) if rng.random() < self._fate else 0)

    def turn(self, others: int, events: int) -> int:
        """Choose who does the next step (0: who is at it), or which of the events happens in between."""

        def draw(rng: random.Random) -> int:
            if rng.random() >= self._turn:
                return 0
            if rng.random() < self._others:
                return 1 + rng.randrange(others) if others else 0
            return 1 + others + rng.randrange(events) if events else 0

        return self._take(1 + others + events, draw)

    def _take(self, number: int, draw: Callable[[random.Random], int]) -> int:
        at = len(self.taken)
        choice = min(self._replay[at], number - 1) if at < len(self._replay) else draw(self._rng) if self._rng else 0
        self.taken.append(choice)
        return choice
