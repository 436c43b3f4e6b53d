"""Secrets in files, one for each, readable by this user alone, or by its group too."""

import secrets
from pathlib import Path

from core.stores import files


def secret(folder: Path, name: str, size: int = 32, mode: int = files.PRIVATE) -> str:
    """Return the secret of that name, made of `size` random bytes at the first call."""
    path = folder / name
    if not path.exists():
        files.write(path, secrets.token_urlsafe(size), mode)
    return path.read_text()
