"""The drill `hostile`: attacks on the web services, one after the other, while voters vote.

Other clients may notice little of it: see the bounds, which are for an otherwise idle machine.
"""

import multiprocessing
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from core.telemetry.drills import Sign
from ops.drill import attacks, looks
from ops.drill.attacks import Victim
from ops.drill.marking import gettext_noop as _
from ops.drill.system import System
from ops.drill.target import BACK_S, Target
from ops.drill.waiting import eventually

#: Seconds of each attack, and of voting alone between two.
ATTACK_S = 5.0
_BETWEEN_S = 0.5
#: Seconds within which /healthz must always answer.
HEALTHY_WITHIN_S = 1.0
#: Bytes by which the memory of a web service may grow.
MEMORY_MAY_GROW = 200 * 1024 * 1024
#: Connections by which the number may differ from before, because of voters and pools.
_MORE = 200
_SERVICES = ("vote", "result")


class Gauges:
    """Gauges of the web services under attack: the delay of /healthz, and the memory."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._over = threading.Event()
        self.slowest_s = 0.0
        self.began_with = {part: self._memory(part) for part in _SERVICES}
        self.largest = dict(self.began_with)
        self._threads = [threading.Thread(target=self._ask, args=[part], daemon=True) for part in _SERVICES]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read the gauges during this block."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join()

    def _ask(self, part: str) -> None:
        url = {"vote": self._system.vote_url, "result": self._system.result_url}[part]
        while not self._over.wait(0.1):
            began = time.monotonic()
            with suppress(OSError):
                urllib.request.urlopen(f"{url}/healthz", timeout=10 * HEALTHY_WITHIN_S).close()  # noqa: S310
            # A request without an answer took as long.
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
            self.largest[part] = max(self.largest[part], self._memory(part))

    def _memory(self, part: str) -> int:
        try:
            process = psutil.Process(self._system.pid(part))
            return sum(each.memory_info().rss for each in [process, *process.children(recursive=True)])
        except psutil.NoSuchProcess:
            return 0


def attack(target: Target[System]) -> None:
    """Run all attacks, and record their effects."""
    system = target.system
    pids = {part: system.pid(part) for part in _SERVICES}
    before = _connections(system)
    gauges = Gauges(system)
    with gauges.reading():
        for name, (_attack, clients) in attacks.ATTACKS.items():
            target.say(name, Sign.FAULT, look=looks.ATTACK, clients=f"{clients:,}")
            _one(target, name)
            time.sleep(_BETWEEN_S)
    target.say(_("the attackers have left"), Sign.RECOVERY)
    system.wait_ready(BACK_S)
    eventually(lambda: _connections(system) < before + _MORE, BACK_S, "connections as before the attacks")
    text = _("all is as before: {now} connections after {before}")
    target.say(text, Sign.RECOVERY, look=looks.BACK, now=_connections(system), before=before)
    _judge(target, gauges, pids)


def _one(target: Target[System], name: str) -> None:
    attackers = multiprocessing.get_context("spawn").Process(
        target=attacks.run, args=(name, _victims(target), ATTACK_S), daemon=True
    )
    attackers.start()
    attackers.join(4 * ATTACK_S)
    attackers.kill()
    attackers.join()


def _victims(target: Target[System]) -> list[Victim]:
    system, page = target.system, f"/p/{target.slug}/"
    with urllib.request.urlopen(f"{system.vote_url}{page}", timeout=10) as answer:  # noqa: S310
        text = answer.read().decode()
    file = text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    return [
        Victim("127.0.0.1", system.vote_port, page, file),
        Victim("127.0.0.1", system.result_port, page, file, f"/ws/polls/{target.slug}/"),
    ]


def _connections(system: System) -> int:
    return sum(len(psutil.Process(system.pid(part)).net_connections("tcp")) for part in _SERVICES)


def _judge(target: Target[System], gauges: Gauges, pids: dict[str, int]) -> None:
    grown = {part: gauges.largest[part] - gauges.began_with[part] for part in _SERVICES}
    vote, result = (round(grown[part] / 2**20) for part in _SERVICES)
    text = _("/healthz took {time} s at most; vote grew by {vote} MB, result grew by {result} MB")
    target.say(text, time=f"{gauges.slowest_s:.2f}", vote=vote, result=result)
    if gauges.slowest_s > HEALTHY_WITHIN_S:
        target.late.append(f"/healthz took {gauges.slowest_s:.2f} s, and may take {HEALTHY_WITHIN_S:g} s")
    for part in _SERVICES:
        if grown[part] > MEMORY_MAY_GROW:
            target.trouble.append(f"{part} grew by {grown[part]:,} bytes, and may grow by {MEMORY_MAY_GROW:,}")
        if target.system.pid(part) != pids[part]:
            target.trouble.append(f"{part} ended, and was started again")
