"""Parts of the system as the tests of the promises use them: a worker, a process to kill, an audit."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from django.db import connection, connections
from rq import Queue
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from core.stores import queue, redis
from core.stores.redis import RedisUnavailableError
from polls import kinds
from polls.lifecycle import safety_net, transitions
from polls.models import Answer, Ballot, State, Total
from tests.polls.poll_driver import PollDriver
from tests.promises.forkserver import Process
from tests.waiting import eventually
from workers.job import OurJob

T = TypeVar("T")


#: Voters who keep voting keep ringing.
MAX_JOBS = 20


# A worker ------------------------------------------------------------------------------------------------------------


def work() -> None:
    """Do what a worker does within a second or two: sweep, and run the jobs that wait."""
    safety_net.sweep()
    run_jobs()


def run_jobs() -> None:
    """Run the jobs that wait, without the half second that a worker of RQ takes to start and to end."""
    waiting = queue._queue()
    for _ in range(MAX_JOBS):
        found = Queue.dequeue_any([waiting], timeout=None, connection=redis.client(), serializer=JSONSerializer)
        if found is None:
            return
        job, _ = found
        job.perform()
        job.delete()


def run_worker() -> None:
    """Run the jobs that wait in a worker of RQ. It takes Ctrl-C for itself, and doesn't give it back."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    worker = SimpleWorker([queue._queue()], connection=redis.client(), serializer=JSONSerializer, job_class=OurJob)
    try:
        worker.work(burst=True, max_jobs=MAX_JOBS, logging_level="ERROR")
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def finish(driver: PollDriver) -> None:
    """Close the poll, and let workers work until it is final."""
    transitions.seal(driver.poll.pk)
    eventually(lambda: _is_final(driver), what="a final poll")


def _is_final(driver: PollDriver) -> bool:
    try:
        work()
    except RedisUnavailableError:
        return False
    return bool(driver.tally.state == State.FINAL)


# What stands in the stores -------------------------------------------------------------------------------------------


def audit(driver: PollDriver) -> None:
    """P6: totals, answers and the number of voters are what the ballots say, and no voter has two."""
    kind = kinds.of(driver.poll.kind, driver.poll.max_choices, driver.poll.details)
    ballots = list(Ballot.objects.filter(poll=driver.poll).values_list("voter_key", "selections"))
    votes = Counter(choice for _, selections in ballots for choice in kind.votes(selections).elements())
    given = Counter(tuple(selections) for _, selections in ballots)
    kept = Answer.objects.filter(poll=driver.poll).values_list("selections", "ballots")
    assert {tuple(selections): number for selections, number in kept} == (given if kind.keeps_answers else {})
    totals = dict(Total.objects.filter(poll=driver.poll).values_list("choice_id", "votes"))
    assert totals == {choice: votes[choice] for choice in driver.choices}
    assert driver.tally.voters == len(ballots) == len({key for key, _ in ballots})


def now_ms() -> int:
    """Milliseconds since 1970, by this machine's clock."""
    return time.time_ns() // 1_000_000


def waiting_for_a_lock() -> int:
    """Connections of the tests' database that wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        count: int = cursor.fetchone()[0]
    return count


@contextmanager
def locked(driver: PollDriver) -> Iterator[None]:
    """Somebody else holds the Tally lock."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM polls_tally WHERE poll_id = %s FOR UPDATE", [driver.poll.pk])
        yield
    finally:
        other.close()


# What runs beside the test -------------------------------------------------------------------------------------------


class BackgroundCall(Generic[T]):
    """Runs a call in a thread; `join` waits for it, and raises what it raised."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._outcome: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def join(self) -> T:
        """Its result, when it has ended."""
        self._thread.join(30)
        assert not self._thread.is_alive(), "it did not end within 30 seconds"
        if self._error is not None:
            raise self._error
        return self._outcome[0]

    def _run(self) -> None:
        try:
            self._outcome.append(self._call())
        except BaseException as error:
            self._error = error
        finally:
            connections.close_all()


def tally(driver: PollDriver) -> Process:
    """A worker's process that runs the job of this poll."""
    return Process("workers.jobs.tally_poll", driver.poll.pk)


def service(driver: PollDriver, voter: str, choice: int, cast_id: object) -> Process:
    """A web service's process that takes one vote."""
    return Process("tests.promises.children.vote", driver.poll.pk, voter, choice, str(cast_id))
