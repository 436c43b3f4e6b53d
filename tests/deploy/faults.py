"""What is done to the containers while voters vote: the course's own experiments."""

from collections.abc import Callable

from ops.drill.target import Deed, Scene
from tests.deploy import images
from tests.deploy.containers import PROJECT, Containers, OneAddress

_WORKERS = 3


def _remove(part: str) -> Callable[[Scene[Containers]], None]:
    def do(scene: Scene[Containers]) -> None:
        scene.system.docker("rm", "--force", *scene.system.containers(part))
        scene.say(f"{part} is removed")
        scene.system.up()
        scene.back(part)

    return do


def _remove_with_data(scene: Scene[Containers]) -> None:
    scene.system.docker("rm", "--force", *scene.system.containers("redis"))
    scene.system.docker("volume", "rm", f"{PROJECT}_redis-data")
    scene.say("redis is removed with its volume")
    scene.system.up()
    scene.back("redis")


def _scale_workers(scene: Scene[Containers]) -> None:
    scene.system.compose("up", "-d", "--scale", f"worker={_WORKERS}")
    scene.system.wait_ready(60)
    workers = scene.system.containers("worker")
    assert len(workers) == _WORKERS, workers
    scene.say(f"{_WORKERS} workers")
    scene.system.docker("rm", "--force", workers[0])
    scene.say("one of them is removed")
    scene.system.up()
    scene.back("one worker")


def _upgrade(scene: Scene[Containers]) -> None:
    before = set(scene.system.containers("vote", "result", "worker"))
    images.make_newer(scene.system)
    scene.say("there is a newer image")
    scene.system.up()
    scene.back("everything")
    assert before.isdisjoint(scene.system.containers("vote", "result", "worker"))


def _restart(scene: Scene[Containers]) -> None:
    scene.system.engine.stop()
    scene.say("the engine is stopped")
    scene.system.engine.start()
    scene.say("the engine is started")
    scene.back("everything")


def _stop_one(scene: Scene[OneAddress]) -> None:
    for part in ("vote", "result"):
        scene.system.docker("stop", scene.system.containers(part)[0])
        scene.say(f"one {part} door is stopped")
    scene.system.up()
    scene.back("all doors")


#: Of the system as `docker compose up` runs it.
DEEDS: dict[str, Deed[Containers]] = {
    "rm-vote": Deed("the vote door's container is removed", _remove("vote")),
    "rm-result": Deed("the result door's container is removed", _remove("result")),
    "rm-worker": Deed("the worker's container is removed", _remove("worker")),
    "rm-db": Deed("Postgres's container is removed, its volume stays", _remove("db")),
    "rm-redis": Deed("Redis's container is removed, its volume stays", _remove("redis")),
    "rm-redis-volume": Deed("Redis's container is removed, and its volume", _remove_with_data),
    "scale-worker": Deed("three workers, of which one is removed", _scale_workers),
    "upgrade": Deed("all of our containers are made anew from a newer image", _upgrade),
    "restart-engine": Deed("the Docker engine is restarted", _restart),
}
#: Of several doors under one address.
DEEDS_BEHIND_THE_PROXY: dict[str, Deed[OneAddress]] = {
    "stop-one-of-each": Deed("of three vote doors and two result doors one each is stopped", _stop_one)
}
