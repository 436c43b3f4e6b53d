"""`python -m ops.drill.sample.worker REDIS_PORT DB_PORT`: the sample app's worker, in Python.

A port of the loop in worker/Program.cs, which needs .NET. It takes the same steps in the same order, and where that
program ends with an error this one does: a vote is popped first and stored afterwards, if at all.
"""

import json
import sys
import time
from typing import Any, TypeAlias

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

Postgres: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"

#: Seconds between two votes, and between two tries to connect, as there.
_BETWEEN_S = 0.1
_AGAIN_S = 1.0
#: Seconds: the time-outs of StackExchange.Redis and of Npgsql, which the original leaves as they are.
_REDIS_S = 5
_POSTGRES_CONNECT_S = 15

_INSERT = "INSERT INTO votes (id, vote) VALUES (%s, %s)"
_UPDATE = "UPDATE votes SET vote = %s WHERE id = %s"
_CREATE = "CREATE TABLE IF NOT EXISTS votes (id VARCHAR(255) NOT NULL UNIQUE, vote VARCHAR(255) NOT NULL)"


class Worker:
    """The worker with its two connections."""

    def __init__(self, redis_url: str, database_url: str) -> None:
        self._urls = redis_url, database_url
        self.postgres = self._open_postgres()
        self.redis = self._open_redis()

    def step(self) -> None:
        """Pop a vote and store it, or ask the database for a sign of life. An error that is raised ends the worker."""
        if not self._redis_is_connected():
            _say("Reconnecting Redis")
            self.redis = self._open_redis()
        popped = self.redis.lpop("votes")
        if popped is None:
            self.postgres.execute("SELECT 1")
            return
        assert isinstance(popped, bytes | str)
        vote = json.loads(popped)
        _say(f"Processing vote for '{vote['vote']}' by '{vote['voter_id']}'")
        if self.postgres.closed:
            # As in the original: the vote that was popped is stored in the other branch alone.
            _say("Reconnecting DB")
            self.postgres = self._open_postgres()
        else:
            self._update(vote["voter_id"], vote["vote"])

    def _update(self, voter_id: str, vote: str) -> None:
        try:
            self.postgres.execute(_INSERT, [voter_id, vote])
        except psycopg.Error:
            # Taken for a voter who has voted before. On a broken connection this fails, too.
            self.postgres.execute(_UPDATE, [vote, voter_id])

    def _redis_is_connected(self) -> bool:
        """Tell whether the connection stands, without asking the server: a closed socket shows."""
        connection = self.redis.connection
        assert connection
        try:
            connection.can_read(timeout=0)
        except redis.ConnectionError:
            return False
        return True

    def _open_redis(self) -> "redis.Redis":
        while True:
            _say("Connecting to redis")
            try:
                # With one connection of its own, it connects here.
                return redis.Redis.from_url(
                    self._urls[0],
                    single_connection_client=True,
                    socket_timeout=_REDIS_S,
                    socket_connect_timeout=_REDIS_S,
                    retry=Retry(NoBackoff(), 0),
                )
            except redis.RedisError:
                _say("Waiting for redis")
                time.sleep(_AGAIN_S)

    def _open_postgres(self) -> Postgres:
        while True:
            try:
                connection = psycopg.connect(self._urls[1], autocommit=True, connect_timeout=_POSTGRES_CONNECT_S)
                break
            except psycopg.Error:
                _say("Waiting for db")
                time.sleep(_AGAIN_S)
        _say("Connected to db")
        connection.execute(_CREATE)
        return connection


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main() -> int:
    """Work until an error; then return 1."""
    redis_port, db_port = sys.argv[1:]
    try:
        worker = Worker(
            f"redis://127.0.0.1:{redis_port}/0", f"postgres://postgres:postgres@127.0.0.1:{db_port}/postgres"
        )
        while True:
            time.sleep(_BETWEEN_S)
            worker.step()
    except Exception as error:
        _say(f"{type(error).__name__}: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
