"""The servers that `bin/up` runs for a data folder, for the other processes of that folder.

`bin/up` writes DATA_DIR/run/servers.json before it starts them, and removes it when it stops.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from core.stores import files

#: Hosts that stand for all addresses of this machine.
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 -- what people type, not what we listen on by ourselves


def here(host: str) -> str:
    """Return the host name with which this machine reaches a server that listens on `host`."""
    if host in ANYWHERE:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


@dataclass(frozen=True)
class RunningServers:
    """Addresses and secrets of the running servers. The defaults are those of a folder where none run."""

    # Nothing listens on port 1: commands that need no server (check, collectstatic) still start.
    database_url: str = "postgres://votingsite@127.0.0.1:1/votingsite"
    database_port: int = 1
    redis_url: str = "redis://127.0.0.1:1/0"
    redis_port: int = 1
    #: The URLs of each part, by its name, with fewer rights than the administrator's URLs above.
    part_databases: dict[str, str] = field(default_factory=dict)
    part_redis: dict[str, str] = field(default_factory=dict)
    secret_key: str = ""
    #: The ending of the names of its cookies.
    instance: str = ""
    #: Where the web services listen.
    host: str = "127.0.0.1"
    vote_port: int = 8080
    result_port: int = 8081

    @staticmethod
    def path(data_dir: Path) -> Path:
        """Return the path of the file."""
        return data_dir / "run" / "servers.json"

    @classmethod
    def read(cls, data_dir: Path) -> "RunningServers":
        """Return the servers that run for this data folder; the defaults if none do."""
        try:
            return cls(**json.loads(cls.path(data_dir).read_text()))
        except FileNotFoundError:
            return cls()

    def write(self, data_dir: Path) -> None:
        """Write the file, readable by this user alone."""
        files.write(self.path(data_dir), json.dumps(asdict(self), indent=2))
