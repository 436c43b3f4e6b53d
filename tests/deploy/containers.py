"""The system in containers, as a person runs it with Compose, and as drills break it."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from ops.launch import network
from ops.launch.data_dir import BASE_DIR
from ops.launch.environment import without_ours
from tests.deploy.engine import Engine, compose
from tests.waiting import eventually

PROJECT = "votingsite-deploy"
#: What may not be missing while the system runs.
PARTS = ("vote", "result", "worker", "redis", "db")
_INSPECT = ("inspect-db", "inspect-redis")
FILES = ("docker-compose.yml", "deploy/testing/docker-compose.yml")
#: Seconds for one command of Docker's, and for everything to be up.
_COMMAND_S = 300
_START_S = 180


class Failed(Exception):
    """A command has failed: which, and what it said."""


class Containers:
    """All of docker-compose.yml on one engine, its ports on free ones of this machine."""

    #: Further services that run, options of `up`, and variables.
    more: tuple[str, ...] = ()
    scale: tuple[str, ...] = ()

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.ports = dict(zip(("vote", "result", "proxy", *_INSPECT), network.free_ports(5), strict=True))
        self.vote_url = f"http://127.0.0.1:{self.ports['vote']}"
        self.result_url = f"http://127.0.0.1:{self.ports['result']}"
        self.engine, self.folder = engine, folder
        # Settings of whoever develops here are none of the test's.
        self._env_file = folder / "empty.env"
        self._env_file.touch()

    def variables(self) -> dict[str, str]:
        """Return the variables for Compose."""
        return {
            "COMPOSE_PROFILES": "inspect",
            "VOTE_PORT": str(self.ports["vote"]),
            "RESULT_PORT": str(self.ports["result"]),
            "INSPECT_DB_PORT": str(self.ports["inspect-db"]),
            "INSPECT_REDIS_PORT": str(self.ports["inspect-redis"]),
        }

    @property
    def env_file(self) -> Path:
        """Return the path of Compose's environment file."""
        return self._env_file

    # Commands --------------------------------------------------------------------------------------------------------

    def compose(self, *arguments: str, more: Mapping[str, str] | None = None) -> str:
        """Run a command of Compose's; returns what it printed. Raises Failed."""
        files = [option for file in FILES for option in ("--file", str(BASE_DIR / file))]
        command = [*compose(), "--project-name", PROJECT, "--env-file", str(self.env_file), *files, *arguments]
        return self.run(command, self.variables() | (dict(more or {})))

    def docker(self, *arguments: str) -> str:
        """Run a command of Docker's; returns what it printed. Raises Failed."""
        return self.run(["docker", *arguments], {})

    def run(self, command: list[str], variables: Mapping[str, str]) -> str:
        """Run a command that talks to the engine; returns what it printed. Raises Failed."""
        done = subprocess.run(
            command, env=self.environment(variables), capture_output=True, text=True, timeout=_COMMAND_S, check=False
        )
        if done.returncode:
            raise Failed(
                f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
            )
        return done.stdout

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a program that talks to the engine, with these variables."""
        vote = {name: os.environ[name] for name in without_ours(os.environ)}
        return {
            **vote,
            "DOCKER_HOST": self.engine.host,
            "DOCKER_BUILDKIT": "0",
            "COMPOSE_DOCKER_CLI_BUILD": "0",
            # Not the default: whoever has an image in a registry names it so.
            "VOTINGSITE_IMAGE": "votingsite",
            **variables,
        }

    def containers(self, *services: str) -> list[str]:
        """Ids of the running containers of these services, or of all."""
        filters = [f"label=com.docker.compose.service={service}" for service in services] or ["status=running"]
        found: list[str] = []
        for one in filters:
            ours = f"label=com.docker.compose.project={PROJECT}"
            found += self.docker("ps", "--quiet", "--no-trunc", "--filter", ours, "--filter", one).split()
        return found

    def inspect(self, *containers: str) -> list[dict[str, Any]]:
        """All that Docker knows of these containers, or of all that run."""
        found: list[dict[str, Any]] = json.loads(self.docker("inspect", *(containers or self.containers())))
        return found

    # What every drill needs ------------------------------------------------------------------------------------------

    def up(self) -> None:
        """`docker compose up -d`: starts what doesn't run, and puts back what is gone."""
        self.compose("up", "-d", "--no-build", *self.scale)

    def start(self) -> None:
        """The same, and wait until all is ready."""
        self.up()
        self.wait_ready(_START_S)

    def destroy(self) -> None:
        """End all containers, however they stand. What is stored stays."""
        self.compose("down", "--timeout", "5")

    def wait_ready(self, within: float) -> None:
        """Wait until every container is healthy, and both web services reach both stores."""
        eventually(self._is_ready, within, "containers that are all healthy")

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command in a container; with `-m` a module of ours, which is not in the image, here."""
        if arguments[0] == "-m":
            command, variables = [sys.executable, *arguments], self.addresses()
        else:
            command = ["docker", "exec", self.containers("worker")[0], "python", "manage.py", *arguments]
            variables = {}
        environment = self.environment(variables)
        return subprocess.run(
            command, env=environment, cwd=BASE_DIR, capture_output=True, text=True, timeout=_COMMAND_S, check=False
        )

    def postgres(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection to its Postgres, over the port of the profile `inspect`."""
        return psycopg.connect(self.addresses()["DATABASE_URL"], connect_timeout=10)

    def secret(self, part: str, name: str) -> str:
        """A secret of one of our parts."""
        return self.docker("exec", self.containers(part)[0], "cat", f"/data/secrets/{name}").strip()

    def addresses(self) -> dict[str, str]:
        """Settings of a process on this machine that works on the containers' stores, as a web service does."""
        return {
            "DATABASE_URL": self._published("database_url", "inspect-db"),
            "REDIS_URL": self._published("redis_url", "inspect-redis"),
            "SECRET_KEY": self.secret("vote", "secret_key"),
        }

    def _published(self, secret: str, service: str) -> str:
        url = urlsplit(self.secret("vote", secret))
        password = url.netloc.rpartition("@")[0]
        return url._replace(netloc=f"{password}@127.0.0.1:{self.ports[service]}").geturl()

    def _is_ready(self) -> bool:
        healthy: dict[str, list[bool]] = {}
        for container in self.inspect():
            labels, state = container["Config"]["Labels"], container["State"]
            health = state.get("Health", {}).get("Status")
            healthy.setdefault(labels["com.docker.compose.service"], []).append(health == "healthy")
        expected = {*PARTS, *_INSPECT, *self.more}
        return (
            expected <= healthy.keys() and all(all(those) for those in healthy.values()) and self._services_are_ready()
        )

    def _services_are_ready(self) -> bool:
        for url in (self.vote_url, self.result_url):
            with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
                if set(json.load(answer)["stores"].values()) != {"up"}:
                    return False
        return True


class OneAddress(Containers):
    """The same behind the proxy, as deploy/one-address.env has it, with several of each web service."""

    more = ("proxy",)
    scale_of_vote = ("--scale", "vote=3")
    scale = (*scale_of_vote, "--scale", "result=2")

    def __init__(self, engine: Engine, folder: Path) -> None:
        super().__init__(engine, folder)
        self.vote_url = self.result_url = f"http://127.0.0.1:{self.ports['proxy']}"

    def variables(self) -> dict[str, str]:
        own = ("VOTE_PORT", "RESULT_PORT")
        others = {name: value for name, value in super().variables().items() if name not in own}
        return {
            **others,
            "COMPOSE_PROFILES": "inspect,proxy",
            "PROXY_PORT": str(self.ports["proxy"]),
            "VOTE_URL": self.vote_url,
            "RESULT_URL": self.result_url,
        }

    @property
    def env_file(self) -> Path:
        return BASE_DIR / "deploy" / "one-address.env"
