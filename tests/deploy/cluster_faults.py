"""Faults of pods while voters vote."""

import os
import signal
from collections.abc import Callable

from ops.drill.target import BACK_S, Fault, Target
from tests.deploy.cluster import Cluster
from tests.waiting import eventually


def _kill(component: str) -> Callable[[Target[Cluster]], None]:
    """Kill the first process of one container: its `restartPolicy` alone brings it back."""

    def do(target: Target[Cluster]) -> None:
        system = target.system
        pod = system.of(component)[0]
        before = system.inspect(pod)["State"]["Pid"]
        os.kill(before, signal.SIGKILL)
        target.say(f"a {component} container is killed")
        eventually(lambda: system.inspect(pod)["State"]["Pid"] not in (0, before), BACK_S, f"{pod.name}, restarted")
        target.back(component)

    return do


def _remove(component: str) -> Callable[[Target[Cluster]], None]:
    """Remove one pod, and make it again, as its controller does."""

    def do(target: Target[Cluster]) -> None:
        pod = target.system.of(component)[0]
        target.system.podman("pod", "rm", "--force", "--time", "0", pod.name)
        target.say(f"a {component} pod is removed")
        target.system.up()
        target.back(component)

    return do


FAULTS: dict[str, Fault[Cluster]] = {
    "kill-vote": Fault("one of two vote containers is killed", _kill("vote")),
    "kill-result": Fault("one of two result containers is killed", _kill("result")),
    "kill-worker": Fault("one of two worker containers is killed", _kill("worker")),
    "rm-vote": Fault("one of two vote pods is removed", _remove("vote")),
    "rm-worker": Fault("one of two worker pods is removed", _remove("worker")),
    "rm-redis": Fault("Redis's pod is removed, its volume stays", _remove("redis")),
    "rm-db": Fault("Postgres's pod is removed, its volume stays", _remove("db")),
}
