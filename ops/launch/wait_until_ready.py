"""The last step of a start: tables, static files, the admin's user, the seeded poll; then print the addresses."""

import os
import sys
import time
from collections.abc import Callable

import django

from core.stores import running
from core.stores.running import RunningServers
from core.telemetry.terminal import can_print
from core.web import hosts
from ops.entrypoint import bootstrap, roles
from ops.launch import answering, autoreload, static_files
from ops.launch.data_dir import DataDir

#: Seconds for a store to answer, and for all parts to be ready.
_PATIENCE_S = 90


def main() -> None:
    """Prepare, wait, and print the addresses. Exits with one sentence on errors."""
    folder = DataDir.of_environment()
    os.environ["DJANGO_SETTINGS_MODULE"] = "votingsite.settings"
    django.setup()
    _wait_for("Postgres", _ask_postgres)
    _wait_for("Redis", _ask_redis)
    try:
        password = _prepare(folder)
    except Exception as error:  # any error becomes a sentence
        sys.exit(f"The database in {folder.path} could not be prepared, and nothing was started on it: {error}")
    folder.prepared.touch()
    servers = RunningServers.read(folder.path)
    here = running.here(servers.host)
    workers = [f"worker-{number + 1}" for number in range(int(os.environ["UP_WORKERS"]))]
    _wait_for("the vote service", lambda: answering.trouble(folder, "vote"))
    _wait_for("the result service", lambda: answering.trouble(folder, "result"))
    _wait_for("a worker", lambda: answering.trouble_of_all(folder, workers))
    _say(*_banner(servers, here, password))


def _prepare(folder: DataDir) -> str:
    if not autoreload.is_wanted():
        static_files.collect()
    folder.secret("admin", 9)  # made at the first start
    password = bootstrap.prepare(folder.path / "secrets" / "admin", seed=os.environ["UP_SEED"] == "True")
    if RunningServers.read(folder.path).part_databases:
        roles.grant(folder.secret("database_parts"))
    return password


def _wait_for(what: str, ask: Callable[[], str]) -> None:
    """Ask until the answer is empty; exit with the last answer when that takes too long."""
    deadline = time.monotonic() + _PATIENCE_S
    while trouble := ask():
        if time.monotonic() > deadline:
            sys.exit(f"{what} is not ready after {_PATIENCE_S} seconds: {trouble}")
        time.sleep(0.1)


def _ask_postgres() -> str:
    from django.db import OperationalError, connection

    try:
        connection.ensure_connection()
    except OperationalError as error:
        return str(error).strip()
    return ""


def _ask_redis() -> str:
    from redis import RedisError

    from core.stores import redis

    try:
        redis.client().ping()
    except RedisError as error:
        return str(error)
    return ""


def _banner(servers: RunningServers, here: str, password: str) -> list[str]:
    vote, result = f"http://{here}:{servers.vote_port}/", f"http://{here}:{servers.result_port}/"
    lines = [
        "",
        f"Vote     {vote}",
        f"Results  {result}",
        f"Host     {vote}host/  (make and run polls; sign in as admin)",
        f"Admin    {vote}admin/  ({bootstrap.ADMIN} / {password})",
        "",
    ]
    if servers.host in running.ANYWHERE:
        lines += _join_lines(servers.vote_port)
    return [*lines, "Ctrl-C stops everything; the data stays."]


def _join_lines(port: int) -> list[str]:
    """Return lines with the address for phones in the room, and its QR code."""
    import io

    import segno

    addresses = hosts.addresses()
    if not addresses:
        return ["This machine is not on a network: phones can't reach it.", ""]
    url = f"http://{addresses[0]}:{port}/"
    code = io.StringIO()
    segno.make(url, micro=False).terminal(code, compact=True)
    picture = code.getvalue() if can_print(code.getvalue(), os.environ["UP_ENCODING"]) else ""
    return [f"Phones   {url}", *picture.splitlines(), ""]


def _say(*lines: str) -> None:
    for line in lines:
        print(line)


if __name__ == "__main__":
    main()
