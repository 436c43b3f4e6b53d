"""Rule 13: settings of the stores that break the promises stop the start; a store that is away stops nothing."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.checks import CheckMessage, run_checks
from django.core.checks.registry import registry
from django.utils import translation
from pytest_django import Settings

from core.stores import checks
from tests.own_redis import OwnRedis
from tests.store_fixtures import Postgres, forget_clients
from tests.waiting import eventually

ROOT = Path(__file__).parents[3]
GOOD_SECRET = "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def ids(messages: list[CheckMessage]) -> list[str]:
    return [str(message.id).removeprefix("votingsite.") for message in messages]


def check_stores() -> list[str]:
    return ids(run_checks(tags=["stores"], databases=["default"]))


def test_commands_ask_no_store(own_redis: OwnRedis) -> None:
    own_redis.client.config_set("appendfsync", "no")
    assert [found for found in ids(run_checks()) if found.startswith(("E1", "E2"))] == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"server_version_num": "150000"}, []),
        ({"server_version_num": "140011"}, ["E101"]),
        ({"synchronous_commit": "off"}, ["E102"]),
        ({"synchronous_commit": "local"}, []),
        ({"fsync": "off"}, ["E103"]),
    ],
)
def test_it_judges_postgres(changes: dict[str, str], found: list[str]) -> None:
    safe = {"server_version_num": "180004", "synchronous_commit": "on", "fsync": "on"}
    assert ids(checks.judge_postgres(safe | changes)) == found


def test_a_limit_of_time_that_is_off_is_an_error() -> None:
    limits = dict.fromkeys(checks.LIMITS, "800")
    assert ids(checks.judge_limits(limits)) == []
    (found,) = checks.judge_limits(limits | {"lock_timeout": "0"})
    assert (ids([found]), "lock_timeout" in str(found.msg)) == (["E104"], True)


def test_it_asks_postgres(own_redis: OwnRedis, postgres: Postgres, settings: Settings) -> None:
    assert set(checks.ask_postgres(["fsync", "synchronous_commit"])) == {"fsync", "synchronous_commit"}
    options = settings.DATABASES["default"]["OPTIONS"]
    before = options["options"]
    options["options"] = f"{before} -c synchronous_commit=off"
    try:
        assert "E102" in check_stores()
    finally:
        options["options"] = before


REDIS: list[tuple[list[str], dict[str, str]]] = [
    ([], {}),
    (["E202"], {"maxmemory-policy": "allkeys-lru"}),
    (["E203"], {"appendonly": "no"}),
    (["E204"], {"appendfsync": "everysec"}),
    (["E204"], {"appendfsync": "no"}),
    # As hosts forbid it; the server itself still says whether the append-only file is on.
    (["W202"], {"rename-command": "CONFIG forbidden"}),
    (["W201"], {"rename-command": "INFO forbidden"}),
    (["E205"], {"requirepass": "other"}),
]


@pytest.fixture
def redis_of(tmp_path: Path, settings: Settings) -> Iterator[Callable[..., OwnRedis]]:
    """Makes a Redis with a configuration of its own, which the process's client asks."""
    servers: list[OwnRedis] = []

    def make(**config: str) -> OwnRedis:
        servers.append(OwnRedis(tmp_path, **config))
        settings.REDIS = servers[-1].address
        forget_clients()
        servers[-1].start()
        return servers[-1]

    yield make
    for server in servers:
        server.stop()
    forget_clients()


@pytest.mark.parametrize(("found", "config"), REDIS)
def test_it_judges_redis(
    postgres: Postgres, redis_of: Callable[..., OwnRedis], found: list[str], config: dict[str, str]
) -> None:
    redis_of(**config)
    assert [message for message in check_stores() if message[1] == "2"] == found


def test_everysec_may_be_accepted(postgres: Postgres, redis_of: Callable[..., OwnRedis], settings: Settings) -> None:
    redis_of(appendfsync="everysec")
    settings.APPENDFSYNC_EVERYSEC = True
    assert check_stores() == ["W203"]


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ({"redis_version": "7.0.0"}, []),
        ({"redis_version": "6.2.14"}, ["E201"]),
        ({"redis_version": "7.2.4", "valkey_version": "8.0.1"}, []),
        ({"redis_version": "7.2.4", "valkey_version": "7.2.5"}, ["E201"]),
    ],
)
def test_it_judges_the_version_of_redis(version: dict[str, str], found: list[str]) -> None:
    assert ids(checks.judge_redis({**version, "aof_enabled": 1}, "always")) == found


def test_faults_of_a_store_are_said_in_the_readers_language() -> None:
    def said() -> list[str]:
        postgres = {"server_version_num": "140011", "synchronous_commit": "off", "fsync": "off"}
        redis = {"redis_version": "6.2.14", "maxmemory_policy": "allkeys-lru", "aof_enabled": 1}
        found = checks.judge_postgres(postgres)
        for appendfsync in (None, "no", "everysec"):
            found += checks.judge_redis(redis, appendfsync)
        found += checks.judge_redis(redis | {"aof_enabled": 0}, None)
        return [text for message in found for text in (message.msg, message.hint or "")]

    with translation.override("es"):
        spanish = said()
    assert set(spanish).isdisjoint(said())


def test_stores_that_are_away_are_no_error(own_redis: OwnRedis, postgres: Postgres) -> None:
    own_redis.stop()
    postgres.stop()
    assert check_stores() == ["I101", "I201"]


@contextmanager
def a_part(**environment: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that starts as the vote service does, and then waits to be told to end. Its stderr is in its stdout."""
    program = "import votingsite.asgi; print('started', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "ROLE": "vote", **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as part:
        yield part
        part.kill()


def lines_until(part: "subprocess.Popen[str]", last: str | None) -> list[str]:
    """Return the lines of the part, up to this one or to its end."""
    assert part.stdout
    lines: list[str] = []
    for line in part.stdout:
        lines.append(line.rstrip("\n"))
        if lines[-1] == last:
            break
    return lines


def test_each_check_of_ours_has_a_tag() -> None:
    """A worker leaves out those of pages, by their tags; Django then leaves out what has none, too."""
    without = {check.__module__ for check in registry.registered_checks if not check.tags}
    assert without <= {"django.contrib.auth.checks"}  # of middleware: pages again


def test_a_part_starts_with_good_stores(own_redis: OwnRedis) -> None:
    with a_part(REDIS_URL=f"redis://127.0.0.1:{own_redis.port}") as part:
        assert lines_until(part, "started")[-1] == "started"


def test_a_part_does_not_start_with_a_store_that_loses_votes(tmp_path: Path) -> None:
    server = OwnRedis(tmp_path, appendonly="no")
    server.start()
    with a_part(REDIS_URL=f"redis://127.0.0.1:{server.port}", RESULT_PORT="8080", VOTE_PORT="8080") as part:
        first, *lines = lines_until(part, None)
        assert part.wait(10) == 1
    server.stop()
    assert first == "votingsite can't start."
    assert [line.rpartition("(")[2] for line in lines] == ["votingsite.E007)", "votingsite.E203)"]


def test_a_part_starts_without_a_store_and_checks_it_later(tmp_path: Path) -> None:
    server = OwnRedis(tmp_path, appendonly="no")
    nowhere = "postgres://votingsite@127.0.0.1:1/votingsite"
    with a_part(REDIS_URL=f"redis://127.0.0.1:{server.port}", DATABASE_URL=nowhere) as part:
        first, second, *others = lines_until(part, "started")
        assert "votingsite.I101" in first
        assert "votingsite.I201" in second
        # On a busy machine its threads may have said by then that the stores are away.
        assert others[-1] == "started"
        server.start()
        eventually(lambda: part.poll() is not None)
        server.stop()
        assert part.returncode == 1
        assert "votingsite.E203" in lines_until(part, None)[-1]
