"""Chance: whatever may go one way or another in a run asks here, so that a run is a list of small numbers."""

import random
from collections.abc import Sequence

#: How likely a run leaves the usual way at one of its choices; each random run takes one of them for each kind.
_RARE, _OFTEN = (0.0, 0.02, 0.05, 0.1), (0.0, 0.05, 0.1, 0.2)


class Chooser:
    """Answers every choice of a run, and records the answers. 0 is the usual way: nothing fails, nobody interrupts."""

    def __init__(self, replay: Sequence[int] = (), rng: random.Random | None = None) -> None:
        """Replay these answers, and then take the usual way, or draw what follows from `rng`."""
        self.taken: list[int] = []
        self._replay = replay
        self._rng = rng
        self._fate = rng.choice(_RARE) if rng else 0.0
        self._turn = rng.choice(_OFTEN) if rng else 0.0

    def any_of(self, number: int) -> int:
        """Choose one of `number` ways, all equally likely in a random run: the story that is played."""
        return self._take(number, 1.0)

    def fate(self, number: int) -> int:
        """Choose what becomes of a message."""
        return self._take(number, self._fate)

    def turn(self, others: int, events: int) -> int:
        """Choose who does the next step (0: who is at it), or which of the events happens in between."""
        return self._take(1 + others + events, self._turn, first=others)

    def _take(self, number: int, chance: float, first: int = 0) -> int:
        """Choose; of the ways behind the usual one the `first` ones are half of what is drawn, the others the rest."""
        at = len(self.taken)
        if at < len(self._replay):
            choice = min(self._replay[at], number - 1)
        elif self._rng is None or self._rng.random() >= chance:
            choice = 0
        elif first and self._rng.random() < 1 / 2:
            choice = 1 + self._rng.randrange(first)
        else:
            choice = self._rng.randrange(first + 1 if first and number > first + 1 else 0, number)
        self.taken.append(choice)
        return choice
