"""The work that tests have done in processes of their own (tests/promises/forkserver.py). Arguments come as JSON."""

from uuid import UUID

from polls.lifecycle import safety_net, transitions
from polls.models import Poll
from tests.polls.poll_driver import PollDriver


def vote(poll_id: int, voter: str, choice: int, cast_id: str) -> None:
    """Cast a vote for the n-th choice."""
    PollDriver(Poll.objects.get(pk=poll_id)).vote(voter, choice, UUID(cast_id))


def close(poll_id: int) -> None:
    """Seal a poll and go through it once, as its host and a worker do."""
    transitions.seal(poll_id)
    safety_net.sweep()
