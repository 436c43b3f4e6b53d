"""Redis for all our modules: one client for each process, and scripts that are sent at most once."""

import hashlib
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from redis import Connection, ConnectionPool, Redis, SSLConnection
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnectedError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as TooLateError
from redis.retry import Retry

from core.stores.breaker import Breaker

#: Connections of one process: one for each request thread, and some for background threads.
MAX_CONNECTIONS = 64

#: Seconds that a failure to connect may take without opening the breaker: a quick refusal makes nobody wait.
QUICK = 0.1

_making = Lock()


def client() -> Redis:
    """Return the process's client: thread-safe, with short time-outs, and it never sends a command twice.

    redis-py repeats commands by default, even after a time-out when they may still run: one cast would become two.
    """
    # Under a lock: of two clients made at once one would be dropped, with the connection that its user holds.
    with _making:
        return _client()


def forget_client() -> None:
    """Make a new client at the next use, from the settings of that moment."""
    _breaker.close()
    _client.cache_clear()


class _Guarded(Connection):
    """A connection that fails at once while Redis does not answer."""

    def connect(self) -> None:
        """Connect if needed, before each command. Raises redis-py's errors; at once while the breaker is open."""
        if _breaker.is_open:
            raise NotConnectedError("Redis did not answer a moment ago")
        began = time.monotonic()
        try:
            super().connect()  # type: ignore[no-untyped-call]
        except (RedisError, OSError):
            if time.monotonic() - began > QUICK:
                _breaker.open()
            raise

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        """Return the answer to a command."""
        try:
            return super().read_response(*args, **kwargs)
        except TooLateError:
            _breaker.open()
            raise


class _GuardedSSL(_Guarded, SSLConnection):
    """The same over TLS."""


@cache
def _client() -> Redis:
    return Redis.from_pool(_pool(_GuardedSSL if settings.REDIS.ssl else _Guarded, MAX_CONNECTIONS))


def _pool(kind: type[Connection], connections: int) -> ConnectionPool:
    return ConnectionPool(
        connection_class=kind,
        **settings.REDIS.connection_arguments,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=settings.REDIS_TIMEOUT,
        socket_connect_timeout=settings.REDIS_TIMEOUT,
        max_connections=connections,
    )


def _ask() -> None:
    """Ping over a connection of its own, without a breaker."""
    with Redis.from_pool(_pool(SSLConnection if settings.REDIS.ssl else Connection, 1)) as client:
        client.ping()


_breaker = Breaker("Redis", _ask)


def is_silent() -> bool:
    """Tell whether Redis has stopped answering."""
    return _breaker.is_open


class RedisUnavailableError(Exception):
    """Redis did not run the command, or nobody knows whether it did."""


class NotSentError(RedisUnavailableError):
    """Redis did not take the command: no connection could be made, or it answered with an error. It will never run."""


class NoAnswerError(RedisUnavailableError):
    """The command was sent and no answer came: it may have run, and it may still run."""


class Script:
    """A Lua script: one atomic step on Redis, in one round trip, sent at most once.

    It uses a bare connection instead of `Redis.evalsha`: that tells "could not be sent" from "sent, and no answer
    came", which redis-py's errors don't, and costs 33-54 microseconds instead of 112 (docs/decisions/0001).
    """

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self._source = path.read_text()
        self._sha = hashlib.sha1(self._source.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, keys: Sequence[str], arguments: Sequence[str | int | bytes]) -> Any:
        """Run the script and return its reply: bytes, integers, None and lists of these.

        Raises NotSentError or NoAnswerError; whether a repeat is safe depends on the script.
        """
        pool = client().connection_pool
        try:
            connection = pool.get_connection()
        except RedisError as error:
            raise NotSentError(f"{self.name}: {error}") from error
        try:
            return self._run(connection, [len(keys), *keys, *arguments])
        except ResponseError as error:
            raise NotSentError(f"{self.name}: {error}") from error
        except (RedisError, OSError) as error:
            connection.disconnect()  # type: ignore[no-untyped-call]
            raise NoAnswerError(f"{self.name}: {error}") from error
        finally:
            pool.release(connection)

    def _run(self, connection: Any, arguments: list[Any]) -> Any:
        try:
            connection.send_command("EVALSHA", self._sha, *arguments)
            return connection.read_response()
        except NoScriptError:
            # After a restart Redis has forgotten its scripts; nothing ran.
            connection.send_command("EVAL", self._source, *arguments)
            return connection.read_response()
