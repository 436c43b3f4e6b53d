"""Readiness of the parts, asked from outside as their users would."""

import urllib.error
import urllib.request
from collections.abc import Sequence

import psycopg
from redis import Redis, RedisError
from rq import Worker

from core.stores import running
from core.stores.running import RunningServers
from ops.launch.data_dir import DataDir

#: Seconds for one answer.
_PATIENCE_S = 2


def trouble(folder: DataDir, name: str) -> str:
    """Return why the part of that name (`db`, `worker-2`) is not ready; empty if it is."""
    servers = RunningServers.read(folder.path)
    match name.partition("-")[0]:
        case "db":
            return _of_postgres(servers.database_url)
        case "redis":
            return _of_redis(servers.redis_url)
        case "worker":
            return _of_worker(folder, name, servers.redis_url)
    return _of_service(f"http://{running.here(servers.host)}:{getattr(servers, f'{name}_port')}")


def trouble_of_all(folder: DataDir, names: Sequence[str]) -> str:
    """Return the first trouble of these parts; empty without any."""
    return next(filter(None, (trouble(folder, name) for name in names)), "")


def _of_postgres(url: str) -> str:
    try:
        psycopg.connect(url, connect_timeout=_PATIENCE_S).close()
    except psycopg.Error as error:
        return str(error).strip()
    return ""


def _of_redis(url: str) -> str:
    try:
        with Redis.from_url(url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S) as redis:
            redis.ping()
    except RedisError as error:
        return str(error)
    return ""


def _of_worker(folder: DataDir, name: str, url: str) -> str:
    """Return a sentence if RQ's list lacks the worker; else empty."""
    try:
        with Redis.from_url(url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S) as redis:
            listed = {worker.pid for worker in Worker.all(connection=redis)}
    except RedisError as error:
        return str(error)
    recorded = folder.recorded(name)
    return f"{name} is not in RQ's list" if recorded is None or listed.isdisjoint(recorded.ids()) else ""


def _of_service(origin: str) -> str:
    try:
        with urllib.request.urlopen(f"{origin}/readyz", timeout=_PATIENCE_S):  # noqa: S310 -- http://, made above
            return ""
    except urllib.error.HTTPError as error:
        return f"{error.url} answers {error.code}"
    except OSError as error:
        return f"{origin}/readyz: {error}"
