"""The crowd of a drill, seen from the drill: rooms of voters and screens, each a process."""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from ops.drill import client_process
from ops.drill.history import Answer, History
from ops.drill.waiting import eventually

#: Processes that voters and screens are spread over.
ROOMS = 3
#: Seconds for all processes to be there; and more than they give themselves for what they do.
_START_S = 30
_GRACE_S = 10


class Crowd:
    """Voters at both doors, pressing at a steady rate, and screens. Leaving the context ends all of it at once."""

    def __init__(
        self, pages: Sequence[str], socket: str, choices: Sequence[int], *, rate: float, screens: int, seed: int
    ) -> None:
        """`pages` is the vote page at each door; `rate` is in presses per second of all rooms, `screens` in all."""
        # A fresh interpreter each: this one has threads, and Django.
        processes = multiprocessing.get_context("spawn")
        self._rooms: list[tuple[BaseProcess, Connection]] = []
        for number in range(ROOMS):
            ours, theirs = processes.Pipe()
            plan = client_process.Plan(
                tuple(pages),
                socket,
                tuple(choices),
                rate / ROOMS,
                screens // ROOMS + (number < screens % ROOMS),
                seed * ROOMS + number,
            )
            process = processes.Process(target=client_process.run, args=(plan, theirs), daemon=True)
            self._rooms.append((process, ours))
            process.start()
            theirs.close()
        self._heard: list[dict[Any, Any]] = [{} for _ in self._rooms]
        self._listeners = [
            threading.Thread(target=self._listen, args=(line, heard), daemon=True)
            for (_, line), heard in zip(self._rooms, self._heard, strict=True)
        ]
        for listener in self._listeners:
            listener.start()

    def __enter__(self) -> "Crowd":
        try:
            self._wait_for(client_process.READY, _START_S)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process, _line in self._rooms:
            process.kill()
        for process, line in self._rooms:
            process.join()
            line.close()

    @property
    def outcomes(self) -> Counter[Answer]:
        """How many presses have had which outcome so far."""
        return sum((heard.get(client_process.Progress, Counter()) for heard in self._heard), Counter[Answer]())

    def stop(self) -> None:
        """No more presses; returns when every voter knows that its vote is counted, or has waited for long."""
        self._say(client_process.STOP)
        self._wait_for(client_process.SETTLED, client_process.SETTLE_S + _GRACE_S)

    def end(self) -> History:
        """The poll is final: what everybody did and saw, once all have heard of it."""
        self._say(client_process.END)
        self._wait_for(History, client_process.LAST_WORD_S + _GRACE_S)
        history = History()
        for heard in self._heard:
            history.add(heard[History])
        return history

    def _say(self, word: str) -> None:
        for _, line in self._rooms:
            line.send(word)

    def _wait_for(self, what: object, within: float) -> None:
        eventually(lambda: all(what in heard for heard in self._heard), within, f"{what!r} from every room of voters")

    @staticmethod
    def _listen(line: Connection, heard: dict[Any, Any]) -> None:
        """Keep the last message of each kind."""
        try:
            while True:
                message = line.recv()
                if isinstance(message, str):
                    heard[message] = True
                elif isinstance(message, client_process.Progress):
                    heard[client_process.Progress] = message.presses
                else:
                    heard[type(message)] = message
        except (EOFError, OSError):
            return
