"""The processes of an installation that is simulated."""

from dataclasses import dataclass

from ops.scaling.costs import FRAME_EVERY


@dataclass(frozen=True)
class Plan:
    """How many there are of each part. Without `cores` each process has a core of its own."""

    cores: float | None = None
    vote: int = 1
    result: int = 1
    workers: int = 1
    polls: int = 1
    #: Least seconds between two rounds of frames.
    frame_every: float = FRAME_EVERY
    #: Whether a worker stays with a poll while votes stream in (decision 54); else each batch is a job.
    stays: bool = True
