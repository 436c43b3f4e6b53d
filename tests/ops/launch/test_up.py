"""bin/up, as a person uses it."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from core.stores.running import RunningServers
from ops.launch.data_dir import BASE_DIR
from tests.system import System, alive, copy_of_a_started_one
from tests.waiting import eventually


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new folder: the first start alone prints the password."""
    return tmp_path_factory.mktemp("system") / "data"


@pytest.fixture
def new(tmp_path: Path) -> Iterator[System]:
    """A system that was never started; whatever a test leaves of it is ended."""
    system = System(tmp_path / "a folder's data, 100%", "--no-seed")
    yield system
    system.stop()
    system.clean_up()


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[System]:
    """A system that was started before, and stopped in order; whatever a test leaves of it is ended."""
    system = System(copy_of_a_started_one(tmp_path / "data"), "--no-seed")
    yield system
    system.stop()
    system.clean_up()


def manage(system: System, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run(
        [str(BASE_DIR / "bin" / "manage"), *arguments],
        env=environment | {"DATA_DIR": str(system.folder.path)},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("part", ["vote", "result", "worker-1", "redis", "db"])
def test_a_killed_part_is_back_within_15_seconds(system: System, part: str) -> None:
    ports = RunningServers.read(system.folder.path)

    killed = system.kill(part)

    system.wait_back(part, killed, within=15)
    assert f"{part} ended (terminated by SIGKILL); starting it again" in system.output
    assert RunningServers.read(system.folder.path) == ports


def test_a_frozen_postgres_child_does_not_keep_postgres_down(system: System) -> None:
    """Such a child can't see that its server has died, and a new server doesn't start while it lives."""
    child = psutil.Process(system.pid("db")).children()[0]
    child.suspend()

    system.wait_back("db", system.kill("db"))

    assert alive([child]) == []


def test_every_part_is_told_by_its_command(system: System) -> None:
    commands = {part: " ".join(psutil.Process(system.pid(part)).cmdline()) for part in system.parts}

    assert f"postgres -D {system.folder.path}" in commands["db"]
    assert "valkey-server" in commands["redis"]
    assert "--port" in commands["vote"]
    assert "--ws none" in commands["vote"]
    assert "uvicorn" in commands["result"]
    assert "rqworker" in commands["worker-1"]


def test_no_secret_is_seen_in_ps_or_by_other_users(system: System) -> None:
    secrets = [path.read_text() for path in (system.folder.path / "secrets").iterdir()]
    seen = " ".join(" ".join(process.cmdline()) for process in system.processes())

    assert len(secrets) == 8
    assert not any(secret in seen for secret in secrets)
    for folder in ("secrets", "run", "log", "postgres", "redis"):
        assert stat.S_IMODE((system.folder.path / folder).stat().st_mode) == 0o700


def test_manage_finds_the_servers(system: System) -> None:
    done = manage(system, "shell", "-v0", "-c", "from polls.models import Poll; print(Poll.objects.get().slug)")

    assert done.stdout.strip() == "cats-vs-dogs"


def test_stores_are_asked_without_programs_of_the_machine(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("dirname", "cmp"):
        (tmp_path / program).symlink_to(shutil.which(program) or program)
    monkeypatch.setenv("PATH", str(tmp_path))
    sql = manage(system, "dbshell", "--", "--tuples-only", "--command", "SELECT slug FROM polls_poll")
    redis = manage(system, "redis", "HKEYS", "votes:slugs")

    assert (sql.returncode, sql.stdout.split()) == (0, ["cats-vs-dogs"]), sql.stderr
    assert (redis.returncode, redis.stdout) == (0, "1) cats-vs-dogs\n"), redis.stderr


def test_the_banner_has_the_addresses_and_a_login_that_works(system: System) -> None:
    password = (system.folder.path / "secrets" / "admin").read_text()
    check = (
        f"from django.contrib.auth import authenticate; print(authenticate(username='admin', password='{password}'))"
    )

    assert f"Vote     {system.vote_url}/" in system.output
    assert f"Results  {system.result_url}/" in system.output
    assert f"Admin    {system.vote_url}/admin/  (admin / {password})" in system.output
    assert manage(system, "shell", "-v0", "-c", check).stdout.strip() == "admin"


def test_what_answers_is_on_the_disk(system: System) -> None:
    running = RunningServers.read(system.folder.path)
    with psycopg.connect(running.database_url) as postgres:
        settings = [postgres.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")]
    with system.redis() as redis:
        redis_settings = redis.config_get("append*") | redis.config_get("maxmemory-policy")

    assert settings == [("on",), ("on",)]
    assert redis_settings["appendonly"] == "yes"
    assert redis_settings["appendfsync"] == "always"
    assert redis_settings["maxmemory-policy"] == "noeviction"


def test_a_second_start_on_the_same_data_is_refused(system: System) -> None:
    done = subprocess.run(system.command, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert done.stderr == (
        f"bin/up: Another bin/up runs for the data folder {system.folder.path}. "
        "Stop it, or choose another one with --data.\n"
    )


@pytest.mark.parametrize(("index", "option"), [(0, "--port"), (1, "--result-port")])
def test_a_taken_port_is_one_line_with_port_and_option(new: System, index: int, option: str) -> None:
    port = (new.vote_port, new.result_port)[index]
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(new.command, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert done.stderr == f"bin/up: Port {port} is taken by another program. Choose another one with {option}.\n"


def test_manage_without_servers_is_one_sentence(new: System) -> None:
    done = manage(new, "migrate")

    assert done.returncode == 1
    assert done.stderr.startswith(f"bin/manage: No servers run for the data folder {new.folder.path}.")
    assert done.stderr.count("\n") == 1
    assert manage(new, "check").returncode == 0


@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, *(pytest.param(number, marks=pytest.mark.slow) for number in (signal.SIGTERM, signal.SIGHUP))],
)
def test_it_stops_in_order_and_leaves_no_process(stopped: System, number: int) -> None:
    stopped.start()
    processes = stopped.processes()
    assert len(processes) > len(stopped.parts)

    assert stopped.stop(number) == 0

    order = [line.split()[2] for line in stopped.output.splitlines() if line.endswith("has stopped")]
    # `prepare` may still have been at its last words, or not.
    assert [part for part in order if part != "prepare"] == ["worker-1", "result", "vote", "redis", "db"]
    assert alive(processes) == []


def test_a_new_start_ends_the_parts_of_a_killed_bin_up(stopped: System) -> None:
    stopped.start()
    old = stopped.processes()
    os.kill(stopped.pid("up"), signal.SIGKILL)
    stopped.wait_dead()
    assert alive(old)

    stopped.start()

    assert alive(old) == []


@pytest.mark.slow
def test_after_kill_9_of_everything_a_new_start_finds_the_data(stopped: System) -> None:
    stopped.start()
    assert manage(stopped, "seed").returncode == 0
    with stopped.redis() as redis:
        redis.set("kept", "yes")
    stopped.kill_all()

    stopped.start()

    with stopped.redis() as redis:
        assert redis.get("kept") == b"yes"
    assert urllib.request.urlopen(f"{stopped.vote_url}/p/cats-vs-dogs/results.json", timeout=5).status == 200


def test_a_bad_setting_stops_the_start(tmp_path: Path) -> None:
    system = System(tmp_path / "data", environment={"VOTE_URL": "votes.example"})
    system.start(wait=False)

    assert eventually(system.ended, 60) == 1
    assert "VOTE_URL='votes.example': Must be an address" in system.output
    assert not system.left_over()


@pytest.mark.slow
def test_seed_finds_a_service_that_listens_on_one_other_address(tmp_path: Path) -> None:
    system = System(tmp_path / "data", "--host", "127.0.0.2")
    system.vote_url, system.result_url = (
        url.replace("127.0.0.1", "127.0.0.2") for url in (system.vote_url, system.result_url)
    )
    with system:
        assert "20 votes were cast and received." in manage(system, "seed", "--votes", "20").stdout


@pytest.mark.slow
@pytest.mark.parametrize(("variable", "embedded"), [("DATABASE_URL", "redis"), ("REDIS_URL", "db")])
def test_a_server_of_ones_own_replaces_the_embedded_one(
    system: System, tmp_path: Path, variable: str, embedded: str
) -> None:
    theirs = RunningServers.read(system.folder.path)
    url = {"DATABASE_URL": theirs.database_url, "REDIS_URL": theirs.redis_url}[variable]
    with System(tmp_path / "data", "--no-seed", environment={variable: url}) as other:
        assert [part for part in other.folder.parts() if part in ("db", "redis")] == [embedded]
        seen = manage(other, "shell", "-v0", "-c", "from django.conf import settings; print(settings.REDIS.port)")
        assert (int(seen.stdout) == theirs.redis_port) == (variable == "REDIS_URL")
