"""Redis, which syncs what it writes, and RQ's list of jobs in it."""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from ops.scaling.events import Activity, Process, Resume, Simulation, Wait

Job = TypeVar("Job")


class Redis:
    """Redis: it does what has come meanwhile, syncs it to the disk, answers all of it, and goes on."""

    def __init__(self, simulation: Simulation, process: Process, sync: Callable[[], Wait]) -> None:
        self._simulation, self._process, self._sync = simulation, process, sync
        self._come: list[tuple[float, Resume]] = []
        self._is_busy = False

    def write(self, seconds: float) -> Wait:
        """Return a wait until a command is done and synced."""

        def wait(resume: Resume) -> None:
            self._come.append((seconds, resume))
            if not self._is_busy:
                self._is_busy = True
                self._simulation.start(self._serve())

        return wait

    def _serve(self) -> Activity:
        while self._come:
            now, self._come = self._come, []
            yield self._process.work(sum(seconds for seconds, _ in now))
            yield self._sync()
            for _, resume in now:
                resume()
        self._is_busy = False


class Queue(Generic[Job]):
    """A list of jobs, and who waits for one."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._idle: deque[Resume] = deque()

    def put(self, job: Job) -> None:
        """Add a job, and wake a worker."""
        self._jobs.append(job)
        if self._idle:
            self._idle.popleft()()

    def wait(self, resume: Resume) -> None:
        """Wait until there may be a job."""
        if self._jobs:
            resume()
        else:
            self._idle.append(resume)

    @property
    def is_empty(self) -> bool:
        """Tell whether no job waits."""
        return not self._jobs

    def take(self) -> Job | None:
        """Return the next job; None if another worker was faster."""
        return self._jobs.popleft() if self._jobs else None
