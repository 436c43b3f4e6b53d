"""Types the commands for Docker of the lessons in docs/lab/, on an engine of bin/test-deploy."""

import tempfile
from pathlib import Path
from queue import Empty

from tests.deploy.containers import FILES, Containers, Failed
from tests.deploy.engine import PLUGIN, compose
from tests.deploy.images import SERVERS
from tests.lab import pages
from tests.lab.newcomer import Newcomer
from tests.lab.pages import Command

#: The folder of the clone, and so the project's name to Compose.
_CLONE = "votingsite"
#: Where engines keep what they have, as lessons print it.
_ROOT = "/var/lib/docker"


class Reader(Newcomer):
    """Types commands for Docker. They print what stands there; where nothing does, they have to succeed."""

    def __init__(self, system: Containers, folder: Path) -> None:
        super().__init__(folder, **system.environment({"COMPOSE_FILE": ":".join(FILES)}))
        self._shell.run(f"export VOTE_PORT={self._ports['8080']} RESULT_PORT={self._ports['8081']}")
        self._root = system.docker("info", "--format", "{{.DockerRootDir}}").strip()

    def _in_shell(self, command: Command) -> list[str]:
        text = self._with_free_ports(command.text)
        if not command.output:
            # 137: killed, as one is that kills all in its container.
            text = f'said=$({text} 2>&1) || [ $? = 137 ] || echo "$said"'
        return self._shell.run(text)

    def _as_printed(self, line: str) -> str:
        return super()._as_printed(line).replace(self._root, _ROOT)


def lessons_say_what_docker_does(system: Containers) -> str:
    """Type them all, in a clone and on free ports. Needs an engine on which nothing of ours runs."""
    if compose() != PLUGIN:
        return "NOT TYPED: the lessons' commands for Docker are those of Compose v2, which is not installed"
    commands = pages.all_commands(pages.DOCKER)
    # The image that a lesson starts by its name.
    valkey = next(word for _, command in commands for word in command.text.split() if word.startswith("valkey/"))
    system.docker("tag", SERVERS, valkey)
    try:
        with tempfile.TemporaryDirectory() as folder, Reader(system, Path(folder) / _CLONE) as reader:
            for page, command in commands:
                reader.type(page, command)
    except Empty:
        raise Failed(f"{page.name}:{command.line} says nothing for three minutes: {command.text}") from None
    finally:
        system.docker("compose", "--project-name", _CLONE, "down", "--volumes", "--remove-orphans")
        system.docker("rmi", valkey)
    return f"{len(commands)} commands for Docker of the lessons do and print what stands there"
