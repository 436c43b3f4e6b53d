"""Least privilege: in the stores a part may do its work, and nothing else."""

import psycopg
import pytest
from redis import Redis
from redis.exceptions import NoPermissionError, ResponseError

from core.stores.running import RunningServers
from ops.launch.parts import OURS
from tests.browsing import Browser
from tests.system import System
from tests.waiting import eventually

PATH = "/p/cats-vs-dogs/"

FORBIDDEN_SQL = [
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_ls_dir('.')",
    "COPY polls_poll TO PROGRAM 'cat'",
    "COPY polls_poll FROM '/etc/passwd'",
    "SELECT lo_import('/etc/passwd')",
    "ALTER SYSTEM SET fsync = off",
    "CREATE ROLE mine SUPERUSER",
    "ALTER ROLE votingsite_parts SUPERUSER",
    "SET ROLE votingsite",
    "CREATE TABLE mine (id int)",
    "DROP TABLE polls_ballot",
    "ALTER TABLE polls_ballot DROP COLUMN selections",
    "TRUNCATE polls_ballot",
    "CREATE EXTENSION file_fdw",
    "SELECT rolpassword FROM pg_authid",
]

FORBIDDEN_REDIS = [
    ("CONFIG", "SET", "dir", "/nowhere"),
    ("CONFIG", "REWRITE"),
    ("SCRIPT", "FLUSH"),
    ("SCRIPT", "KILL"),
    ("DEBUG", "SLEEP", "0"),
    ("MODULE", "LOAD", "/nowhere/x.so"),
    ("REPLICAOF", "127.0.0.1", "1"),
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("SHUTDOWN", "NOSAVE"),
    ("ACL", "LIST"),
    ("ACL", "SETUSER", "mine", "on", "nopass", "+@all"),
    ("CLIENT", "KILL", "TYPE", "normal"),
    ("FUNCTION", "LOAD", "#!lua name=x"),
    ("MONITOR",),
    ("KEYS", "*"),
    ("BGREWRITEAOF",),
    ("SAVE",),
]


@pytest.fixture(params=OURS)
def part(request: pytest.FixtureRequest) -> str:
    """The name of a part of ours."""
    return str(request.param)


def test_a_part_is_no_superuser_in_postgres(system: System, part: str) -> None:
    allowed = []
    with psycopg.connect(RunningServers.read(system.folder.path).part_databases[part], autocommit=True) as postgres:
        assert postgres.execute("SELECT count(*) FROM polls_poll").fetchone() == (1,)
        for statement in FORBIDDEN_SQL:
            try:
                postgres.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                continue
            except psycopg.Error as error:
                allowed.append(f"{statement}: {error}")
                continue
            allowed.append(statement)
    assert allowed == []


def test_a_part_changes_nothing_about_redis(system: System, part: str) -> None:
    allowed = []
    with Redis.from_url(RunningServers.read(system.folder.path).part_redis[part]) as redis:
        assert redis.ping()
        assert redis.config_get("requirepass") in ({}, {"requirepass": ""})
        for command in FORBIDDEN_REDIS:
            try:
                redis.execute_command(*command)
            except NoPermissionError:
                continue
            except ResponseError as error:
                if "not allowed" in str(error):  # to nobody at all
                    continue
            allowed.append(command)
    assert allowed == []


def test_parts_have_users_of_their_own(system: System) -> None:
    urls = RunningServers.read(system.folder.path).part_redis
    names = []
    for url in urls.values():
        with Redis.from_url(url) as redis:
            names.append(redis.acl_whoami())
    assert sorted(map(str, names)) == sorted(OURS)


def test_with_so_much_they_do_their_work(system: System) -> None:
    voter = Browser(system.vote_url)
    results = voter.get(f"{PATH}results.json").json()
    assert voter.vote(PATH, results["choices"][0]["id"]).status == 202
    eventually(lambda: voter.get(f"{PATH}results.json").json()["voters"] == results["voters"] + 1, 10)
    said = [line for line in system.output.splitlines() if not line.startswith("db ")]
    assert [line for line in said if "NOPERM" in line or "permission denied" in line] == []
