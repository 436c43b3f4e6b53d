"""The data folder: data, secrets, and records of what runs now."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.stores import files
from ops.entrypoint import secret_files
from ops.launch.errors import CannotStart
from ops.launch.processes import Recorded

BASE_DIR = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class DataDir:
    """The data folder of a system (`var`). It holds the secrets, so only this user may read it."""

    path: Path

    @classmethod
    def of_environment(cls) -> "DataDir":
        """Return the folder in DATA_DIR, or the project's `var`."""
        return cls(Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").absolute())

    @property
    def run(self) -> Path:
        """Return the folder of what runs now: servers.json, and parts/ with a file for each part."""
        return self.path / "run"

    @property
    def log(self) -> Path:
        """Return the folder of the log, in rotated files of bounded size."""
        return self.path / "log"

    @property
    def postgres(self) -> Path:
        """Return the folder of the database cluster."""
        return self.path / "postgres"

    @property
    def redis(self) -> Path:
        """Return the folder of Valkey's append-only files."""
        return self.path / "redis"

    @property
    def prepared(self) -> Path:
        """Return a file that exists once tables and static files do: web services and workers wait for it."""
        return self.run / "prepared"

    def make(self) -> None:
        """Make the folders that are missing. Raises CannotStart if this user may not."""
        try:
            for folder in (self.run, self.run / "parts", self.log, self.redis, self.path / "secrets"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if not os.access(folder, os.W_OK):
                    raise PermissionError(13, "Permission denied", str(folder))
        except OSError as error:
            raise CannotStart(
                f"The data folder can't be used ({error.strerror}: {error.filename}). Choose another one with --data."
            ) from None

    def secret(self, name: str, size: int = 32) -> str:
        """Return the secret of that name, made of `size` random bytes at the first call."""
        return secret_files.secret(self.path / "secrets", name, size)

    def instance(self) -> str:
        """Return the ending of this system's cookie names, chosen at its first start.

        Empty for older folders, which had no such ending: their voters keep their cookies.
        """
        file = self.path / "instance"
        if not file.exists():
            is_new = not (self.path / "secrets" / "secret_key").exists()
            files.write(file, secrets.token_hex(3) if is_new else "")
        return file.read_text()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder. Raises CannotStart while another bin/up holds it. The lock ends with the process."""
        with (self.run / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CannotStart(
                    f"Another bin/up runs for the data folder {self.path}. Stop it, or choose another one with --data."
                ) from None
            yield

    def parts(self) -> list[str]:
        """Return the names of the parts that were ever started here."""
        return [path.stem for path in (self.run / "parts").glob("*.json")]

    def recorded(self, name: str) -> Recorded | None:
        """Return the process that was last started as that part, running or not."""
        return Recorded.read(self._mark(name))

    def recorded_at(self, name: str) -> float:
        """Return when that part was last started, in seconds since 1970."""
        return self._mark(name).stat().st_mtime

    def record(self, name: str) -> None:
        """Record this process as that part."""
        Recorded.of(os.getpid()).write(self._mark(name))

    def held(self, name: str) -> Path:
        """Return a file whose presence keeps a part of that name from starting (for drills)."""
        return self.run / f"{name}.held"

    def _mark(self, name: str) -> Path:
        return self.run / "parts" / f"{name}.json"
