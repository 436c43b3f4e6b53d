"""A machine that changes its network while the system runs: a laptop that goes from one room to the next."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import System
from tests.waiting import eventually

FIRST, SECOND = "10.77.0.2", "10.88.0.3"
#: One request without following redirects, from within the network: status and body as JSON.
_ASK = """
import http.client, json, sys
connection = http.client.HTTPConnection(sys.argv[1], timeout=20)
connection.request("GET", sys.argv[2])
answer = connection.getresponse()
print(json.dumps([answer.status, answer.read().decode()]))
"""


def _cannot() -> str:
    """Return the reason why there can be no network of our own here."""
    for program in ("unshare", "nsenter", "ip"):
        if shutil.which(program) is None:
            return f"There is no {program}."
    tried = subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"], capture_output=True, text=True)
    return f"A network of its own takes root: {tried.stderr.strip()}" if tried.returncode else ""


pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(_cannot()), reason=_cannot() or "-")]


class InItsNetwork(System):
    """A system in a network of its own, in which there is nobody else."""

    @property
    def command(self) -> list[str]:
        """As any other one's, in a new network namespace."""
        script = f'ip link set lo up && ip addr add {FIRST}/32 dev lo && exec "$@"'
        return ["unshare", "--net", "sh", "-c", script, "sh", *super().command]

    def inside(self, *command: str) -> str:
        """Run a command in this network; returns what it prints."""
        enter = ["nsenter", "--net", f"--target={self.pid('up')}", *command]
        return subprocess.run(enter, capture_output=True, text=True, check=True, timeout=30).stdout

    def ask(self, host: str, path: str) -> tuple[int, str]:
        """Status and body of what the vote service answers under this address."""
        status, body = json.loads(self.inside(sys.executable, "-c", _ASK, f"{host}:{self.vote_port}", path))
        return status, body


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[InItsNetwork]:
    """A system that phones may reach, in the first network."""
    system = InItsNetwork(tmp_path / "data", "--host", "0.0.0.0")  # noqa: S104
    try:
        system.start(wait=False)
        eventually(lambda: "Ctrl-C stops everything" in system.output, 90, "a system that is ready")
        yield system
    finally:
        system.stop()
        system.clean_up()


def shown(system: InItsNetwork) -> tuple[str, str]:
    """The address that the projector of this machine shows, and its QR code."""
    status, page = system.ask("127.0.0.1", "/p/cats-vs-dogs/present/")
    assert status == 200, page
    code = re.search(r'<div class="qr" role="img" aria-label="QR code of ([^"]+)">(.*?)</div>', page, re.DOTALL)
    assert code, page
    return code[1], code[2]


def test_the_projector_follows_into_another_network(laptop: InItsNetwork) -> None:
    address, code = shown(laptop)
    assert address.startswith(f"{FIRST}:{laptop.vote_port}/")
    short = address.partition("/")[2]
    assert laptop.ask(FIRST, f"/{short}")[0] == 302

    laptop.inside("ip", "addr", "add", f"{SECOND}/32", "dev", "lo")
    laptop.inside("ip", "addr", "del", f"{FIRST}/32", "dev", "lo")

    expected = f"{SECOND}:{laptop.vote_port}/{short}"
    eventually(lambda: shown(laptop)[0] == expected, 20, f"a projector that says {expected}")
    assert shown(laptop)[1] != code
    assert laptop.ask(SECOND, f"/{short}")[0] == 302
    assert laptop.ask(SECOND, "/p/cats-vs-dogs/")[0] == 200
