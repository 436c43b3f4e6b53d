"""Checks before anything is broken: docker-compose.yml or deploy/Dockerfile promises each of them."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from ops.entrypoint import roles
from ops.launch.data_dir import BASE_DIR
from tests import forbidden
from tests.browsing import Browser
from tests.deploy.containers import PROJECT, Containers, Failed, OneAddress
from tests.deploy.images import OURS

#: Megabytes, as `docker images` counts them.
LARGEST_IMAGE = 250
_BACK = ("worker", "redis", "db")

#: Says which packages the image has.
_LIST = "from importlib.metadata import distributions; print(*(package.name for package in distributions()))"

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
    return "docker compose config is clean, with and without the profiles"


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
    listed = system.docker("run", "--rm", "--network", "none", "--entrypoint", "python", OURS, "-c", _LIST)
    installed = {_name(package) for package in listed.split()}
    needed = {_name(name) for name in re.findall(r"^([\w.-]+)==", (BASE_DIR / "requirements.txt").read_text(), re.M)}
    assert installed <= needed, installed - needed
    assert "django" in installed
    return f"it has {len(installed)} packages, no test tool and no embedded server among them"


def production_check_is_clean(system: Containers) -> str:
    """With HTTPS=on, as it is meant to be served."""
    command = ("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    system.docker("exec", "--env", "HTTPS=on", system.containers("worker")[0], *command)
    return "check --deploy is clean with HTTPS=on"


def containers_can_do_little(system: Containers) -> str:
    """Read-only, without capabilities, as somebody else than root, within limits."""
    containers, label = system.inspect(), "com.docker.compose.service"
    for container in containers:
        service, host = container["Config"]["Labels"][label], container["HostConfig"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"], service
        assert host["RestartPolicy"]["Name"] == "unless-stopped", service
    return can_do_little(system, containers, label)


def can_do_little(system: Containers, containers: Iterable[Any], label: str) -> str:
    """Look at what Compose and Swarm give to their containers alike; `label` is that of a service's name."""
    for container in containers:
        service, host = container["Config"]["Labels"][label], container["HostConfig"]
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert not host["CapAdd"], service
        assert min(host["Memory"], host["NanoCpus"], host["PidsLimit"]) > 0, service
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
        network = f"{PROJECT}_{tier}"
        command = ("run", "--rm", "--network", network, "--entrypoint", "python", OURS, "-c", _REACH)
        return system.docker(*command, *places).split()

    assert reached("back-tier", *back) == back
    assert reached("front", "vote:8080", "result:8081", *back) == ["vote:8080", "result:8081"]
    return f"from the front tier both web services can be reached, and none of {', '.join(back)}"


def secrets_are_in_files_alone(system: Containers) -> str:
    """Check that neither `docker inspect` nor a log shows a secret."""
    secrets = _volume(system, "secrets")
    known = json.dumps(system.inspect()) + system.compose("logs", "--no-color")
    for name, text in secrets.items():
        assert text not in known, name
    return f"none of {len(secrets)} secrets is in what docker inspect tells, and none in the logs"


#: Of all secrets, which each container knows.
_KNOWN = {
    "vote": {"secret_key", "metrics_token", "database_parts", "redis_vote"},
    "result": {"secret_key", "metrics_token", "database_parts", "redis_result"},
    "worker": {"database_parts", "redis_worker"},
    "migrate": {"database", "database_parts", "redis_migrate", "admin"},
    "seed": {"database_parts", "redis_seed"},
    "redis": {"redis_health"},
    "db": {"database"},
}


def each_part_has_its_own_secrets(system: Containers) -> str:
    """Check that a container mounts and knows its own secrets, and nobody else's."""
    secrets = _volume(system, "secrets")
    for part, names in _KNOWN.items():
        known = "".join(_volume(system, f"secrets-{part}").values())
        assert {name for name, text in secrets.items() if text.strip() in known} == names, part
    for container in system.inspect():
        part = container["Config"]["Labels"]["com.docker.compose.service"]
        mounted = [(mount["Name"], mount["RW"]) for mount in container["Mounts"] if "secrets" in mount.get("Name", "")]
        assert mounted == ([(f"{PROJECT}_secrets-{part}", False)] if part in _KNOWN else []), part
    return "each part mounts its own secrets, and no other's"


def parts_may_do_their_work_alone(system: Containers) -> str:
    """Try, from the container of each part, statements and commands that are none of its work."""
    script = (BASE_DIR / "tests" / "forbidden.py").read_text()
    for part in ("vote", "result", "worker"):
        said = system.docker("exec", system.containers(part)[0], "python", "-c", script)
        assert json.loads(said) == [part, []], said
    tried = len(forbidden.SQL) + len(forbidden.REDIS)
    redis = system.containers("redis")[0]
    health = 'REDISCLI_AUTH="$(cat /secrets/health)" valkey-cli --user health '
    assert "PONG" in system.docker("exec", redis, "sh", "-c", f"{health} ping")
    assert "NOPERM" in system.docker("exec", redis, "sh", "-c", f"{health} dbsize")
    assert "NOAUTH" in system.docker("exec", redis, "valkey-cli", "dbsize")
    return f"vote, result and worker are refused {tried} statements and commands; the health check may ping alone"


def votes_come_in_by_the_front(system: Containers) -> str:
    """The profile `seed`."""
    system.compose("run", "--rm", "seed", more={"COMPOSE_PROFILES": "seed", "SEED_VOTES": "300"})
    return "the profile seed has cast 300 votes through the vote service"


def an_older_deployment_upgrades(system: Containers) -> str:
    """Bring back the state of when all parts shared one volume of secrets and the owner's role, and upgrade it."""
    before = _ballots(system)
    forget = f"DROP OWNED BY {roles.PARTS}; DROP ROLE {roles.PARTS}; GRANT ALL ON DATABASE votingsite TO PUBLIC"
    owner = ("--username", "votingsite", "--quiet", "--command")
    system.docker("exec", system.containers("db")[0], "psql", *owner, forget)
    system.destroy()
    ours = ("--filter", f"label=com.docker.compose.project={PROJECT}", "--filter", "name=_secrets-")
    system.docker("volume", "rm", *system.docker("volume", "ls", "--quiet", *ours).split())
    volume = ("--user", "10001", "--volume", f"{PROJECT}_secrets:/volume", "--entrypoint", "sh", OURS, "-c")
    system.docker("run", "--rm", "--network", "none", *volume, "rm /volume/redis_* /volume/database_*")
    system.start()
    assert before == _ballots(system) > 0
    parts_may_do_their_work_alone(system)
    return f"a deployment of before there were roles is upgraded by `up`, with its {before} ballots"


def _ballots(system: Containers) -> int:
    with system.postgres() as postgres:
        (ballots,) = postgres.execute("SELECT count(*) FROM polls_ballot").fetchone() or (0,)
    return int(ballots)


def nobody_can_say_who_he_is(system: OneAddress) -> str:
    """Vote past the rate limit from a private network with a forged X-Forwarded-For, at the proxy and beside it."""
    path, limit, accepted = "/p/cats-vs-dogs/", 5, {}
    system.compose("up", "-d", "--no-deps", *system.scale_of_vote, "vote", more={"VOTE_RATE_LIMIT": str(limit)})
    system.wait_ready(60)
    beside = system.inspect(system.containers("vote")[0])[0]["NetworkSettings"]["Ports"]["8080/tcp"][0]["HostPort"]
    for way, origin in {"the proxy": system.vote_url, "a published port": f"http://127.0.0.1:{beside}"}.items():
        statuses = []
        for number in range(2 * limit):
            browser = Browser(origin, headers={"X-Forwarded-For": f"192.168.{number}.7, 172.16.{number}.7"})
            choice = browser.get(f"{path}results.json").json()["choices"][0]["id"]
            statuses.append(browser.vote(path, choice).status)
        accepted[way] = statuses.count(202)
    # Both ways come from one address, that of the host: they share one limit, which begins anew each minute.
    assert sum(accepted.values()) <= 2 * limit, accepted
    system.compose("up", "-d", "--no-deps", *system.scale_of_vote, "vote")
    system.wait_ready(60)
    return f"of {2 * limit} votes under forged addresses each, {accepted} were accepted with a limit of {limit}"


LOOKS: list[Callable[[Containers], str]] = [
    configuration_is_clean,
    image_is_small,
    image_holds_what_production_needs,
    production_check_is_clean,
    containers_can_do_little,
    only_the_web_services_are_published,
    front_can_not_reach_back,
    secrets_are_in_files_alone,
    each_part_has_its_own_secrets,
    parts_may_do_their_work_alone,
    votes_come_in_by_the_front,
    an_older_deployment_upgrades,
]
LOOKS_BEHIND_THE_PROXY: list[Callable[[OneAddress], str]] = [nobody_can_say_who_he_is]


def _name(package: str) -> str:
    """As Python compares them."""
    return re.sub(r"[-_.]+", "-", package).lower()


def _volume(system: Containers, name: str) -> dict[str, str]:
    """The files of a volume, by their names."""
    read = "import json, pathlib; print(json.dumps({f.name: f.read_text() for f in pathlib.Path('/volume').iterdir()}))"
    mounted = ("--user", "10001", "--volume", f"{PROJECT}_{name}:/volume:ro", "--entrypoint", "python", OURS)
    found: dict[str, str] = json.loads(system.docker("run", "--rm", "--network", "none", *mounted, "-c", read))
    return found
