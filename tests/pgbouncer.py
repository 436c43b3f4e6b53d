"""PgBouncer in transaction mode, in front of the tests' Postgres, if the machine has one (Debian: pgbouncer)."""

import os
import shutil
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from ops.launch import network
from tests.waiting import eventually

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
#: Connections to Postgres.
CONNECTIONS = 3
#: Each transaction gets another connection than the one before, so that what a session was told is lost at once.
_CONFIG = """
[databases]
{name} = host=127.0.0.1 port={port} dbname={name} user={user} password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
server_round_robin = 1
max_client_conn = 500
"""


class PgBouncer:
    """A PgBouncer with a few connections to one database."""

    def __init__(self, folder: Path, name: str, user: str, password: str) -> None:
        (self.port,) = network.free_ports(1)
        self.url = f"postgres://{user}:any@127.0.0.1:{self.port}/{name}"
        self._config, self._log = folder / "pgbouncer.ini", folder / "pgbouncer.log"
        server = urlsplit(os.environ["DATABASE_URL"]).port
        text = _CONFIG.format(
            name=name, port=server, user=user, password=password, own_port=self.port, connections=CONNECTIONS
        )
        self._config.write_text(text)

    def __enter__(self) -> "PgBouncer":
        # It refuses to run as root.
        user = ["--user", "nobody"] if os.geteuid() == 0 else []
        with self._log.open("wb") as log:
            self._process = subprocess.Popen([str(PROGRAM), *user, str(self._config)], stdout=log, stderr=log)
        eventually(self._answers, what="a PgBouncer that answers")
        self._open_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(5)

    def _open_all(self) -> None:
        """Let it connect as often as it may: it makes a connection only when the others are taken."""
        with ExitStack() as stack:
            for _ in range(CONNECTIONS):
                stack.enter_context(psycopg.connect(self.url, connect_timeout=2)).execute("SELECT 1")

    def _answers(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
