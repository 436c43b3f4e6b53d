"""The deeds: what is done to the system in the midst of the voting, and healed again."""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from ops.drill.system import System
from ops.drill.target import BACK_S, Deed, Scene
from ops.drill.waiting import TooLate, eventually

#: Seconds: longer than voters have patience with a door; than every time-out in the system (10 s); and a long stop.
PAUSE_DOOR_S = 6.0
PAUSE_STORE_S = 12.0
STOP_DB_S = 30.0
FULL_S = 8.0
#: Kills and pauses in one round of `random`.
KILLS_A_ROUND = 10


def kill(scene: Scene[System], *parts: str) -> None:
    """SIGKILL for these parts, and wait until they are back."""
    killed = {}
    for part in parts:
        killed[part] = scene.system.kill(part)
        scene.say(f"{part} is killed")
    eventually(lambda: all(scene.system.pid(part) != pid for part, pid in killed.items()), BACK_S, "new processes")
    scene.back(*parts)


def pause(scene: Scene[System], seconds: float, *parts: str) -> None:
    """SIGSTOP all of these parts for so long."""
    for part in parts:
        scene.system.pause(part)
        scene.say(f"{part} is paused")
    time.sleep(seconds)
    for part in parts:
        scene.system.heal(part)
        scene.say(f"{part} goes on")
    scene.back(*parts)


def _kill_worker(scene: Scene[System]) -> None:
    kill(scene, *scene.system.workers)


def _kill_web(scene: Scene[System]) -> None:
    kill(scene, "vote")


def _kill_result(scene: Scene[System]) -> None:
    kill(scene, "result")


def _kill_redis(scene: Scene[System]) -> None:
    kill(scene, "redis")


def _kill_db(scene: Scene[System]) -> None:
    kill(scene, "db")


def _pause_web(scene: Scene[System]) -> None:
    pause(scene, PAUSE_DOOR_S, "vote")


def _pause_redis(scene: Scene[System]) -> None:
    pause(scene, PAUSE_STORE_S, "redis")


def _pause_worker(scene: Scene[System]) -> None:
    pause(scene, PAUSE_STORE_S, *scene.system.workers)


def _empty_redis(scene: Scene[System]) -> None:
    scene.system.hold("redis")
    scene.say("redis is killed and its data deleted")
    for path in scene.system.folder.redis.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    scene.system.heal("redis")
    scene.back("redis")


def _stop_db(scene: Scene[System]) -> None:
    scene.system.hold("db")
    scene.say("db is stopped")
    time.sleep(STOP_DB_S)
    scene.system.heal("db")
    scene.say("db is started")
    scene.back("db")


def _close(scene: Scene[System]) -> None:
    scene.say("the poll is closed")
    scene.close()
    scene.say("the poll is final" if scene.final_at else "the poll is not final")


def _full_redis(scene: Scene[System]) -> None:
    with scene.system.redis() as redis:
        redis.config_set("maxmemory", int(redis.info("memory")["used_memory"] * 0.99))
        scene.say("redis is out of memory")
        time.sleep(FULL_S)
        redis.config_set("maxmemory", 0)
        scene.say("redis has room")
    scene.back("redis")


def _kill_all(scene: Scene[System]) -> None:
    scene.system.kill_all()
    scene.say("everything is killed")
    scene.system.start()
    scene.say("everything is back")


# At random -----------------------------------------------------------------------------------------------------------

#: Seconds between two deeds of a round, and for which a part is paused.
_BETWEEN_S = (0.2, 1.2)
_PAUSES_S = (0.2, 3.0)
#: How often a part is killed, one of its child processes is, and it is paused, of ten.
_WAYS = ["kill"] * 7 + ["kill a child of"] + ["pause"] * 2


def at_random(kills: int) -> Callable[[Scene[System]], None]:
    """So many kills, and pauses among them, of parts, in ways and at moments that the scene's rolls choose."""

    def do(scene: Scene[System]) -> None:
        paused: dict[str, float] = {}
        enough = scene.kills + kills
        while scene.kills < enough:
            way, part = _one_at_random(scene)
            if way == "pause":
                paused[part] = time.monotonic() + scene.rolls.uniform(*_PAUSES_S)
            time.sleep(scene.rolls.uniform(*_BETWEEN_S))
            for part in [part for part, until in paused.items() if until < time.monotonic()]:
                _go_on(scene, part, paused)
        for part, until in list(paused.items()):
            time.sleep(max(0, until - time.monotonic()))
            _go_on(scene, part, paused)
        scene.system.wait_ready(BACK_S)
        scene.say("all is back")

    return do


def _one_at_random(scene: Scene[System]) -> tuple[str, str]:
    """Do one thing to one process that is alive. Raises TooLate when there is none for long."""
    deadline = time.monotonic() + BACK_S
    while time.monotonic() < deadline:
        way, part = scene.rolls.choice(_WAYS), scene.rolls.choice(scene.system.parts)
        recorded = scene.system.folder.recorded(part)
        process = recorded.process if recorded else None
        if process is None:
            # Between two lives: supervisor starts it in a moment.
            time.sleep(0.02)
            continue
        with suppress(psutil.NoSuchProcess):
            if way == "pause":
                scene.system.pause(part)
            else:
                victims = [process] if way == "kill" else process.children(recursive=True)
                if not victims:
                    continue
                scene.rolls.choice(victims).kill()
                scene.kills += 1
            scene.say(f"{way} {part}")
            return way, part
    raise TooLate(f"no part of the system was alive for {BACK_S:g} seconds")


def _go_on(scene: Scene[System], part: str, paused: dict[str, float]) -> None:
    del paused[part]
    scene.system.heal(part)
    scene.say(f"{part} goes on")


# All -----------------------------------------------------------------------------------------------------------------


DEEDS: dict[str, Deed[System]] = {
    "kill-worker": Deed("both workers are killed", _kill_worker),
    "kill-web": Deed("the vote door is killed", _kill_web),
    "kill-result": Deed("the result door is killed", _kill_result),
    "kill-redis": Deed("Redis is killed", _kill_redis),
    "kill-db": Deed("Postgres is killed", _kill_db),
    "empty-redis": Deed("Redis is killed and starts empty", _empty_redis),
    "pause-web": Deed("the vote door hangs, its voters go to the other one", _pause_web),
    "pause-worker": Deed("both workers hang for longer than every time-out", _pause_worker),
    "pause-redis": Deed("Redis hangs for longer than every time-out", _pause_redis),
    "full-redis": Deed("Redis is out of memory", _full_redis),
    "stop-db-30s": Deed("Postgres is away for 30 s", _stop_db),
    "kill-all": Deed("everything is killed, bin/up included, and started again", _kill_all),
    "close-under-load": Deed("the poll is closed while voters press", _close),
    "random": Deed("ten kills, and some pauses, of any part at any moment", at_random(KILLS_A_ROUND)),
}
