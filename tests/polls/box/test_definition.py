"""Definitions as they stand in ballot boxes, also in those of before."""

import json
from dataclasses import MISSING, fields, replace

from polls.box.definition import Definition
from polls.models import WhoMayVote
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver


def test_one_that_says_all_is_read_as_it_was_written():
    poll = make_poll(
        "all",
        "Yes",
        "No",
        who_may_vote=WhoMayVote.CODES,
        voters_per_minute=20,
        slow_down_after=50,
        embed_origins=["https://example.org"],
        allows_changes=False,
    )
    definition = replace(PollDriver(poll).definition, changed_codes=((3, 1),), entries=(7, 8), waiting=(8,))
    assert Definition.load(definition.dump()) == definition
    assert [each.name for each in fields(Definition) if not getattr(definition, each.name)] == [
        "opens_at",
        "closes_at",
        "is_test",
        "allows_changes",
        "details",
    ]


def test_one_of_an_older_process_is_read():
    definition = PollDriver(make_poll("old", "Yes", "No")).definition
    optional = {each.name for each in fields(Definition) if (each.default, each.default_factory) != (MISSING, MISSING)}
    old = {name: value for name, value in json.loads(definition.dump()).items() if name not in optional}
    assert Definition.load(json.dumps(old)) == definition
