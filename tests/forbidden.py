"""Statements and commands that no part may use in the stores, with bin/up or in containers.

Needs nothing but what production has: bin/test-deploy runs it in each part's container.
"""

import json
import os
from pathlib import Path

import psycopg
from redis import Redis
from redis.exceptions import NoPermissionError, ResponseError

SQL = [
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
    "CREATE TEMPORARY TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE DATABASE mine",
    "DROP TABLE polls_ballot",
    "ALTER TABLE polls_ballot DROP COLUMN selections",
    "TRUNCATE polls_ballot",
    "CREATE EXTENSION file_fdw",
    "SELECT rolpassword FROM pg_authid",
]

REDIS = [
    ["CONFIG", "SET", "dir", "/nowhere"],
    ["CONFIG", "REWRITE"],
    ["SCRIPT", "FLUSH"],
    ["SCRIPT", "KILL"],
    ["DEBUG", "SLEEP", "0"],
    ["MODULE", "LOAD", "/nowhere/x.so"],
    ["REPLICAOF", "127.0.0.1", "1"],
    ["FLUSHALL"],
    ["FLUSHDB"],
    ["SHUTDOWN", "NOSAVE"],
    ["ACL", "LIST"],
    ["ACL", "SETUSER", "mine", "on", "nopass", "+@all"],
    ["CLIENT", "KILL", "TYPE", "normal"],
    ["FUNCTION", "LOAD", "#!lua name=x"],
    ["MONITOR"],
    ["KEYS", "*"],
    ["BGREWRITEAOF"],
    ["SAVE"],
]


def allowed_sql(database_url: str) -> list[str]:
    """Try each statement; return those that were not refused for want of a privilege."""
    allowed = []
    with psycopg.connect(database_url, autocommit=True) as postgres:
        assert (postgres.execute("SELECT count(*) FROM polls_poll").fetchone() or [0])[0] > 0
        for statement in SQL:
            try:
                postgres.execute(statement.encode())
            except psycopg.errors.InsufficientPrivilege:
                continue
            except psycopg.Error as error:
                allowed.append(f"{statement}: {error}")
                continue
            allowed.append(statement)
    return allowed


def allowed_redis(redis_url: str) -> list[str]:
    """Try each command; return those that were not refused."""
    allowed = []
    with Redis.from_url(redis_url) as redis:
        assert redis.ping()
        assert redis.config_get("requirepass") in ({}, {"requirepass": ""})
        for command in REDIS:
            try:
                redis.execute_command(*command)
            except NoPermissionError:
                continue
            except ResponseError as error:
                if "not allowed" in str(error):  # to nobody at all
                    continue
            allowed.append(" ".join(command))
    return allowed


def user_of(redis_url: str) -> str:
    """Tell who that is in Redis."""
    with Redis.from_url(redis_url) as redis:
        return str(redis.acl_whoami())


def main() -> None:
    """In a container: print its user in Redis, and what it was allowed, as JSON."""
    database, redis = (Path(os.environ[f"{store}_URL_FILE"]).read_text() for store in ("DATABASE", "REDIS"))
    print(json.dumps([user_of(redis), [*allowed_sql(database), *allowed_redis(redis)]]))


if __name__ == "__main__":
    main()
