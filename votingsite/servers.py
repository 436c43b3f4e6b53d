"""The servers that `bin/up` runs for a data folder, as the other processes of the same folder find them.

`bin/up` writes DATA_DIR/run/servers.json when it has started them and takes it away when it stops.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

#: Where nothing listens: commands that need no server (check, collectstatic) still start.
_NOWHERE = "127.0.0.1:1"


@dataclass(frozen=True)
class RunningServers:
    """Addresses and secrets of what runs now."""

    database_url: str = f"postgres://votingsite@{_NOWHERE}/votingsite"
    redis_url: str = f"redis://{_NOWHERE}/0"
    secret_key: str = ""
    vote_port: int = 8080
    result_port: int = 8081

    @staticmethod
    def path(data_dir: Path) -> Path:
        """The file that says what runs."""
        return data_dir / "run" / "servers.json"

    @classmethod
    def read(cls, data_dir: Path) -> "RunningServers":
        """What runs for this data folder; addresses where nothing listens if nothing does."""
        try:
            return cls(**json.loads(cls.path(data_dir).read_text()))
        except FileNotFoundError:
            return cls()

    def write(self, data_dir: Path) -> None:
        """Say what runs, readable by this user alone."""
        path = self.path(data_dir)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self), indent=2))
