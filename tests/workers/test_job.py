"""A worker runs our jobs alone, whoever has put others into Redis."""

from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Callback, Queue, SimpleWorker
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from tests.polls.conftest import clean, driver, poll
from tests.polls.poll_driver import PollDriver
from tests.promises.parts import run_worker
from workers.job import FUNCTIONS, OurJob

__all__ = ["clean", "driver", "poll"]


def smuggle(redis: Redis, *arguments: Any, **options: Any) -> Any:
    """Put a job into our queue, as somebody would who can write to Redis."""
    return Queue("default", connection=redis, serializer=JSONSerializer).enqueue(*arguments, **options)


@pytest.mark.parametrize("name", ["os.system", "subprocess.check_call", "builtins.eval", "workers.jobs.logger.warning"])
def test_a_job_that_names_another_function_is_refused_and_logged(
    redis: Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    job = smuggle(redis, name, f"touch {tmp_path / 'has-run'}")
    run_worker()

    assert not (tmp_path / "has-run").exists()
    assert job.get_status() == JobStatus.FAILED
    assert f"A job in Redis was refused: it names {name!r}" in caplog.text


def test_a_job_of_ours_calls_nothing_at_its_end(redis: Redis, driver: PollDriver, tmp_path: Path) -> None:
    driver.vote("ann")
    callback = Callback("os.system")
    smuggle(redis, "workers.jobs.tally_poll", driver.poll.pk, on_success=callback, on_failure=callback)
    (job_id,) = Queue("default", connection=redis).job_ids[-1:]
    restored = OurJob.fetch(job_id, connection=redis, serializer=JSONSerializer)
    run_worker()

    assert (restored.success_callback, restored.failure_callback, restored.stopped_callback) == (None, None, None)
    assert restored.webhooks == []
    assert driver.totals == [1, 0]


def test_the_functions_are_those_that_there_are(redis: Redis) -> None:
    for name in FUNCTIONS:
        assert callable(OurJob.create(name, connection=redis, serializer=JSONSerializer).func)


def test_rq_itself_would_run_it(redis: Redis) -> None:
    """Else the tests above would show nothing."""
    job = smuggle(redis, "os.getpid")
    SimpleWorker(["default"], connection=redis, serializer=JSONSerializer).work(burst=True)

    assert job.get_status(refresh=True) == JobStatus.FINISHED
