"""The faults that are injected into the system while voters vote, and then removed."""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from core.telemetry.drills import Sign
from ops.drill import hostile, looks, upgrade
from ops.drill.marking import gettext_noop as _
from ops.drill.system import System
from ops.drill.target import BACK_S, Fault, Target
from ops.drill.waiting import TooLate, eventually

#: Seconds: longer than voters wait for a web service; longer than every time-out in the system (10 s); a long
#: outage.
PAUSE_SERVICE_S = 6.0
PAUSE_STORE_S = 12.0
STOP_DB_S = 30.0
FULL_S = 8.0
#: Kills and pauses in one round of `random`.
KILLS_A_ROUND = 10


def kill(target: Target[System], *parts: str) -> None:
    """Send SIGKILL to these parts, and wait until they are back; a step that is held holds them back, too."""
    killed = {part: target.system.pid(part) for part in parts}
    for part in parts:
        target.system.hold(part)
        target.say(_("{part} is killed"), Sign.FAULT, look=looks.away(part), part=part)
    for part in parts:
        target.system.heal(part)
    eventually(lambda: all(target.system.pid(part) != pid for part, pid in killed.items()), BACK_S, "new processes")
    target.back(*parts, look=looks.BACK)


def pause(target: Target[System], seconds: float, *parts: str) -> None:
    """Pause all of these parts (SIGSTOP) for so many seconds."""
    for part in parts:
        target.system.pause(part)
        target.say(_("{part} is paused"), Sign.FAULT, look=looks.away(part), part=part)
    target.stay(seconds)
    for part in parts:
        target.system.heal(part)
        target.say(_("{part} goes on"), Sign.RECOVERY, part=part)
    target.back(*parts, look=looks.BACK)


def _kill_worker(target: Target[System]) -> None:
    kill(target, *target.system.workers)


def _kill_vote(target: Target[System]) -> None:
    kill(target, "vote")


def _kill_result(target: Target[System]) -> None:
    kill(target, "result")


def _kill_redis(target: Target[System]) -> None:
    kill(target, "redis")


def _kill_db(target: Target[System]) -> None:
    kill(target, "db")


def _pause_vote(target: Target[System]) -> None:
    pause(target, PAUSE_SERVICE_S, "vote")


def _pause_redis(target: Target[System]) -> None:
    pause(target, PAUSE_STORE_S, "redis")


def _pause_worker(target: Target[System]) -> None:
    pause(target, PAUSE_STORE_S, *target.system.workers)


def _empty_redis(target: Target[System]) -> None:
    target.system.hold("redis")
    target.say(_("redis is killed and its data deleted"), Sign.FAULT, look=looks.EMPTY)
    for path in target.system.folder.redis.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    target.system.heal("redis")
    target.back("redis", look=looks.SENT_AGAIN)


def _stop_db(target: Target[System]) -> None:
    target.system.hold("db")
    target.say(_("db is stopped"), Sign.FAULT, look=looks.away("db"))
    target.stay(STOP_DB_S)
    target.system.heal("db")
    target.say(_("db is started"), Sign.RECOVERY)
    target.back("db", look=looks.BACK)


def _close(target: Target[System]) -> None:
    target.close(Sign.FAULT)
    target.hold(looks.CLOSED)


def _full_redis(target: Target[System]) -> None:
    with target.system.redis() as redis:
        redis.config_set("maxmemory", int(redis.info("memory")["used_memory"] * 0.99))
        target.say(_("redis is out of memory"), Sign.FAULT, look=looks.FULL)
        target.stay(FULL_S)
        redis.config_set("maxmemory", 0)
        target.say(_("redis has room"), Sign.RECOVERY)
    target.back("redis", look=looks.BACK)


def _kill_all(target: Target[System]) -> None:
    target.system.kill_all()
    target.say(_("everything is killed"), Sign.FAULT, look=looks.NOTHING)
    target.system.start()
    target.say(_("everything is back"), Sign.RECOVERY, look=looks.BACK)


# At random -----------------------------------------------------------------------------------------------------------

#: Seconds between two faults of a round, and of a pause.
_BETWEEN_S = (0.2, 1.2)
_PAUSES_S = (0.2, 3.0)
_KILL, _KILL_CHILD, _PAUSE = (
    _("{part} is killed"),
    _("a child of {part} is killed"),
    _("{part} is paused"),
)
#: Weights, of ten.
_WAYS = [_KILL] * 7 + [_KILL_CHILD] + [_PAUSE] * 2


def at_random(kills: int) -> Callable[[Target[System]], None]:
    """Return a fault: so many kills, and some pauses, of any part at any moment, drawn by `target.rng`."""

    def do(target: Target[System]) -> None:
        paused: dict[str, float] = {}
        enough = target.kills + kills
        while target.kills < enough:
            way, part = _one_at_random(target)
            if way == _PAUSE:
                paused[part] = time.monotonic() + target.rng.uniform(*_PAUSES_S)
            time.sleep(target.rng.uniform(*_BETWEEN_S))
            for part in [part for part, until in paused.items() if until < time.monotonic()]:
                _go_on(target, part, paused)
        for part, until in list(paused.items()):
            time.sleep(max(0, until - time.monotonic()))
            _go_on(target, part, paused)
        target.system.wait_ready(BACK_S)
        target.say(_("everything is back"), Sign.RECOVERY, look=looks.BACK)

    return do


def _one_at_random(target: Target[System]) -> tuple[str, str]:
    """Kill or pause one living process. Raises TooLate if there is none for long."""
    deadline = time.monotonic() + BACK_S
    while time.monotonic() < deadline:
        way, part = target.rng.choice(_WAYS), target.rng.choice(target.system.parts)
        recorded = target.system.folder.recorded(part)
        process = recorded.process if recorded else None
        if process is None:
            # It is being restarted.
            time.sleep(0.02)
            continue
        with suppress(psutil.NoSuchProcess):
            if way == _PAUSE:
                target.system.pause(part)
            else:
                victims = [process] if way == _KILL else process.children(recursive=True)
                if not victims:
                    continue
                target.rng.choice(victims).kill()
                target.kills += 1
            target.say(way, Sign.FAULT, look=looks.MISSING, part=part)
            return way, part
    raise TooLate(f"no part of the system was alive for {BACK_S:g} seconds")


def _go_on(target: Target[System], part: str, paused: dict[str, float]) -> None:
    del paused[part]
    target.system.heal(part)
    target.say(_("{part} goes on"), Sign.RECOVERY, part=part)


# All -----------------------------------------------------------------------------------------------------------------


FAULTS: dict[str, Fault[System]] = {
    "kill-worker": Fault(_("both workers are killed"), _kill_worker),
    "kill-vote": Fault(_("the vote service is killed"), _kill_vote),
    "kill-result": Fault(_("the result service is killed"), _kill_result),
    "kill-redis": Fault(_("Redis is killed"), _kill_redis),
    "kill-db": Fault(_("Postgres is killed"), _kill_db),
    "empty-redis": Fault(_("Redis is killed and starts empty"), _empty_redis),
    "pause-vote": Fault(_("the vote service hangs, its voters go to the other one"), _pause_vote),
    "pause-worker": Fault(_("both workers hang for longer than every time-out"), _pause_worker),
    "pause-redis": Fault(_("Redis hangs for longer than every time-out"), _pause_redis),
    "full-redis": Fault(_("Redis is out of memory"), _full_redis),
    "stop-db-30s": Fault(_("Postgres is away for 30 s"), _stop_db),
    "kill-all": Fault(_("everything is killed, bin/up included, and started again"), _kill_all),
    "close-under-load": Fault(_("the poll is closed while voters press"), _close),
    "hostile": Fault(_("clients that mean harm attack both web services"), hostile.attack, votes_within_s=1.0),
    "random": Fault(_("ten kills, and some pauses, of any part at any moment"), at_random(KILLS_A_ROUND)),
    "rolling-upgrade": Fault(
        _("an earlier release is replaced part by part"), upgrade.roll, votes_within_s=2.0, from_older=True
    ),
}

#: Former names of drills, and the names that replace them.
OLD_NAMES = {"kill-web": "kill-vote", "pause-web": "pause-vote"}
