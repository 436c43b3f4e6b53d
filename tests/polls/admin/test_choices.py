"""Pictures of choices in the admin."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from polls.kinds import YES_NO
from polls.kinds.open_list import OPEN_LIST
from polls.models import Choice, Picture, Poll, State, Tally
from tests.polls.admin.test_admin import form
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import browser_of
from tests.polls.host.test_uploads import sent
from tests.polls.poll_driver import Client

ADD = "/admin/polls/poll/add/"


@pytest.fixture
def admin() -> Client:
    return browser_of(User.objects.create_superuser("root"))


def pictures_of(slug: str) -> list[str | None]:
    return list(Choice.objects.filter(poll__slug=slug).values_list("picture", flat=True))


def test_a_choice_gets_its_picture_loses_it_and_says_what_it_has(admin: Client):
    admin.post(ADD, form("tea", "Tea", "Coffee") | {"choices-0-upload": sent()})
    poll, name = Poll.objects.get(), Picture.objects.get().name
    page = f"/admin/polls/poll/{poll.pk}/change/"
    assert pictures_of("tea") == [name, None]
    assert f'<img class="picture" src="/pictures/{name}.webp" alt="">' in admin.get(page).content.decode()
    ids = list(poll.choices.values_list("pk", flat=True))
    admin.post(page, form("tea", "Tea!", "Coffee", present=ids))
    assert pictures_of("tea") == [name, None]
    admin.post(page, form("tea", "Tea!", "Coffee", present=ids) | {"choices-0-bare": "on"})
    assert (pictures_of("tea"), Picture.objects.count()) == ([None, None], 0)


def test_what_is_no_picture_is_refused_in_one_sentence(admin: Client):
    answer: Any = admin.post(ADD, form("tea", "Tea", "Coffee") | {"choices-0-upload": sent(b"GIF89a")})
    assert (answer.status_code, Poll.objects.count()) == (200, 0)
    assert "Use a PNG, JPEG or WebP picture." in answer.content.decode()


def test_choices_that_a_kind_gives_come_and_go_with_nobody(admin: Client):
    poll = make_poll("lunch", "Yes", "No", "Abstain", kind=YES_NO, opened=False)
    page = admin.get(f"/admin/polls/poll/{poll.pk}/change/").content.decode()
    assert 'name="choices-2-text"' in page
    assert "choices-3-text" not in page
    assert "choices-0-DELETE" not in page


def test_entries_that_voters_write_are_no_fields(admin: Client):
    poll = make_poll("ideas", "Tea", kind=OPEN_LIST)
    page = f"/admin/polls/poll/{poll.pk}/change/"
    assert "choices-0-text" not in admin.get(page).content.decode()
    fields = {name: value for name, value in form("ideas").items() if not name.startswith("choices")}
    assert admin.post(page, fields | {"question": "Which ideas?"}).status_code == 302
    poll.refresh_from_db()
    assert (poll.question, poll.choices.get().text) == ("Which ideas?", "Tea")


def right_of(poll: Poll) -> list[str]:
    return list(Choice.objects.filter(poll=poll, is_right=True).values_list("text", flat=True))


def test_right_answers_are_marked_and_stay_once_they_were_shown(admin: Client):
    admin.post(ADD, form("tea", "Tea", "Coffee") | {"choices-0-is_right": "on"})
    poll = Poll.objects.get()
    page = f"/admin/polls/poll/{poll.pk}/change/"
    ids = list(poll.choices.values_list("pk", flat=True))
    admin.post(page, form("tea", "Tea", "Coffee", present=ids) | {"choices-1-is_right": "on"})
    assert right_of(poll) == ["Coffee"]
    Tally.objects.filter(pk=poll.pk).update(state=State.FINAL, voters=1)
    assert 'name="choices-0-is_right"' not in admin.get(page).content.decode()
    admin.post(page, form("tea", "Tea", "Coffee!", present=ids) | {"choices-0-is_right": "on"})
    assert right_of(poll) == ["Coffee!"]


def test_a_final_quiz_keeps_picks_for_all_its_right_answers(admin: Client):
    poll = make_poll("tea", "Tea", "Coffee", "Milk", max_choices=2, right=[0, 1])
    Tally.objects.filter(pk=poll.pk).update(state=State.FINAL, voters=1)
    ids = list(poll.choices.values_list("pk", flat=True))
    sent = form("tea", "Tea", "Coffee", "Milk", present=ids) | {"max_choices": 1}
    answer: Any = admin.post(f"/admin/polls/poll/{poll.pk}/change/", sent)
    assert (answer.status_code, "only one can be right" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize(("kind", "said"), [("pick", "only one can be right"), (YES_NO, "has no right answer")])
def test_no_more_right_answers_than_a_voter_may_pick(admin: Client, kind: str, said: str):
    poll = make_poll("lunch", "Yes", "No", "Abstain", kind=kind, opened=False)
    marks = {f"choices-{place}-is_right": "on" for place in (0, 1)}
    ids = list(poll.choices.values_list("pk", flat=True))
    sent = form("lunch", "Yes", "No", "Abstain", present=ids) | marks
    assert said in admin.post(f"/admin/polls/poll/{poll.pk}/change/", sent).content.decode()
    assert right_of(poll) == []
