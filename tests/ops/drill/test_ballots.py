"""Ballots of drills: different ones, that the poll's kind takes."""

from random import Random

import pytest

from ops.drill import ballots
from ops.drill.poll import SEVERAL, make, names
from ops.drill.stored import Poll
from polls import kinds
from polls.models import Choice
from polls.models import Poll as Row

pytestmark = pytest.mark.django_db


def made(name: str, choices: int = 12) -> Poll:
    """Return a poll of this kind as a drill knows it."""
    row = Row.objects.get(pk=make(f"of-{name}", "Which?", [f"Choice {number}" for number in range(choices)], name))
    ids = Choice.objects.filter(poll=row).values_list("pk", flat=True)
    kind = kinds.of(row.kind, row.max_choices, row.details)
    return Poll(row.pk, row.slug, bytes(row.voter_salt).hex(), tuple(ids), kind, row.max_choices)


@pytest.mark.parametrize("name", names())
def test_they_are_what_the_poll_takes(name: str) -> None:
    poll = made(name)
    found = ballots.different(poll, 12, Random(1))
    assert len(found) == len(set(found)) == (3 if name == kinds.YES_NO else 12)
    for each in found:
        poll.kind.check(each, frozenset(poll.choices), poll.most)


def test_some_name_several_choices() -> None:
    for name in (SEVERAL, kinds.RANK, kinds.SCALE):
        assert max(map(len, ballots.different(made(name), 12, Random(1)))) > 1, name
