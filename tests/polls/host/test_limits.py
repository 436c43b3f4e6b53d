"""Limits of a poll in the editor and on its page."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from polls.box.definition import Definition
from polls.models import Poll, WhoMayVote
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import owned
from tests.polls.host.test_editor import NEW, edited, form
from tests.polls.poll_driver import Client, PollDriver

LIMITS = {"voters_per_minute": "20", "slow_down_after": "50"}


def limits_of(poll: Poll) -> tuple[int | None, int | None]:
    poll.refresh_from_db()
    return poll.voters_per_minute, poll.slow_down_after


def test_a_poll_is_made_with_limits(host: Client):
    host.post(NEW, form("Tea", "Coffee", **LIMITS))
    assert limits_of(Poll.objects.get()) == (20, 50)


def test_a_poll_has_none_at_first(host: Client):
    page = host.get(NEW).content.decode()
    assert re.search(r"<details[^>]* data-limits[^>]*>", page)
    assert not re.search(r"<details[^>]* data-limits[^>]* open", page)
    host.post(NEW, form("Tea", "Coffee", voters_per_minute="", slow_down_after=""))
    assert limits_of(Poll.objects.get()) == (None, None)


def test_they_are_changed_while_the_poll_is_open(host: Client, driver: PollDriver):
    host.post("/host/cats-or-dogs/edit/", edited(driver, "Cats", "Dogs", **LIMITS))
    assert limits_of(driver.poll) == (20, 50)
    assert (driver.definition.voters_per_minute, driver.definition.slow_down_after) == (20, 50)
    said = LogEntry.objects.get().get_change_message()
    assert "new voters a minute" in said
    host.post("/host/cats-or-dogs/edit/", edited(driver, "Cats", "Dogs", voters_per_minute="", slow_down_after="7"))
    assert limits_of(driver.poll) == (None, 7)


def test_a_program_that_knows_no_limits_changes_none(host: Client, driver: PollDriver):
    Poll.objects.update(voters_per_minute=20)
    host.post("/host/cats-or-dogs/edit/", edited(driver, "Cats", "Dogs", question="Another?"))
    assert limits_of(driver.poll) == (20, None)
    assert driver.poll.question == "Another?"


@pytest.mark.parametrize("typed", ["0", "-1", "10001", "many", "2.5"])
def test_what_is_no_number_of_voters_comes_back(host: Client, typed: str):
    answer = host.post(NEW, form("Tea", "Coffee", slow_down_after=typed))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "How many voters? A whole number from 1 to 10000." in page
    assert re.search(r"data-limits\s+open", page)
    assert f'value="{typed}"' in page
    assert not Poll.objects.exists()


def test_a_copy_has_them_too(host: Client, poll: Poll):
    Poll.objects.update(voters_per_minute=20, slow_down_after=50)
    host.post(f"/host/{poll.slug}/duplicate/")
    assert limits_of(Poll.objects.exclude(pk=poll.pk).get()) == (20, 50)


def test_the_page_says_what_each_protects_from_and_what_not(host: Client, poll: Poll):
    assert "Limits for one network" not in host.get(f"/host/{poll.slug}/").content.decode()
    Poll.objects.update(voters_per_minute=20)
    page = " ".join(host.get(f"/host/{poll.slug}/").content.decode().split())
    assert "At most 20 new voters a minute from one network" in page
    assert "within an hour" not in page
    Poll.objects.update(voters_per_minute=None, slow_down_after=1)
    page = " ".join(host.get(f"/host/{poll.slug}/").content.decode().split())
    assert "After 1 voter from one network within an hour" in page
    assert "does not stop one on a strong computer" in page


def test_where_each_vote_needs_a_code_they_hold_nobody_back(host: Client, ada: User):
    rules: dict[str, Any] = {"slow_down_after": 1, "voters_per_minute": 1, "who_may_vote": WhoMayVote.CODES}
    coded = owned(make_poll("coded", "Yes", "No", **rules), ada)
    assert not PollDriver(coded).definition.has_limits
    page = host.get("/host/coded/").content.decode()
    assert "They hold nobody back here" in page
    assert "within an hour" not in page


def test_only_a_poll_with_limits_names_their_script(client: Client, driver: PollDriver):
    assert not _names_it(client, driver.poll)
    assert _names_it(client, make_poll("limited", "Yes", "No", slow_down_after=50))


def _names_it(client: Client, poll: Poll) -> bool:
    return re.search(r"/limits\.\w+\.js", client.get(poll.get_absolute_url()).content.decode()) is not None


def test_a_definition_of_before_the_limits_has_none(driver: PollDriver):
    text = driver.definition.dump()
    assert "voters_per_minute" not in text
    assert "slow_down_after" not in text
    assert not Definition.load(text).has_limits
    limited = PollDriver(make_poll("limited", "Yes", "No", voters_per_minute=3)).definition
    assert Definition.load(limited.dump()) == limited
