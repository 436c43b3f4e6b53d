"""Settings of Postgres and Redis for Django, RQ and Channels, from the addresses that settings.py has read."""

from typing import Any

from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry

from core.stores.deadline import Connection
from votingsite.environment import RedisAddress

REDIS_TIMEOUT = 0.5  # seconds for one command on the way of a vote or a visit
_TIMEOUTS = {"socket_timeout": REDIS_TIMEOUT, "socket_connect_timeout": REDIS_TIMEOUT}


def database(
    address: dict[str, Any], role: str | None, *, is_web_service: bool, pgbouncer: bool = False
) -> dict[str, Any]:
    """Return the entry of DATABASES for the parsed DATABASE_URL, which may be that of PgBouncer."""
    options = {
        **address.get("OPTIONS", {}),
        "connect_timeout": 2,  # seconds; libpq's smallest
        "tcp_user_timeout": 5000,  # milliseconds
        "application_name": f"votingsite {role or 'command'}",
    }
    if not pgbouncer:
        # PgBouncer refuses them, since its connections belong to nobody. The role has them (ops.entrypoint.roles).
        of_connection = limits(is_web_service=is_web_service).items()
        options["options"] = " ".join(f"-c {name}={value}" for name, value in of_connection)
    if is_web_service:
        # The pool keeps no idle connections: stale ones cost seconds after a restart of Postgres.
        options["pool"] = {
            "connection_class": Connection,
            "min_size": 0,
            "max_size": 16,
            "timeout": 1,  # seconds that a request waits for a connection
            "reconnect_timeout": 2,
        }
    return {
        **address,
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0 if is_web_service else None,
        # Forms read their choices with a cursor that outlives its transaction, and so its connection behind PgBouncer.
        "DISABLE_SERVER_SIDE_CURSORS": pgbouncer,
        "OPTIONS": options,
    }


def limits(*, is_web_service: bool) -> dict[str, str]:
    """Return the limits of a connection to Postgres, so that nobody waits for ever.

    The server ends long statements, waits for locks and idle transactions: a process that was paused for longer finds
    its transaction gone. TCP's limits, above, end a connection whose other end has vanished.
    """
    return {
        "lock_timeout": "800ms" if is_web_service else "2s",  # at a web service somebody waits
        "statement_timeout": "10s",
        "idle_in_transaction_session_timeout": "10s",
    }


def queue(redis: RedisAddress, *, is_web_service: bool) -> dict[str, Any]:
    """Return the entry of RQ_QUEUES."""
    return {
        "HOST": redis.host,
        "PORT": redis.port,
        "DB": redis.db,
        "USERNAME": redis.username,
        "PASSWORD": redis.password,
        "SSL": redis.ssl,
        # Only RQ's bookkeeping uses these connections: votes have their own clients, which repeat nothing.
        # Without retries a worker that loses Redis during a command would end, and take seconds to restart.
        "REDIS_CLIENT_KWARGS": {
            "retry": Retry(NoBackoff(), 0) if is_web_service else Retry(ConstantBackoff(0.5), 60),  # seconds, times
            **_TIMEOUTS,
        },
        "DEFAULT_TIMEOUT": 60,  # seconds; far above statement_timeout, which has to strike first
        "DEFAULT_RESULT_TTL": 60,  # seconds
        "SERIALIZER": "rq.serializers.JSONSerializer",
    }


def channel_layer(redis: RedisAddress) -> dict[str, Any]:
    """Return the entry of CHANNEL_LAYERS."""
    return {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{**redis.connection_arguments, **_TIMEOUTS}], "prefix": "screens"},
    }
