"""Secrets in files, one each, that this user alone can read (or its group, where that is said)."""

import secrets
from pathlib import Path

from core.stores import files


def secret(folder: Path, name: str, size: int = 32, mode: int = files.PRIVATE) -> str:
    """Return the secret of that name, made of `size` random bytes when it is asked for the first time."""
    path = folder / name
    if not path.exists():
        files.write(path, secrets.token_urlsafe(size), mode)
    return path.read_text()
