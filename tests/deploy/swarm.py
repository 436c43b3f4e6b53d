"""The system on Swarm, deployed by the commands of docs/operations.md, and as drills break it."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

from ops.launch.data_dir import BASE_DIR
from tests.deploy.containers import Containers, Failed
from tests.deploy.engine import Engine
from tests.waiting import eventually

STACK = "votingsite"
#: Parts that are replaced one task after the other.
ROLLING = ("vote", "result", "worker")
_OURS = f"label=com.docker.stack.namespace={STACK}"
_SERVICE = "com.docker.swarm.service.name"
_DOCUMENT = BASE_DIR / "docs" / "operations.md"
_COMMANDS = re.compile(r"^## On Docker Swarm\n.*?^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: What a reader sets, and how the image comes to the nodes, is done otherwise here.
_NOT_HERE = ("export ", "docker build ", "cat ")
#: Seconds for a stack to be gone, and for an update, with the two minutes that a task has to become healthy.
_GONE_S = 90
_UPDATED_S = 400
_ENDED = ("completed", "rollback_completed", "paused", "rollback_paused")


class Swarm(Containers):
    """deploy/stack.yml on one node, its proxy on a free port of this machine."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        super().__init__(engine, folder)
        self.vote_url = self.result_url = f"http://127.0.0.1:{self.ports['proxy']}"
        #: The tag of our image.
        self.version = "0.1.0"
        self._site = folder / "swarm"

    def variables(self) -> dict[str, str]:
        servers = ("POSTGRES_IMAGE", "VALKEY_IMAGE", "NGINX_IMAGE")
        return {
            **super().variables(),
            **dict.fromkeys(servers, "votingsite-testing/servers"),
            "VOTINGSITE_IMAGE": f"votingsite:{self.version}",
            "PROXY_PORT": str(self.ports["proxy"]),
            "SITE_URL": self.vote_url,
        }

    @property
    def node(self) -> str:
        """The id of the only node."""
        return self.docker("info", "--format", "{{.Swarm.NodeID}}").strip()

    def prepare(self) -> None:
        """Make a Swarm of this engine alone, and all that comes before `docker stack deploy`."""
        self.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
        shutil.copytree(BASE_DIR / "deploy", self._site / "deploy")
        self._shell(commands().partition("docker stack deploy")[0].replace(" NODE ", f" {self.node} "))

    def clear(self) -> None:
        """Take away the Swarm and all there is of the stack, and see that it is gone."""
        if self.docker("info", "--format", "{{.Swarm.LocalNodeState}}").strip() != "inactive":
            self.docker("swarm", "leave", "--force")
        eventually(lambda: not self._listed("ps", "--all"), _GONE_S, "an engine without tasks")
        if volumes := self._listed("volume", "ls"):
            self.docker("volume", "rm", *volumes)
        # The way out of all overlay networks, which Docker makes with the first one and leaves.
        if bridge := self.docker("network", "ls", "--quiet", "--filter", "name=docker_gwbridge").split():
            self.docker("network", "rm", *bridge)
        shutil.rmtree(self._site, ignore_errors=True)

    def up(self) -> None:
        """`docker stack deploy`."""
        _, command, rest = commands().partition("docker stack deploy")
        self._shell(command + rest)

    def destroy(self) -> None:
        """`docker stack rm`. Volumes stay."""
        self.docker("stack", "rm", STACK)
        gone = "an engine without tasks and networks of the stack"
        eventually(lambda: not self._listed("ps", "--all") + self._listed("network", "ls"), _GONE_S, gone)

    def containers(self, *services: str) -> list[str]:
        names = [f"label={_SERVICE}={STACK}_{service}" for service in services] or [_OURS]
        return [found for name in names for found in self.docker("ps", "-q", "--no-trunc", "--filter", name).split()]

    def update(self, version: str) -> dict[str, str]:
        """Deploy another version, and wait; returns how the update of each part ended, in Swarm's words."""
        before = {part: self._update(part).get("StartedAt") for part in ROLLING}
        self.version = version
        self.up()

        def ended() -> bool:
            updates = {part: self._update(part) for part in ROLLING}
            return all(
                update.get("StartedAt") not in (None, before[part]) and update["State"] in _ENDED
                for part, update in updates.items()
            )

        eventually(ended, _UPDATED_S, f"the end of the update to {version}")
        return {part: self._update(part)["State"] for part in ROLLING}

    def images(self, *services: str) -> set[str]:
        """The images of all running tasks of these services, as they are named in the stack."""
        return {
            container["Config"]["Image"].partition("@")[0] for container in self.inspect(*self.containers(*services))
        }

    def _update(self, part: str) -> dict[str, str]:
        found: dict[str, str] | None = json.loads(
            self.docker("service", "inspect", "--format", "{{json .UpdateStatus}}", f"{STACK}_{part}")
        )
        return found or {}

    def _listed(self, *what: str) -> list[str]:
        return self.docker(*what, "--quiet", "--filter", _OURS).split()

    def _shell(self, script: str) -> None:
        self.run(["sh", "-euc", f"cd '{self._site}'\n{script}"], self.variables())

    def _is_ready(self) -> bool:
        """Tell whether each service has its tasks, all of them healthy, and none that is about to go."""
        running, healthy = Counter[str](), Counter[str]()
        for line in self.docker(
            "ps", "--filter", _OURS, "--format", f'{{{{.Label "{_SERVICE}"}}}} {{{{.Status}}}}'
        ).splitlines():
            service, _, status = line.partition(" ")
            running[service] += 1
            healthy[service] += status.endswith("(healthy)")
        return running == healthy == self._wanted() and self._services_are_ready()

    def _wanted(self) -> Counter[str]:
        """How many tasks each service is to have; `migrate` none any more."""
        lines = self.docker("service", "ls", "--format", "{{.Name}} {{.Replicas}}").splitlines()
        wanted = {
            name: int(replicas.split("/")[1].split()[0]) for name, _, replicas in (x.partition(" ") for x in lines)
        }
        return Counter({name: number for name, number in wanted.items() if name != f"{STACK}_migrate"})


def commands() -> str:
    """The commands of docs/operations.md, with what is needed where no image can be pulled."""
    found = _COMMANDS.search(_DOCUMENT.read_text())
    if found is None:
        raise Failed(f"{_DOCUMENT.name} has no commands for Swarm")
    lines = [line for line in found[1].splitlines() if not line.startswith(_NOT_HERE)]
    return "\n".join(lines).replace("-c deploy/stack.yml", "-c deploy/stack.yml -c deploy/testing/stack.yml")
