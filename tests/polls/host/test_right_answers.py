"""Right answers in the editor of a poll, and in its copies."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from polls.kinds import YES_NO
from polls.lifecycle import transitions
from polls.models import Choice, Poll, State, Tally
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import owned
from tests.polls.host.test_editor import NEW, edited, form
from tests.polls.poll_driver import Client, PollDriver


@pytest.fixture
def quiz(ada: User) -> PollDriver:
    """A draft of hers with a right answer."""
    return PollDriver(owned(make_poll("swiss", "Bern", "Basel", "Berlin", right=[0], opened=False), ada))


def right(poll: Poll) -> list[str]:
    return list(Choice.objects.filter(poll=poll, is_right=True).values_list("text", flat=True))


def marks(*places: int) -> dict[str, str]:
    """Return what a browser sends of the marks."""
    return {"is_quiz": "True", **{f"choices-{place}-right": "on" for place in places}}


def test_a_quiz_is_made_and_its_mark_stands_in_the_editor(host: Client):
    host.post(NEW, form("Bern", "Basel", question="Capital?", **marks(0)))
    poll = Poll.objects.get()
    assert (right(poll), Tally.objects.get().right_ids) == (["Bern"], [poll.choices.all()[0].pk])
    page = host.get("/host/capital/edit/").content.decode()
    assert ["checked" in field.partition(">")[0] for field in page.split('type="checkbox"')[1:]] == [True, False, False]
    assert '<option value="True" selected>' in page


def test_marks_of_a_poll_that_is_no_quiz_do_not_count(host: Client):
    host.post(NEW, form("Bern", "Basel", **marks(0)) | {"is_quiz": "False"})
    assert right(Poll.objects.get()) == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (marks(), "Mark the right answer, or let the poll have none."),
        (marks(0, 1), "Voters pick one choice, so only one can be right."),
        (marks(0, 1, 2) | {"max_choices": 2}, "Voters pick up to 2 choices, so no more can be right."),
        (marks(3), "Mark the right answer, or let the poll have none."),
    ],
    ids=["none", "two of one", "three of two", "an empty row"],
)
def test_a_wrong_number_of_right_answers_comes_back(host: Client, sent: Any, said: str):
    answer = host.post(NEW, form("Bern", "Basel", "Berlin", "", **sent))
    page = answer.content.decode()
    assert (answer.status_code, said in page, Poll.objects.count()) == (400, True, 0)
    fields = [field.partition(">")[0] for field in page.split('type="checkbox"')[1:]]
    assert sum("checked" in field for field in fields) == sum("right" in name for name in sent)


def test_marks_move_with_their_rows(host: Client):
    """Without JavaScript the form's own buttons move them."""
    answer = host.post(NEW, form("Bern", "Basel", **marks(0)) | {"do": "down-0"})
    rows = answer.context["choices"].forms
    assert [(row["text"].value(), bool(row["right"].value())) for row in rows[:2]] == [("Basel", False), ("Bern", True)]
    assert answer.context["form"]["is_quiz"].value() == "True"


def test_a_draft_becomes_a_quiz_and_is_none_again(host: Client, quiz: PollDriver):
    page = "/host/swiss/edit/"
    found = []
    for sent in (marks(1), marks(0, 2) | {"max_choices": 2}, {"is_quiz": "False"}):
        host.post(page, edited(quiz, "Bern", "Basel", "Berlin", **sent))
        found.append(right(quiz.poll))
    assert found == [["Basel"], ["Bern", "Berlin"], []]


def test_a_program_that_knows_no_right_answers_changes_none(host: Client, quiz: PollDriver):
    host.post("/host/swiss/edit/", edited(quiz, "Bern!", "Basel", "Berlin"))
    assert right(quiz.poll) == ["Bern!"]


def test_a_right_answer_is_corrected_until_it_is_shown(host: Client, quiz: PollDriver):
    transitions.open_poll(quiz.poll.pk)
    quiz.vote("ann")
    quiz.count()
    host.post("/host/swiss/edit/", edited(quiz, "Bern", "Basel", "Berlin", **marks(1)))
    assert right(quiz.poll) == ["Basel"]
    Tally.objects.filter(pk=quiz.poll.pk).update(state=State.FINAL)
    page = host.get("/host/swiss/edit/").content.decode()
    assert "The right answer has been shown. To change it, open the poll again first." in page
    assert "is_quiz" not in page
    late = host.post("/host/swiss/edit/", edited(quiz, "Bern", "Basel", "Berlin", **marks(0)))
    assert (late.status_code, right(quiz.poll)) == (409, ["Basel"])
    host.post("/host/swiss/edit/", edited(quiz, "Bern", "Basel!", "Berlin"))
    assert right(quiz.poll) == ["Basel!"]


def test_a_copy_has_the_same_right_answer(host: Client, quiz: PollDriver):
    host.post("/host/swiss/duplicate/")
    assert right(Poll.objects.exclude(pk=quiz.poll.pk).get()) == ["Bern"]


def test_a_kind_without_right_answers_offers_none_and_takes_none(host: Client):
    page = host.get(f"{NEW}?kind={YES_NO}").content.decode()
    assert "is_quiz" not in page
    assert "is_quiz" in host.post(NEW, form("Yes", "No", "Abstain", kind=YES_NO) | {"do": "kind-pick"}).content.decode()
    host.post(NEW, form("Yes", "No", "Abstain", kind=YES_NO, **marks(0)))
    assert right(Poll.objects.get()) == []


def test_the_hosts_page_does_not_say_what_is_right(host: Client, quiz: PollDriver):
    """Hosts may show it on the wall while people vote."""
    transitions.open_poll(quiz.poll.pk)
    page = host.get("/host/swiss/").content.decode()
    assert "with a right answer" in page
    assert "right-answer" not in page
