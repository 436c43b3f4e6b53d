"""Checks of the stack before anything is broken: deploy/stack.yml promises each of them."""

from collections.abc import Callable

from tests.browsing import Browser
from tests.deploy.containers import Failed
from tests.deploy.looks import can_do_little, parts_may_do_their_work_alone
from tests.deploy.swarm import Swarm
from tests.waiting import eventually

_POLL = "/p/cats-vs-dogs/"
_COUNTED_S = 10
#: Ports of both stores, and what each answers before it knows who asks: PING (- or +), and whether it has TLS (N or S).
_GREETINGS = {"redis": ("6379", b"PING\r\n".hex()), "db": ("5432", "0000000804d2162f")}
#: A gateway may take any connection, and even answer.
_GREET = """
import socket, sys
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2)
connection.sendall(bytes.fromhex(sys.argv[3]))
sys.exit(connection.recv(1) not in (b'-', b'+', b'N', b'S'))
"""


def a_vote_is_counted(system: Swarm) -> str:
    """At the one address, from the press to the result."""
    browser = Browser(system.vote_url)
    choice = browser.get(f"{_POLL}results.json").json()["choices"][0]
    answer = browser.vote(_POLL, choice["id"])
    assert answer.status == 202, answer.body

    def counted() -> bool:
        return bool(browser.get(f"{_POLL}results.json").json()["choices"][0]["votes"] == choice["votes"] + 1)

    eventually(counted, _COUNTED_S, "a vote that is counted")
    return f"a vote at {system.vote_url} is counted"


def tasks_can_do_little(system: Swarm) -> str:
    """Read-only, without capabilities, as somebody else than root, within limits."""
    containers = system.inspect(*system.containers("vote", "result", "worker", "redis", "db", "proxy"))
    return can_do_little(system, containers, "com.docker.swarm.service.name")


def only_the_proxy_is_published(system: Swarm) -> str:
    """And what lets this test in."""
    published = set()
    for container in system.inspect():
        if any(container["NetworkSettings"]["Ports"].values()):
            published.add(container["Config"]["Labels"]["com.docker.swarm.service.name"].partition("_")[2])
    assert published == {"proxy", "inspect-db", "inspect-redis"}, published
    return "no port is published but that of the proxy"


def proxy_can_not_reach_back(system: Swarm) -> str:
    """Neither by name nor by address."""
    for service, (port, greeting) in _GREETINGS.items():
        (container,) = system.inspect(*system.containers(service))
        addresses = [network["IPAddress"] for network in container["NetworkSettings"]["Networks"].values()]
        for place in (service, *addresses):
            reached = {part: _answers(system, part, place, port, greeting) for part in ("worker", "proxy")}
            assert reached == {"worker": True, "proxy": False}, f"{place}:{port}: {reached}"
    return "a worker reaches both stores, and the proxy neither, by name or address"


def _answers(system: Swarm, part: str, *arguments: str) -> bool:
    """Tell whether a store says something to a task of that part."""
    try:
        system.docker("exec", system.containers(part)[0], "python3", "-c", _GREET, *arguments)
    except Failed:
        return False
    return True


def secrets_are_in_files_alone(system: Swarm) -> str:
    """Check that `docker inspect` shows no secret."""
    services = system.docker("service", "ls", "--quiet").split()
    told = system.docker("inspect", *system.containers()) + system.docker("service", "inspect", *services)
    names = [("vote", name) for name in ("secret_key", "database_url", "redis_url")] + [("worker", "redis_url")]
    for part, name in names:
        assert system.secret(part, name) not in told, name
    return "no secret is in what docker inspect and docker service inspect tell"


LOOKS: list[Callable[[Swarm], str]] = [
    a_vote_is_counted,
    tasks_can_do_little,
    only_the_proxy_is_published,
    proxy_can_not_reach_back,
    secrets_are_in_files_alone,
    parts_may_do_their_work_alone,
]
