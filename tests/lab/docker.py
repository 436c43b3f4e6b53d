"""Checks commands for Docker without an engine: all that they name has to be in docker-compose.yml."""

import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import takewhile
from typing import Any

import yaml

from ops.launch.data_dir import BASE_DIR

#: Subcommands of Compose that lessons use, and how many of their arguments are services.
_COMPOSE = {
    **dict.fromkeys(
        ("up", "ps", "rm", "stop", "start", "restart", "kill", "pause", "unpause", "logs", "config", "images"), None
    ),
    **dict.fromkeys(("exec", "run", "port"), 1),
    "down": 0,
}
#: Options whose value stands behind them.
_WITH_VALUE = (
    *("--format", "--filter", "--tail", "-n", "--env", "-e", "--user", "-p", "-v"),
    *("--scale", "--entrypoint", "--network"),
)
#: What Compose puts before the names of networks and volumes: the folder of the clone.
_PREFIX = "votingsite_"
_PLURAL = {"network": "networks", "volume": "volumes"}


def wrong(command: str) -> Iterator[str]:
    """Yield what a command names that docker-compose.yml has not, or that is no command of Docker's."""
    words = _without_variables(list(takewhile(lambda word: word != "|", shlex.split(command, comments=True))))
    match words:
        case ["docker", "compose", *rest]:
            yield from _wrong_of_compose(rest)
        case ["docker", ("network" | "volume") as kind, "ls", *rest]:
            for word in rest:
                if word.startswith("name=") and not any(f"{_PREFIX}{n}".startswith(word[5:]) for n in _names(kind)):
                    yield f"no {kind} has {word}"
        case ["docker", ("network" | "volume") as kind, "inspect" | "rm", *rest]:
            yield from (f"there is no {kind} {name}" for name in _positional(rest) if name not in _full_names(kind))
        case ["docker", "run", *rest]:
            image = next(_positional(rest), "")
            if not any(service.get("image", "").endswith(f":-{image}}}") for service in _file()["services"].values()):
                yield f"docker-compose.yml has no image {image}"
        case ["for" | "until", *rest] if "docker" not in rest:
            pass  # pages are loaded, and nothing of Docker's is named
        case _:
            yield f"lessons have no such command: {command}"


def _wrong_of_compose(words: Sequence[str]) -> Iterator[str]:
    profiles = {profile for service in _file()["services"].values() for profile in service.get("profiles", ())}
    match list(words):
        case ["--profile", profile, *rest]:
            if profile not in profiles:
                yield f"there is no profile {profile}"
            yield from _wrong_of_compose(rest)
        case [subcommand, *rest] if subcommand in _COMPOSE:
            services = list(_positional(rest))[: _COMPOSE[subcommand]]
            yield from (f"there is no service {name}" for name in services if name not in _file()["services"])
        case _:
            yield f"lessons have no such command: docker compose {' '.join(words)}"


def _positional(words: Sequence[str]) -> Iterator[str]:
    """Yield the words that are neither options nor their values."""
    previous = ""
    for word in words:
        if not word.startswith("-") and previous not in _WITH_VALUE:
            yield word
        previous = word


def _without_variables(words: list[str]) -> list[str]:
    return words[1:] if words and words[0].partition("=")[0].isupper() else words


def _names(kind: str) -> list[str]:
    return list(_file()[_PLURAL[kind]])


def _full_names(kind: str) -> list[str]:
    return [f"{_PREFIX}{name}" for name in _names(kind)]


@cache
def _file() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
    return loaded
