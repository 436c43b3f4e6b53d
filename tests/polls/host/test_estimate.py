"""An estimate in the editor: its limits, and the right answer."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from polls.host import editing
from polls.lifecycle import transitions
from polls.models import Choice, Poll, State
from tests.polls.conftest import make_poll
from tests.polls.host.test_editor import NEW, form
from tests.polls.poll_driver import Client, PollDriver

DETAILS = {"least": "0", "most": "20", "step": "0.5", "unit": "kg", "answer": "7.25"}


def estimate(**fields: Any) -> dict[str, Any]:
    """Return the form of a new estimate as a browser sends it."""
    details = {f"details-{name}": value for name, value in DETAILS.items()}
    return form("Number", **{"kind": "estimate", **details, **fields})


@pytest.fixture
def draft(ada: User) -> PollDriver:
    """A draft of hers."""
    return PollDriver(make_poll("pumpkin", "Number", opened=False, owner=ada, kind="estimate", details=DETAILS))


def change(host: Client, driver: PollDriver, **fields: Any) -> Any:
    sent = {"seen": driver.tally.definition_version, "result_rule": "always", "ids": driver.choices, **fields}
    return host.post(f"/host/{driver.poll.slug}/edit/", estimate(**sent))


def test_an_estimate_is_made_and_opened(host: Client):
    host.post(NEW, estimate(do="open", **{"details-step": " 0,50 ", "details-most": "20.0"}))
    poll = Poll.objects.get()
    assert (poll.kind, poll.details, poll.tally.state) == ("estimate", DETAILS, State.OPEN)
    assert Choice.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"details-step": "0"}, "The greatest value has to be above the least, and the step above 0."),
        ({"details-step": "0.001"}, "That is more than 10,000 possible values."),
        ({"details-step": "3"}, "The steps have to lead from the least value to the greatest."),
        ({"details-most": "much"}, "Enter a number."),
        ({"details-least": ""}, "This field is required."),
        ({"details-unit": "x" * 21}, "Ensure this value has at most 20 characters"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(host: Client, fields: dict[str, str], said: str):
    answer = host.post(NEW, estimate(**fields))
    page = answer.content.decode()
    assert (answer.status_code, said in page, 'value="7.25"' in page) == (400, True, True)
    assert not Poll.objects.exists()


def test_an_opened_one_keeps_its_limits_and_corrects_the_rest(host: Client, draft: PollDriver):
    transitions.open_poll(draft.poll.pk)
    change(host, draft, fixed="1", **{"details-most": "30", "details-unit": "lb", "details-answer": "8"})
    assert Poll.objects.get().details == DETAILS | {"unit": "lb", "answer": "8"}


def test_numbers_are_drawn_as_the_language_writes_them(host: Client, draft: PollDriver):
    address = f"/host/{draft.poll.slug}/edit/"
    page = host.get(address, headers={"accept-language": "es"}).content.decode()
    assert 'value="7,25"' in page
    sent = estimate(seen=draft.tally.definition_version, ids=draft.choices, result_rule="always")
    spanish = sent | {"details-step": "0,5", "details-answer": "7,25"}
    answer = host.post(address, spanish, headers={"accept-language": "es"}, follow=True)
    assert "No ha cambiado nada." in answer.content.decode()


def test_a_copy_has_its_limits(ada: User, draft: PollDriver):
    copy = editing.duplicate(ada, draft.poll)
    assert (copy.kind, copy.details, copy.choices.count()) == ("estimate", DETAILS, 1)
