"""The workload of a drill, as the drill controls it: processes of voters and screens."""

import multiprocessing
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from ops.drill import client_process
from ops.drill.client_process import Progress
from ops.drill.history import History
from ops.drill.stored import Ballot
from ops.drill.voters import Voter
from ops.drill.waiting import eventually

#: The number of processes, among which voters and screens are divided.
CLIENT_PROCESSES = 3
#: Seconds for all processes to start; and for their other steps, longer than their own limits.
_START_S = 30
_GRACE_S = 10


class Workload:
    """Voters at both web services who press at a steady rate, and screens. Leaving the context ends them all."""

    def __init__(
        self,
        pages: Sequence[str],
        socket: str,
        ballots: Sequence[Ballot],
        *,
        rate: float,
        screens: int,
        seed: int,
        voter: type[Voter] = Voter,
    ) -> None:
        """`pages` are the vote page's addresses; `rate` (presses per second) and `screens` are totals."""
        # Fresh interpreters: this one has threads, and Django.
        processes = multiprocessing.get_context("spawn")
        self._clients: list[tuple[BaseProcess, Connection]] = []
        for number in range(CLIENT_PROCESSES):
            ours, theirs = processes.Pipe()
            plan = client_process.Plan(
                tuple(pages),
                socket,
                tuple(ballots),
                rate / CLIENT_PROCESSES,
                screens // CLIENT_PROCESSES + (number < screens % CLIENT_PROCESSES),
                seed * CLIENT_PROCESSES + number,
                voter,
            )
            process = processes.Process(target=client_process.run, args=(plan, theirs), daemon=True)
            self._clients.append((process, ours))
            process.start()
            theirs.close()
        self._listen_to_all()

    def __enter__(self) -> "Workload":
        try:
            self._wait_for(client_process.READY, _START_S)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process, _line in self._clients:
            process.kill()
        for process, line in self._clients:
            process.join()
            line.close()

    @property
    def progress(self) -> Progress:
        """Return the progress of all processes so far."""
        return sum((heard.get(Progress, Progress()) for heard in self._heard), Progress())

    def stop(self) -> None:
        """Stop pressing; return when every voter knows that its vote is counted, or has waited too long."""
        self._say(client_process.STOP)
        self._wait_for(client_process.SETTLED, client_process.SETTLE_S + _GRACE_S)

    def end(self) -> History:
        """Return the history once all have seen that the poll is final."""
        self._say(client_process.END)
        self._wait_for(History, client_process.LAST_WORD_S + _GRACE_S)
        history = History()
        for heard in self._heard:
            history.add(heard[History])
        return history

    def _say(self, word: str) -> None:
        for _, line in self._clients:
            line.send(word)

    def _wait_for(self, what: object, within: float) -> None:
        eventually(lambda: all(what in heard for heard in self._heard), within, f"{what!r} from every client process")

    def _listen_to_all(self) -> None:
        self._heard: list[dict[Any, Any]] = [{} for _ in self._clients]
        self._listeners = [
            threading.Thread(target=self._listen, args=(line, heard), daemon=True)
            for (_, line), heard in zip(self._clients, self._heard, strict=True)
        ]
        for listener in self._listeners:
            listener.start()

    @staticmethod
    def _listen(line: Connection, heard: dict[Any, Any]) -> None:
        """Keep the last message of each kind."""
        try:
            while True:
                message = line.recv()
                if isinstance(message, str):
                    heard[message] = True
                else:
                    heard[type(message)] = message
        except (EOFError, OSError):
            return
