"""Checks before anything is broken: docker-compose.yml or deploy/Dockerfile promises each of them."""

import json
import re
from collections.abc import Callable
from typing import Any

from ops.launch.data_dir import BASE_DIR
from tests.deploy.containers import PROJECT, Containers, Failed
from tests.deploy.images import OURS

#: Megabytes, as `docker images` counts them.
LARGEST_IMAGE = 250
_BACK = ("worker", "redis", "db")

#: Run in a container of the front tier alone: which of these names and addresses can be reached from there.
_REACH = """
import socket, sys
for place in sys.argv[1:]:
    host, port = place.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        continue
    print(place)
"""


def configuration_is_clean(system: Containers) -> str:
    """Compose takes the file as it stands in the project."""
    for profiles in ("", "seed,proxy,inspect"):
        system.compose("config", "--quiet", more={"COMPOSE_PROFILES": profiles})
    return "docker-compose config is clean, with and without the profiles"


def image_is_small(system: Containers) -> str:
    """And belongs to a user without a name."""
    image, base = (json.loads(system.docker("image", "inspect", name))[0] for name in (OURS, f"{OURS}-testing/python"))
    size, of_base = round(image["Size"] / 1e6), round(base["Size"] / 1e6)
    assert size < LARGEST_IMAGE, f"{size} MB"
    assert image["Config"]["User"] == "10001:10001"
    names = system.docker("run", "--rm", "--network", "none", "--entrypoint", "cat", OURS, "/etc/passwd")
    assert ":10001:" not in names
    return f"the image has {size} MB, {of_base} of them its base, and its user has no name"


def image_holds_what_production_needs(system: Containers) -> str:
    """Nothing is installed that requirements.txt doesn't name."""
    listed = system.docker("run", "--rm", "--network", "none", "--entrypoint", "pip", OURS, "list", "--format", "json")
    installed = {_name(package["name"]) for package in json.loads(listed)} - {"pip"}
    needed = {_name(name) for name in re.findall(r"^([\w.-]+)==", (BASE_DIR / "requirements.txt").read_text(), re.M)}
    assert installed <= needed, installed - needed
    assert "django" in installed
    return f"pip list has {len(installed)} packages, no test tool and no embedded server among them"


def production_check_is_clean(system: Containers) -> str:
    """With HTTPS=on, as it is meant to be served."""
    command = ("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    system.docker("exec", "--env", "HTTPS=on", system.containers("worker")[0], *command)
    return "check --deploy is clean with HTTPS=on"


def containers_can_do_little(system: Containers) -> str:
    """Read-only, without capabilities, as somebody else than root, within limits."""
    for container in system.inspect():
        service, host = container["Config"]["Labels"]["com.docker.compose.service"], container["HostConfig"]
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert not host["CapAdd"], service
        assert host["SecurityOpt"] == ["no-new-privileges:true"], service
        assert min(host["Memory"], host["NanoCpus"], host["PidsLimit"]) > 0, service
        assert host["RestartPolicy"]["Name"] == "unless-stopped", service
        assert "Healthcheck" in container["Config"], service
        assert system.docker("exec", container["Id"], "id", "-u").strip() != "0", service
    try:
        system.docker("exec", system.containers("vote")[0], "touch", "/app/x", "/data/x", "/data/secrets/x")
    except Failed:
        return "all root file systems are read-only, nobody is root, no capabilities, limits everywhere"
    raise AssertionError("a file could be written")


def only_the_web_services_are_published(system: Containers) -> str:
    """And what is asked for by a profile; all on 127.0.0.1."""
    published: dict[str, list[dict[str, str]]] = {}
    for container in system.inspect():
        service = container["Config"]["Labels"]["com.docker.compose.service"]
        published[service] = [
            place for places in container["NetworkSettings"]["Ports"].values() for place in places or []
        ]
    assert {place["HostIp"] for places in published.values() for place in places} == {"127.0.0.1"}
    assert {service for service, places in published.items() if not places} == set(_BACK)
    return "worker, redis and db publish no port, all others on 127.0.0.1 alone"


def front_can_not_reach_back(system: Containers) -> str:
    """Neither by name nor by address, on the ports that they listen on."""
    ports = {"redis": 6379, "db": 5432}
    back = [f"{name}:{port}" for name, port in ports.items()]
    for container in system.inspect(*system.containers("redis", "db")):
        port = ports[container["Config"]["Labels"]["com.docker.compose.service"]]
        networks: dict[str, Any] = container["NetworkSettings"]["Networks"]
        assert list(networks) == [f"{PROJECT}_back-tier"]
        back += [f"{network['IPAddress']}:{port}" for network in networks.values()]

    def reached(tier: str, *places: str) -> list[str]:
        network = f"{PROJECT}_{tier}-tier"
        command = ("run", "--rm", "--network", network, "--entrypoint", "python", OURS, "-c", _REACH)
        return system.docker(*command, *places).split()

    assert reached("back", *back) == back
    assert reached("front", "vote:8080", "result:8081", *back) == ["vote:8080", "result:8081"]
    return f"from the front tier both web services can be reached, and none of {', '.join(back)}"


def secrets_are_in_files_alone(system: Containers) -> str:
    """Check that `docker inspect` shows no secret."""
    known = json.dumps(system.inspect())
    for name in ("secret_key", "database", "redis", "admin"):
        assert system.secret(name) not in known, name
    return "no secret is in what docker inspect tells"


def votes_come_in_by_the_front(system: Containers) -> str:
    """The profile `seed`."""
    system.compose("run", "--rm", "seed", more={"COMPOSE_PROFILES": "seed", "SEED_VOTES": "300"})
    return "the profile seed has cast 300 votes through the vote service"


LOOKS: list[Callable[[Containers], str]] = [
    configuration_is_clean,
    image_is_small,
    image_holds_what_production_needs,
    production_check_is_clean,
    containers_can_do_little,
    only_the_web_services_are_published,
    front_can_not_reach_back,
    secrets_are_in_files_alone,
    votes_come_in_by_the_front,
]


def _name(package: str) -> str:
    """As Python compares them."""
    return re.sub(r"[-_.]+", "-", package).lower()
