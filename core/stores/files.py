"""Files that one process writes and others read, private and complete."""

import os
from pathlib import Path

#: File modes: for this user alone; for its group as well.
PRIVATE, GROUP = 0o600, 0o640


def write(path: Path, text: str, mode: int = PRIVATE) -> None:
    """Replace a file in one step: a reader finds the old text or the new one, and never another mode."""
    fresh = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    fresh.replace(path)
