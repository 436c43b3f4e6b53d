"""The tools of the promise tests must not change the process that runs them."""

import signal

from tests.promises.parts import run_worker


def test_a_worker_of_rq_leaves_ctrl_c_to_the_tests() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    run_worker()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
