"""A scale in the editor: statements as rows, and its details."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from polls.host import editing
from polls.kinds.scale import MOST_STATEMENTS
from polls.lifecycle import transitions
from polls.models import Choice, Poll, State
from tests.polls.conftest import make_poll
from tests.polls.host.test_editor import NEW, edited, form
from tests.polls.poll_driver import Client, PollDriver, post

DETAILS = {"scale": "1-5", "low": "Not at all", "high": "Very much"}


def scale(*texts: str, ids: Any = (), **fields: Any) -> dict[str, Any]:
    """Return the form of a new scale as a browser sends it."""
    details = {f"details-{name}": value for name, value in DETAILS.items()}
    return form(*texts, ids=ids, **{"kind": "scale", **details, **fields})


def statements(poll: Poll) -> dict[str, list[str]]:
    """Return the points of each statement, in their order."""
    found: dict[str, list[str]] = {}
    for statement, text in Choice.objects.filter(poll=poll).values_list("statement", "text"):
        found.setdefault(statement, []).append(text)
    return found


def firsts(poll: Poll) -> list[int]:
    """Return what names each statement in the form: the id of its first choice."""
    return list(Choice.objects.filter(poll=poll, text="1").values_list("pk", flat=True))


@pytest.fixture
def draft(ada: User) -> PollDriver:
    """A draft of hers with two statements."""
    poll = make_poll("party", "Food", "Music", opened=False, owner=ada, kind="scale", details=DETAILS, max_choices=2)
    return PollDriver(poll)


def change(host: Client, driver: PollDriver, *texts: str, ids: list[int], **fields: Any) -> Any:
    sent = {"seen": driver.tally.definition_version, "result_rule": "always", "ids": ids, **fields}
    return host.post(f"/host/{driver.poll.slug}/edit/", scale(*texts, **sent))


POINTS = ["1", "2", "3", "4", "5"]


def test_a_scale_is_made_and_opened(host: Client):
    host.post(NEW, scale("Food", "Music", "", do="open"))
    poll = Poll.objects.get()
    assert (poll.kind, poll.details, poll.max_choices, poll.tally.state) == ("scale", DETAILS, 2, State.OPEN)
    assert statements(poll) == {"Food": POINTS, "Music": POINTS}


def test_one_statement_is_enough_and_none_is_not(host: Client):
    answer = host.post(NEW, scale("", do="open"))
    assert (answer.status_code, "A scale needs a statement" in answer.content.decode()) == (400, True)
    host.post(NEW, scale("Food", do="open"))
    assert Poll.objects.get().tally.state == State.OPEN


@pytest.mark.parametrize(
    ("texts", "fields", "said"),
    [
        ([f"S{number}" for number in range(MOST_STATEMENTS + 1)], {}, "A scale can have at most 10 statements."),
        (["Food", "food "], {}, "Duplicate statement."),
        (["Food"], {"details-scale": "1-7"}, "Select a valid choice. 1-7 is not one of the available choices."),
        (["Food"], {"details-low": "x" * 41}, "Ensure this value has at most 40 characters (it has 41)."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    host: Client, texts: list[str], fields: dict[str, str], said: str
):
    answer = host.post(NEW, scale(*texts, **fields))
    page = answer.content.decode()
    assert (answer.status_code, said in page, "Very much" in page) == (400, True, True)
    assert not Poll.objects.exists()


def test_details_stay_typed_over_a_button_of_the_form(host: Client):
    page = host.post(NEW, scale("Food", "Music", do="up-1")).content.decode()
    assert page.index('value="Music"') < page.index('value="Food"')
    assert 'value="Very much"' in page


def test_statements_come_go_and_change_places(host: Client, draft: PollDriver):
    food, music = firsts(draft.poll)
    change(host, draft, "Music", "Drinks", "Food", ids=[music, "", food])  # type: ignore[list-item]
    assert statements(draft.poll) == {"Music": POINTS, "Drinks": POINTS, "Food": POINTS}
    assert list(statements(draft.poll)) == ["Music", "Drinks", "Food"]
    assert Poll.objects.get().max_choices == 3
    change(host, draft, "Dancing", "Food", ids=[music, food])
    assert list(statements(draft.poll)) == ["Dancing", "Food"]
    assert firsts(draft.poll) == [music, food]
    transitions.open_poll(draft.poll.pk)
    assert draft.definition.kind.fault([music, food], draft.definition.choice_ids) == ""
    assert draft.definition.kind.fault([music, music + 1], draft.definition.choice_ids)


def test_another_scale_makes_other_points(host: Client, draft: PollDriver):
    change(host, draft, "Food", "Music", ids=firsts(draft.poll), **{"details-scale": "0-10"})
    eleven = [str(number) for number in range(11)]
    assert statements(draft.poll) == {"Food": eleven, "Music": eleven}
    assert Poll.objects.get().details["scale"] == "0-10"


def test_an_opened_one_keeps_its_points_and_corrects_texts(host: Client, draft: PollDriver):
    ids = firsts(draft.poll)
    transitions.open_poll(draft.poll.pk)
    change(host, draft, "Meals", "Music", ids=ids, **{"details-scale": "0-10", "details-low": "No", "fixed": "1"})
    assert statements(draft.poll) == {"Meals": POINTS, "Music": POINTS}
    assert Poll.objects.get().details == DETAILS | {"low": "No"}


def test_a_program_that_sends_no_details_changes_none(host: Client, draft: PollDriver):
    sent = edited(draft, "Food", "Music", ids=firsts(draft.poll), question="How was it?", kind="scale")
    host.post(f"/host/{draft.poll.slug}/edit/", sent)
    assert (Poll.objects.get().question, Poll.objects.get().details) == ("How was it?", DETAILS)


def test_a_copy_has_the_statements_and_the_scale(ada: User, draft: PollDriver):
    copy = editing.duplicate(ada, draft.poll)
    assert (statements(copy), copy.details, copy.max_choices) == (statements(draft.poll), DETAILS, 2)


def test_the_list_of_polls_counts_statements(host: Client, draft: PollDriver):
    assert "2 statements" in " ".join(host.get("/host/").content.decode().split())


def test_the_admin_shows_points_and_does_not_change_them(admin_client: Any, draft: PollDriver):
    page = admin_client.get(f"/admin/polls/poll/{draft.poll.pk}/change/").content.decode()
    assert 'name="choices-0-text"' not in page


def test_a_round_that_is_over_shows_means(host: Client, draft: PollDriver):
    transitions.open_poll(draft.poll.pk)
    post(Client(), draft, choice=[draft.choices[3]])
    draft.count()
    transitions.reset(draft.poll.pk)
    page = " ".join(host.get("/host/party/").content.decode().split())
    assert "<bdi>Food</bdi></th> <td>1</td> <td>4</td> <td>4.00</td>" in page
