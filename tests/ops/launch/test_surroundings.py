"""bin/up in surroundings that somebody else has left: shells, terminals, addresses, limits, data of other versions."""

import os
import socket
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from core.stores.running import ANYWHERE
from ops.launch import network, wait_until_ready
from ops.launch.data_dir import BASE_DIR
from ops.launch.embedded import Valkey
from ops.launch.environment import without_ours
from tests.browsing import Browser
from tests.system import System
from tests.waiting import eventually

PATH = "/p/cats-vs-dogs/"


def refusal(*options: str, before: str = "", folder: Path) -> str:
    """Return the line of a bin/up that does not start; `before` is typed into the shell before it."""
    vote, result = network.free_ports(2)
    command = (
        f"{before} exec {BASE_DIR}/bin/up --data {folder} --port {vote} --result-port {result} {' '.join(options)}"
    )
    environment = {name: os.environ[name] for name in without_ours(os.environ)}
    run = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout) == (1, ""), run
    (line,) = run.stderr.splitlines()
    return line


#: What shells were found to have left.
LEFT = {
    "http_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "socks5://127.0.0.1:9",
    "PGSSLMODE": "require",
    "PGHOSTADDR": "192.0.2.1",
    "PGOPTIONS": "-c nonsense=1",
    "DJANGO_SETTINGS_MODULE": "mysite.settings",
    "LOG_LEVEL": "DEBUG",
    "REDIS_HOST": "",
    "DATABASE_URL": "",
    "WEB_CONCURRENCY": "3",
    "UVICORN_PORT": "1",
    "FORWARDED_ALLOW_IPS": "*",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "PYTHONPATH": "/nowhere",
    "RQ_KEY_PREFIX": "theirs",
    "ROLE": "worker",
}


@pytest.mark.slow
def test_what_a_shell_has_left_changes_nothing(tmp_path: Path) -> None:
    with System(tmp_path / "data", environment=LEFT) as system:
        voter = Browser(system.vote_url)
        choice = voter.get(f"{PATH}results.json").json()["choices"][0]["id"]
        assert voter.vote(PATH, choice).status == 202
        eventually(lambda: voter.get(f"{PATH}results.json").json()["voters"] == 1, 10)
        commands = [process.cmdline() for process in system.processes()]
    assert sum("uvicorn" in command for command in commands) == 2


def test_a_terminal_without_blocks_gets_the_address_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UP_ENCODING", "iso-8859-1")
    lines = wait_until_ready._join_lines(8080)
    monkeypatch.setenv("UP_ENCODING", "utf-8")
    assert len(lines) < len(wait_until_ready._join_lines(8080))
    for line in lines:
        line.encode("iso-8859-1")


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.slow
def test_both_services_listen_alike(tmp_path: Path) -> None:
    if not has_ipv6():
        assert "--host :: is no address of this machine" in refusal("--host", "::", folder=tmp_path)
        return
    system = System(tmp_path / "data", "--host", "::")
    with system:
        for port in (system.vote_port, system.result_port):
            for host in ("127.0.0.1", "[::1]"):
                with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=5) as answer:
                    assert answer.status == 200


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--host", "no-such-name.invalid"),
            "--host no-such-name.invalid is no name or address that this machine knows",
        ),
        (("--host", "203.0.113.7"), "--host 203.0.113.7 is no address of this machine"),
        (("--host", "''"), "is no name or address that this machine knows"),
        (("--dev", "--host", ANYWHERE[0]), "--dev shows source and settings"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_where_it_can_not_listen_is_said_at_once(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    assert said in refusal(*options, folder=tmp_path)


@pytest.mark.parametrize(("host", "address"), [("localhost", "127.0.0.1"), ("[::1]", "::1"), ("127.1", "127.0.0.1")])
def test_a_name_is_resolved_once(host: str, address: str) -> None:
    assert network.resolve(host) == address


@pytest.mark.parametrize(("limit", "said"), [("ulimit -n 128;", "128 open files, and 1024 are needed")])
def test_too_low_a_limit_is_said_with_the_right_one(tmp_path: Path, limit: str, said: str) -> None:
    assert said in refusal(before=limit, folder=tmp_path)


def of_another_postgres(folder: Path) -> Path:
    (folder / "postgres").mkdir(mode=0o700)
    file = folder / "postgres" / "PG_VERSION"
    file.write_text("9.6\n")
    return file


def of_another_valkey(folder: Path) -> Path:
    (folder / "redis" / "appendonlydir").mkdir(parents=True)
    file = folder / "redis" / "appendonlydir" / "appendonly.aof.1.base.rdb"
    file.write_bytes(b"REDIS0099 and more")
    return file


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (of_another_postgres, "was written by PostgreSQL 9.6; this is PostgreSQL"),
        (of_another_valkey, "format REDIS0099"),
    ],
)
def test_data_of_another_version_is_left_alone(tmp_path: Path, make: Callable[[Path], Path], said: str) -> None:
    file = make(tmp_path)
    before = file.read_bytes()

    line = refusal(folder=tmp_path)
    assert said in line
    assert "Nothing was touched." in line
    assert file.read_bytes() == before


def test_data_of_this_version_is_read(system: System) -> None:
    server = Valkey(system.folder.redis, 1, "x")
    server._require_our_format()
    found = next((system.folder.redis / "appendonlydir").glob("*.base.rdb")).read_bytes()
    assert found[:5] in (b"REDIS", b"VALKE")


def test_a_folder_that_is_none_of_ours_is_said(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    assert "holds no database of PostgreSQL's" in refusal(folder=tmp_path)
