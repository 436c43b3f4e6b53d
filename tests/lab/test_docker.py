"""Commands for Docker in lessons: without an engine, what they name is compared with docker-compose.yml."""

from pathlib import Path

import pytest

from ops.launch.data_dir import BASE_DIR
from tests.lab import docker, pages

COMMANDS = pages.all_commands(pages.DOCKER)


@pytest.mark.parametrize(
    ("page", "command"), COMMANDS, ids=[f"{page.stem}-{command.line}" for page, command in COMMANDS]
)
def test_a_command_names_only_what_there_is(page: Path, command: pages.Command) -> None:
    assert not list(docker.wrong(command.text)), f"{page.relative_to(BASE_DIR)}:{command.line}"


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("docker compose rm --stop --force web", ["there is no service web"]),
        ("docker compose exec web cat /data/vote", ["there is no service web"]),
        ("docker compose upp -d", ["lessons have no such command: docker compose upp -d"]),
        ("docker compose --profile see up -d", ["there is no profile see"]),
        ("docker network inspect votingsite_front-tier", ["there is no network votingsite_front-tier"]),
        ("docker volume rm redis-data", ["there is no volume redis-data"]),
        ("docker volume ls --filter name=votes", ["no volume has name=votes"]),
        ("docker run --rm redis", ["docker-compose.yml has no image redis"]),
        ("podman ps", ["lessons have no such command: podman ps"]),
        ("until docker ps; do :; done", ["lessons have no such command: until docker ps; do :; done"]),
    ],
)
def test_what_is_not_there_is_found(command: str, found: list[str]) -> None:
    assert list(docker.wrong(command)) == found
