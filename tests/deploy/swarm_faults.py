"""Faults of Swarm's tasks and of its node while voters vote, and updates."""

from collections.abc import Callable

from ops.drill.checker import SHORT_WAIT_S
from ops.drill.target import BACK_S, Fault, Target
from tests.deploy import images
from tests.deploy.swarm import ROLLING, STACK, Swarm
from tests.waiting import eventually

#: The tags of a newer image, and of one that is never healthy.
_NEWER, _BAD = "0.2.0", "0.3.0"
#: Seconds for all tasks to be ended, and for all of them to be there.
_DRAINED_S, _STARTED_S = 60, 180


def _scale(target: Target[Swarm]) -> None:
    for number in (3, 2):
        target.system.docker("service", "scale", "--detach", *(f"{STACK}_{part}={number}" for part in ROLLING[:2]))
        target.system.wait_ready(BACK_S)
        target.say(f"{number} tasks of vote and result each")


def _update(target: Target[Swarm]) -> None:
    images.derive(target.system, f"{images.OURS}:{_NEWER}", "LABEL newer=yes")
    target.say(f"docker stack deploy with the image {_NEWER}")
    _ended(target, target.system.update(_NEWER), "completed")


def _roll_back(target: Target[Swarm]) -> None:
    files = {"health.py": "raise SystemExit(1)\n"}
    images.derive(target.system, f"{images.OURS}:{_BAD}", "COPY health.py /app/ops/entrypoint/", **files)
    target.say(f"docker stack deploy with the image {_BAD}, which is never healthy")
    good = target.system.version
    try:
        ended = target.system.update(_BAD)
    finally:
        target.system.version = good
    _ended(target, ended, "rollback_completed")


def _ended(target: Target[Swarm], ended: dict[str, str], expected: str) -> None:
    """Note how an update ended, and what is wrong with that."""
    target.say(", ".join(f"{part}: {state}" for part, state in ended.items()))
    target.back("everything")
    if set(ended.values()) != {expected}:
        target.trouble.append(f"the updates ended with {ended}")
    wanted = f"{images.OURS}:{target.system.version}"
    if (found := target.system.images(*ROLLING)) != {wanted}:
        target.trouble.append(f"{found} run, and not {wanted} alone")


def _kill(part: str) -> Callable[[Target[Swarm]], None]:
    def do(target: Target[Swarm]) -> None:
        _kill_one(target, part)
        target.back(part)

    return do


def _kill_one(target: Target[Swarm], part: str) -> None:
    victim = target.rng.choice(target.system.containers(part))
    target.system.docker("kill", victim)
    target.say(f"a task of {part} is killed")
    eventually(lambda: victim not in target.system.containers(part), BACK_S, f"a task of {part} that is gone")


def _availability(target: Target[Swarm], availability: str) -> None:
    target.system.docker("node", "update", "--availability", availability, target.system.node)
    target.say(f"the node's availability is {availability}")


def _pause(target: Target[Swarm]) -> None:
    _availability(target, "pause")
    _kill_one(target, "vote")
    states = ("service", "ps", "--format", "{{.CurrentState}}", f"{STACK}_vote")
    eventually(lambda: "Pending" in target.system.docker(*states), BACK_S, "a task that waits for a node")
    target.say("no node takes the next one")
    _availability(target, "active")
    target.back("vote")


def _drain(target: Target[Swarm]) -> None:
    _availability(target, "drain")
    eventually(lambda: not target.system.containers(), _DRAINED_S, "a node without tasks")
    target.say("nothing runs")
    _availability(target, "active")
    target.system.wait_ready(_STARTED_S)
    target.say("everything is back")


def _fault(what: str, do: Callable[[Target[Swarm]], None]) -> Fault[Swarm]:
    """A fault during which there is always somebody whom a voter can ask."""
    return Fault(what, do, all_within_s=SHORT_WAIT_S)


FAULTS: dict[str, Fault[Swarm]] = {
    "scale": _fault("vote and result are scaled to three, and back to two", _scale),
    "update": _fault("all of our tasks are replaced by those of a newer image", _update),
    "roll-back": _fault("an image that is never healthy is deployed, and Swarm goes back", _roll_back),
    **{
        f"kill-{part}": _fault(f"a task of {part} is killed", _kill(part))
        for part in ("vote", "result", "worker", "redis", "db")
    },
    "kill-proxy": Fault("the task of the proxy, which is the one address, is killed", _kill("proxy")),
    "pause-node": _fault("the only node takes no tasks while one of vote is killed", _pause),
    "drain-node": Fault("the only node is drained, and then takes tasks again", _drain),
}
