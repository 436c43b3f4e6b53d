"""Ending what a killed part, or a killed bin/up, left running."""

from votingsite.launch import parts, processes
from votingsite.launch.folder import DataFolder


def end(folder: DataFolder, name: str) -> None:
    """End what is left of the part that was last started under that name. Harmless when nothing is."""
    recorded = folder.recorded(name)
    left = recorded.left_over(str(folder.path)) if recorded else []
    processes.end(left)
    if name == "db":
        # Its children have sessions of their own; a new server can't start while one of them lives.
        processes.end(processes.working_in(folder.postgres, parts.database(folder).program))


def end_all(folder: DataFolder) -> None:
    """End all that the last bin/up of this folder left running; servers last."""
    for name in sorted(folder.parts(), key=lambda name: name in ("db", "redis")):
        end(folder, name)
