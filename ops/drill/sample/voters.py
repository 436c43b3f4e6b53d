"""Voters of a drill at the sample app: the same people as ours, with its page in front of them."""

import time
from http import HTTPStatus

from ops.drill.history import Attempt, Operation, Outcome
from ops.drill.voters import Voter


class SampleVoter(Voter):
    """A voter with the sample app's page: a form with one field, which has no receipt to ask again with."""

    _needed = frozenset()

    async def _send(self, operation: Operation, fields: dict[str, str], *, again: bool = False) -> Attempt:
        """Make one request, and record the attempt. The page shows its check mark after any 200."""
        sent = time.monotonic()
        status, _ = await self._post([("vote", str(operation.ballot[0]))])
        one = Attempt(sent, time.monotonic(), _meaning(status), status)
        operation.attempts.append(one)
        return one


def _meaning(status: int) -> Outcome:
    if status == HTTPStatus.OK:
        return Outcome.ACCEPTED
    return Outcome.REFUSED if 400 <= status < 500 else Outcome.UNKNOWN
