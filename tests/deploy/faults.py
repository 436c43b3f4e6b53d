"""Faults of containers while voters vote: the course's own experiments."""

from collections.abc import Callable

from ops.drill.target import BACK_S, Fault, Target
from tests.deploy import images
from tests.deploy.containers import PROJECT, Containers, OneAddress

_WORKERS = 3


def _remove(part: str) -> Callable[[Target[Containers]], None]:
    def do(target: Target[Containers]) -> None:
        target.system.docker("rm", "--force", *target.system.containers(part))
        target.say(f"{part} is removed")
        target.system.up()
        target.back(part)

    return do


def _remove_with_data(target: Target[Containers]) -> None:
    target.system.docker("rm", "--force", *target.system.containers("redis"))
    target.system.docker("volume", "rm", f"{PROJECT}_redis-data")
    target.say("redis is removed with its volume")
    target.system.up()
    target.back("redis")


def _scale_workers(target: Target[Containers]) -> None:
    target.system.compose("up", "-d", "--scale", f"worker={_WORKERS}")
    target.system.wait_ready(60)
    workers = target.system.containers("worker")
    assert len(workers) == _WORKERS, workers
    target.say(f"{_WORKERS} workers")
    target.system.docker("rm", "--force", workers[0])
    target.say("one of them is removed")
    target.system.up()
    target.back("one worker")


def _upgrade(target: Target[Containers]) -> None:
    before = set(target.system.containers("vote", "result", "worker"))
    images.make_newer(target.system)
    target.say("there is a newer image")
    target.system.up()
    target.back("everything")
    assert before.isdisjoint(target.system.containers("vote", "result", "worker"))


def _restart(target: Target[Containers]) -> None:
    target.system.engine.stop()
    target.say("the engine is stopped")
    target.system.engine.start()
    target.say("the engine is started")
    target.back("everything")


def _stop_one(target: Target[OneAddress]) -> None:
    for part in ("vote", "result"):
        target.system.docker("stop", target.system.containers(part)[0])
        target.say(f"one {part} service is stopped")
    target.system.up()
    target.back("all web services")


def _roll(target: Target[OneAddress]) -> None:
    """Migrate, and replace one container after the other by one of a newer image."""
    system = target.system
    images.make_newer(system)
    target.say("there is a newer image")
    system.compose("up", "-d", "--no-build", "migrate")
    target.say("migrated")
    for part in ("worker", "result", "vote"):
        for old in system.containers(part):
            system.docker("stop", old)
            system.docker("rm", old)
            system.compose("up", "-d", "--no-build", "--no-recreate", *system.scale)
            system.wait_ready(BACK_S)
            target.say(f"one {part} is new")


#: Of the system as `docker compose up` runs it.
FAULTS: dict[str, Fault[Containers]] = {
    "rm-vote": Fault("the vote service's container is removed", _remove("vote")),
    "rm-result": Fault("the result service's container is removed", _remove("result")),
    "rm-worker": Fault("the worker's container is removed", _remove("worker")),
    "rm-db": Fault("Postgres's container is removed, its volume stays", _remove("db")),
    "rm-redis": Fault("Redis's container is removed, its volume stays", _remove("redis")),
    "rm-redis-volume": Fault("Redis's container is removed, and its volume", _remove_with_data),
    "scale-worker": Fault("three workers, of which one is removed", _scale_workers),
    "upgrade": Fault("all of our containers are made anew from a newer image", _upgrade),
    "restart-engine": Fault("the Docker engine is restarted", _restart),
}
#: Of several web services under one address.
DEEDS_BEHIND_THE_PROXY: dict[str, Fault[OneAddress]] = {
    "stop-one-of-each": Fault("of three vote services and two result services one each is stopped", _stop_one),
    "rolling-upgrade": Fault("one container after the other is made anew from a newer image", _roll),
}
