"""Runs of random events as in test_state_machine.py, more and longer ones, and other ones each time."""

import pytest

from tests.promises.test_state_machine import Stores, Voting, VotingOnce, run, stores

__all__ = ["stores"]

pytestmark = pytest.mark.slow


def test_no_long_run_of_events_breaks_a_promise(stores: Stores):
    run(Voting, stores, max_examples=200, stateful_step_count=50)


def test_no_long_run_breaks_a_promise_of_votes_that_stay(stores: Stores):
    run(VotingOnce, stores, max_examples=100, stateful_step_count=50)
