"""Secrets in files, one each, that this user alone can read (or its group, where that is said)."""

import os
import secrets
from pathlib import Path

#: For this user alone; and for the group as well.
PRIVATE, GROUP = 0o600, 0o640


def secret(folder: Path, name: str, size: int = 32, mode: int = PRIVATE) -> str:
    """The secret of that name, made of `size` random bytes when it is asked for the first time."""
    path = folder / name
    if not path.exists():
        write(path, secrets.token_urlsafe(size), mode)
    return path.read_text()


def write(path: Path, text: str, mode: int = PRIVATE) -> None:
    """Write such a file. Whoever reads it meanwhile finds all of the old text or all of the new one."""
    fresh = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    fresh.rename(path)
