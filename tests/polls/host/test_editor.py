"""Making and editing a poll; what is typed stays typed."""

import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.utils import timezone

from polls.box import definitions
from polls.lifecycle import transitions
from polls.models import Choice, Poll, State
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import owned
from tests.polls.poll_driver import Client, PollDriver
from tests.store_fixtures import Postgres

NEW = "/host/new/"


def form(*texts: str, ids: Any = (), **fields: Any) -> dict[str, Any]:
    """Return the form as a browser sends it."""
    sent = {"question": "Which?", "max_choices": 1, "result_rule": "after_vote", "choices-TOTAL_FORMS": len(texts)}
    sent |= {"choices-INITIAL_FORMS": 0, "do": "save"}
    for row, text in enumerate(texts):
        sent |= {f"choices-{row}-text": text, f"choices-{row}-id": ids[row] if row < len(ids) else ""}
    return sent | fields


def edited(driver: PollDriver, *texts: str, **fields: Any) -> dict[str, Any]:
    """The same of a poll that there is."""
    sent = {"seen": driver.tally.definition_version, "result_rule": "always", "ids": driver.choices}
    return form(*texts, **sent | fields)


def texts(poll: Poll) -> list[str]:
    return list(Choice.objects.filter(poll=poll).values_list("text", flat=True))


def typed(answer: Any) -> dict[str, str]:
    """Return the values of the fields of the form that came back."""
    form = answer.context["form"]
    rows = {f"{row}": field["text"].value() or "" for row, field in enumerate(answer.context["choices"].forms)}
    return {"question": form["question"].value(), **rows}


def test_a_poll_is_made_and_saved_as_a_draft(host: Client, ada: User):
    sent = form("Tea", "Coffee", "", question="Tea or coffee?", max_choices=2, code="k7k7")
    answer = host.post(NEW, sent)
    driver = PollDriver(Poll.objects.get(slug="tea-or-coffee"))
    poll = driver.poll
    assert answer["Location"] == "/host/tea-or-coffee/"
    assert (poll.owner, poll.code, poll.max_choices, poll.result_rule) == (ada, "k7k7", 2, "after_vote")
    assert (texts(poll), driver.tally.state, driver.totals) == (["Tea", "Coffee"], State.DRAFT, [0, 0])
    assert LogEntry.objects.get().get_change_message() == "Created."


def test_a_poll_is_made_and_opened(host: Client):
    host.post(NEW, form("Tea", "Coffee", do="open"))
    assert Poll.objects.get().tally.state == State.OPEN


def test_a_poll_that_has_a_time_to_open_is_published(host: Client):
    later = timezone.now() + timedelta(days=1)
    host.post(NEW, form("Tea", "Coffee", do="open", opens_at=f"{later:%Y-%m-%dT%H:%M}"))
    assert Poll.objects.get().tally.state == State.SCHEDULED


def test_a_form_that_is_sent_twice_makes_one_poll(host: Client):
    sent = form("Tea", "Coffee", code="k7k7", do="open")
    answers = [host.post(NEW, sent) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == ["/host/which/"] * 2
    assert (Poll.objects.count(), Poll.objects.get().tally.state) == (1, State.OPEN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Caf\u00e9", "Cafe\u0301"),
        ("Yes", "Yes\u200b"),
        ("Yes", "Y\u00ades"),
        ("Yes", "\ufeffyes\u202e"),
        ("Yes", "Yes\u200d"),
        ("Tea time", "Tea\u00a0 time"),
    ],
)
def test_what_reads_the_same_is_one_choice(host: Client, one: str, other: str):
    answer = host.post(NEW, form(one, other))
    assert (answer.status_code, "Duplicate choice" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize(
    ("typed_", "kept"),
    [
        ("Cafe\u0301", "Caf\u00e9"),
        ("a\u202eb\u2066c", "abc"),
        ("\x1b[31mred\ufeff", "[31mred"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
    ],
)
def test_a_text_is_kept_as_it_is_read(host: Client, typed_: str, kept: str):
    host.post(NEW, form(typed_, "Other", question=f"{typed_}?"))
    poll = Poll.objects.get()
    assert (poll.question, texts(poll)) == (f"{kept}?", [kept, "Other"])


def test_a_code_that_is_another_hosts_is_not_taken(host: Client):
    other = make_poll("other", "Yes", "No", opened=False)
    host.post(NEW, form("Tea", "Coffee", code=other.code))
    assert Poll.objects.exclude(pk=other.pk).get().code != other.code


@pytest.mark.parametrize(
    ("question", "slug"),
    [("Which?", "which-k7k7"), ("New?", "new-k7k7"), ("ما رأيك؟", "k7k7"), ("?!", "k7k7"), ("Größe", "groe")],
)
def test_an_address_is_made_of_the_question(host: Client, question: str, slug: str):
    make_poll("which", "Yes", "No", opened=False)
    host.post(NEW, form("Tea", "Coffee", question=question, code="k7k7"))
    assert Poll.objects.exclude(slug="which").get().slug.replace("grosse", "groe") == slug


def test_a_new_poll_shows_its_result_to_those_who_have_voted(host: Client):
    """Unless its host says otherwise."""
    assert host.get(NEW).context["form"]["result_rule"].value() == "after_vote"


def test_every_error_is_said_at_once(host: Client):
    answer = host.post(NEW, form("Tea", "TEA", question=""))
    page = answer.content.decode()
    assert ("needs a question" in page, "Duplicate choice" in page) == (True, True)


# Hostile and awkward texts -------------------------------------------------------------------------------------------

BAD = {
    "no question": ({"question": ""}, "needs a question"),
    "spaces": ({"question": " \n\t "}, "needs a question"),
    "nothing to be seen": ({"question": "\u200b\u2060"}, "some visible text"),
    "100 kB": ({"question": "x" * 100_000}, "at most 300"),
    "too long a choice": ({"choices-0-text": "x" * 201}, "at most 200"),
    "nothing but NUL in a choice": ({"choices-0-text": "\0"}, "some visible text"),
    "the same twice": ({"choices-1-text": "TEA"}, "Duplicate choice"),
    "too few to open": ({"choices-1-text": "", "do": "open"}, "two choices"),
    "no such rule": ({"result_rule": "nobody"}, "not one of the available"),
    "no such number": ({"max_choices": "0"}, "not one of the available"),
    "closes before it opens": (
        {"opens_at": "2099-01-02T00:00", "closes_at": "2099-01-01T00:00"},
        "later than the opening",
    ),
    "closed already": ({"closes_at": "2020-01-01T00:00"}, "has passed"),
    "beyond all calendars": (
        {"closes_at": "9999-12-31T23:59:59", "zone": "America/Los_Angeles"},
        "too far in the future",
    ),
    "no time": ({"opens_at": "soon"}, "valid date"),
    "no such zone": ({"zone": "Mars/Base"}, "Unknown time zone"),
    "a zone that is a path": ({"zone": "../../etc/passwd"}, "Unknown time zone"),
    "no rows": ({"choices-TOTAL_FORMS": "x"}, "ManagementForm"),
}


def test_what_can_not_be_saved_comes_back_with_the_reason(host: Client):
    wrong = []
    for case, (change, reason) in BAD.items():
        sent = form("Tea", "Coffee") | change
        answer = host.post(NEW, sent)
        kept = case == "no rows" or typed(answer) == {
            "question": sent["question"],
            "0": sent["choices-0-text"],
            "1": sent["choices-1-text"],
        }
        if (answer.status_code, kept, reason in html.unescape(answer.content.decode())) != (400, True, True):
            wrong.append(case)
    assert (wrong, Poll.objects.count()) == ([], 0)


def test_hostile_texts_are_stored_and_shown_as_texts(host: Client):
    evil = [
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "{{ 7|add:7 }}",
        "x" * 200,
        "مرحبا بالعالم",
        "\u202eevil",
        "\0ev\0il too",
    ]
    evil += [f"Choice {number}" for number in range(13)]
    host.post(NEW, form(*evil, question="<img src=x onerror=alert(1)>", code="k7k7", do="open"))
    poll = Poll.objects.get()
    assert texts(poll) == [text.lstrip("\u202e").replace("\0", "") for text in evil]
    for page in ("", "edit/", "preview/", "delete/", "../"):
        shown = host.get(f"/host/{poll.slug}/{page}").content.decode()
        assert "<img src=x" not in shown
        assert "<script>alert" not in shown
    assert host.get(f"/host/{poll.slug}/preview/").content.decode().count('name="choice"') == 20


def test_more_than_fifty_choices_are_refused_and_come_back(host: Client):
    answer = host.post(NEW, form(*[f"{number}" for number in range(60)]))
    assert (answer.status_code, Poll.objects.count()) == (400, 0)
    assert "at most 50 choices" in answer.content.decode()
    assert typed(answer)["59"] == "59"


# Without JavaScript --------------------------------------------------------------------------------------------------

MOVES = {
    "up-1": ["Coffee", "Tea", "Milk", ""],
    "down-0": ["Coffee", "Tea", "Milk", ""],
    "up-0": ["Tea", "Coffee", "Milk", ""],
    "remove-1": ["Tea", "Milk", ""],
    "add": ["Tea", "Coffee", "Milk", "", ""],
    "up-99": ["Tea", "Coffee", "Milk", ""],
    "up-x": ["Tea", "Coffee", "Milk", ""],
}


def test_rows_are_moved_by_the_forms_own_buttons(host: Client):
    moved = {}
    for do in MOVES:
        answer = host.post(NEW, form("Tea", "Coffee", "Milk", "", do=do, question="Long\ntyped"))
        rows = typed(answer)
        assert (rows.pop("question"), answer.status_code) == ("Long\ntyped", 200)
        moved[do] = list(rows.values())
    assert (moved, Poll.objects.count()) == (MOVES, 0)


# Times ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("zone", "hour"), [("", 14), ("Europe/Berlin", 13), ("Asia/Kathmandu", 8)])
def test_times_are_in_the_browsers_zone(host: Client, zone: str, hour: int):
    host.post(NEW, form("Tea", "Coffee", closes_at="2099-01-15T14:00", zone=zone))
    minute = 15 if zone == "Asia/Kathmandu" else 0
    assert Poll.objects.get().closes_at == datetime(2099, 1, 15, hour, minute, tzinfo=UTC)


def test_an_hour_that_a_zone_leaves_out_is_refused(host: Client):
    answer = host.post(NEW, form("Tea", "Coffee", closes_at="2099-03-29T02:30", zone="Europe/Berlin"))
    assert (answer.status_code, "closes_at" in answer.context["form"].errors) == (400, True)


# Editing -------------------------------------------------------------------------------------------------------------


#: 2:30 in the night in which Berlin's clocks go back, as summer time and as winter time.
TWICE = "2099-10-25T02:30:00"
SUMMER, WINTER = datetime(2099, 10, 25, 0, 30, tzinfo=UTC), datetime(2099, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("kept", [SUMMER, WINTER])
def test_a_time_that_comes_twice_and_that_nobody_touched_is_kept(host: Client, driver: PollDriver, kept: datetime):
    Poll.objects.update(closes_at=kept)
    sent = edited(driver, "Cats", "Dogs", question="Which of them?", closes_at=TWICE, zone="Europe/Berlin")
    assert host.post(f"/host/{driver.poll.slug}/edit/", sent).status_code == 302
    driver.poll.refresh_from_db()
    assert (driver.poll.question, driver.poll.closes_at) == ("Which of them?", kept)
    assert "closing" not in LogEntry.objects.latest("pk").get_change_message()


def test_of_a_new_time_that_comes_twice_it_is_asked_which(host: Client):
    sent = form("Tea", "Coffee", closes_at=TWICE, zone="Europe/Berlin")
    answer = host.post(NEW, sent)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "occurs twice" in page
    assert [f"02:30 (UTC+0{hours}00)" in page for hours in (2, 1)] == [True, True]
    assert typed(answer)["question"] == "Which?"
    for fold, expected in (("0", SUMMER), ("1", WINTER)):
        host.post(NEW, sent | {"closes_at_fold": fold, "question": f"Which {fold}?"})
        assert Poll.objects.get(question=f"Which {fold}?").closes_at == expected


@pytest.fixture
def draft(ada: User) -> PollDriver:
    """A draft of Ada's."""
    return PollDriver(owned(make_poll("draft", "Yes", "No", opened=False), ada))


def test_choices_of_a_draft_are_changed_moved_added_and_removed(host: Client, draft: PollDriver):
    yes, no = draft.choices
    host.post("/host/draft/edit/", edited(draft, "No!", "Perhaps", ids=[no]))
    assert texts(draft.poll) == ["No!", "Perhaps"]
    assert no in draft.tally.choice_ids
    assert yes not in draft.tally.choice_ids


def test_an_edit_keeps_the_address(host: Client, draft: PollDriver):
    host.post("/host/draft/edit/", edited(draft, "Yes", "No", question="Something else?"))
    poll = Poll.objects.get()
    assert (poll.slug, poll.code, poll.question) == ("draft", draft.poll.code, "Something else?")
    assert LogEntry.objects.get().get_change_message() == "Changed question."


def test_texts_of_an_open_poll_are_corrected_at_once(host: Client, driver: PollDriver):
    host.post("/host/cats-or-dogs/edit/", edited(driver, "Lions", "Dogs"))
    assert (texts(driver.poll), driver.definition.choices[0].text) == (["Lions", "Dogs"], "Lions")


def test_choices_of_an_open_poll_stay_as_they_are(host: Client, driver: PollDriver):
    cats, dogs = driver.choices
    tries = [(["Cats", "Dogs", "Fish"], [cats, dogs]), (["Cats", ""], [cats, dogs]), (["Cats"], [cats])]
    for rows, ids in tries:
        assert host.post("/host/cats-or-dogs/edit/", edited(driver, *rows, ids=ids)).status_code in (400, 409)
    host.post("/host/cats-or-dogs/edit/", edited(driver, "Dogs!", "Cats!", ids=[dogs, cats]))
    assert (texts(driver.poll), driver.tally.choice_ids) == (["Cats!", "Dogs!"], [cats, dogs])


def test_an_open_poll_keeps_how_many_may_be_picked(host: Client, driver: PollDriver):
    host.post("/host/cats-or-dogs/edit/", edited(driver, "Cats", "Dogs", max_choices=2, opens_at="2099-01-01T00:00"))
    poll = Poll.objects.get()
    assert (poll.max_choices, poll.opens_at) == (1, None)


def test_a_choice_of_another_poll_can_not_be_taken_away(host: Client, draft: PollDriver, driver: PollDriver):
    host.post("/host/draft/edit/", edited(draft, "Mine", "Yours", ids=[driver.choices[0], 2**62]))
    assert (texts(draft.poll), texts(driver.poll)) == (["Mine", "Yours"], ["Cats", "Dogs"])


def test_a_form_that_is_saved_late_undoes_nothing_unasked(host: Client, driver: PollDriver):
    sent = edited(driver, "Cats", "Dogs", question="Mine?")
    closes_at = transitions.close_in(driver.poll.pk, 5)
    answer = host.post("/host/cats-or-dogs/edit/", sent)
    assert answer.status_code == 409
    assert typed(answer)["question"] == "Mine?"
    assert Poll.objects.get().question == "Which?"
    again = sent | {"seen": answer.context["form"]["seen"].value(), "closes_at": f"{closes_at:%Y-%m-%dT%H:%M:%S}"}
    assert host.post("/host/cats-or-dogs/edit/", again).status_code == 302
    poll = Poll.objects.get()
    assert (poll.question, poll.closes_at) == ("Mine?", closes_at)


def test_a_closing_time_that_is_edited_reaches_the_services(host: Client, driver: PollDriver):
    host.post("/host/cats-or-dogs/edit/", edited(driver, "Cats", "Dogs", closes_at="2099-01-15T14:00"))
    definitions.cache.clear()
    assert driver.definition.closes_at == datetime(2099, 1, 15, 14, tzinfo=UTC)


def test_a_poll_opened_early_may_close_before_its_opening_time(host: Client, draft: PollDriver):
    Poll.objects.update(opens_at=timezone.now() + timedelta(days=1))
    transitions.open_poll(draft.poll.pk)
    closes_at = transitions.close_in(draft.poll.pk, 5)
    sent = edited(draft, "Yes!", "No", closes_at=f"{closes_at:%Y-%m-%dT%H:%M:%S}")
    assert host.post("/host/draft/edit/", sent).status_code == 302
    assert texts(draft.poll) == ["Yes!", "No"]


# When something is away ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [NEW, "/host/cats-or-dogs/edit/"])
def test_without_postgres_what_was_typed_comes_back(host: Client, poll: Poll, postgres: Postgres, page: str):
    postgres.stop()
    answer = host.post(page, form("Tea", "Coffee", question="A long thought?"))
    postgres.start()
    assert answer.status_code == 503
    assert typed(answer) == {"question": "A long thought?", "0": "Tea", "1": "Coffee", "2": ""}
    assert "nothing was saved" in html.unescape(answer.content.decode())


def test_who_was_signed_out_meanwhile_loses_nothing(host: Client):
    host.logout()
    answer = host.post(NEW, form("Tea", "Coffee", question="A long thought?"))
    assert (answer.status_code, typed(answer)["question"], Poll.objects.count()) == (403, "A long thought?", 0)
    assert "?next=/host/new/" in answer.content.decode()


# Closing so many minutes after the opening ---------------------------------------------------------------------------


def test_a_poll_may_close_so_many_minutes_after_each_opening(host: Client):
    host.post(NEW, form("Tea", "Coffee", do="open", closes_after="10"))
    poll = Poll.objects.get()
    assert poll.closes_after == 10
    assert poll.closes_at is not None
    assert timedelta(minutes=9) < poll.closes_at - timezone.now() <= timedelta(minutes=10)
    page = host.get(f"/host/{poll.slug}/edit/").content.decode()
    assert 'value="10"' in page


def test_before_it_opens_its_page_says_how_long_it_will_be_open(host: Client):
    host.post(NEW, form("Tea", "Coffee", closes_after="10"))
    poll = Poll.objects.get()
    assert poll.closes_at is None
    assert "It closes 10 minutes after it opens." in host.get(f"/host/{poll.slug}/").content.decode()


@pytest.mark.parametrize("minutes", ["0", "-1", "1.5", "10081", "soon", "9" * 30])
def test_minutes_that_are_none_come_back_with_the_reason(host: Client, minutes: str):
    answer = host.post(NEW, form("Tea", "Coffee", closes_after=minutes))
    assert (answer.status_code, Poll.objects.count()) == (400, 0)
    assert "How many minutes? A whole number from 1 to 10080." in answer.content.decode()
    assert f'value="{minutes}"' in answer.content.decode()


def test_a_time_and_minutes_are_one_too_many(host: Client):
    later = timezone.now() + timedelta(days=1)
    answer = host.post(NEW, form("Tea", "Coffee", closes_after="10", closes_at=f"{later:%Y-%m-%dT%H:%M}"))
    assert (answer.status_code, Poll.objects.count()) == (400, 0)
    assert "Give a time or minutes, not both." in answer.content.decode()


def test_the_minutes_of_an_open_poll_are_those_of_its_next_round(host: Client, driver: PollDriver):
    host.post("/host/cats-or-dogs/edit/", edited(driver, "Cats", "Dogs", closes_after="10"))
    poll = Poll.objects.get()
    assert (poll.closes_after, poll.closes_at) == (10, None)
    host.post("/host/cats-or-dogs/reset/")
    assert Poll.objects.get().closes_at is not None


def test_a_form_of_before_the_opening_takes_no_closing_time_away(host: Client, draft: PollDriver):
    Poll.objects.update(closes_after=10)
    late = edited(draft, "Yes", "No", closes_after="10")
    transitions.open_poll(draft.poll.pk)
    assert host.post(f"/host/{draft.poll.slug}/edit/", late).status_code == 409
    assert Poll.objects.get().closes_at is not None


def test_a_program_that_knows_no_minutes_changes_none(host: Client, draft: PollDriver):
    Poll.objects.update(closes_after=10)
    host.post(f"/host/{draft.poll.slug}/edit/", edited(draft, "Yes", "No", question="Another?"))
    assert (Poll.objects.get().closes_after, Poll.objects.get().question) == (10, "Another?")


def test_a_copy_keeps_the_minutes_and_no_time(host: Client, poll: Poll):
    Poll.objects.update(closes_after=10, closes_at=timezone.now() + timedelta(days=1))
    host.post(f"/host/{poll.slug}/duplicate/")
    copy = Poll.objects.exclude(pk=poll.pk).get()
    assert (copy.closes_after, copy.closes_at) == (10, None)


# How many may be picked ----------------------------------------------------------------------------------------------


def test_nobody_may_pick_more_choices_than_there_are(host: Client, draft: PollDriver):
    host.post(NEW, form("Tea", "Coffee", "Milk", max_choices=20, question="What to drink?"))
    assert Poll.objects.get(question="What to drink?").max_choices == 3
    host.post("/host/draft/edit/", edited(draft, "Yes", "No", max_choices=7))
    assert Poll.objects.get(slug="draft").max_choices == 2
    host.post("/host/draft/edit/", edited(PollDriver(draft.poll), "Yes", "No", max_choices=9))
    assert LogEntry.objects.filter(object_id=str(draft.poll.pk)).count() == 1


def test_a_draft_whose_choices_are_still_to_come_keeps_how_many(host: Client):
    host.post(NEW, form("Tea", max_choices=3))
    assert Poll.objects.get().max_choices == 3


def test_a_copy_says_at_once_what_it_is(host: Client, poll: Poll):
    said = "This is your copy: a draft that only you can see."
    copied = host.post(f"/host/{poll.slug}/duplicate/", follow=True)
    assert said in copied.content.decode()
    copy = PollDriver(Poll.objects.exclude(pk=poll.pk).get())
    saved = host.post(copied.redirect_chain[-1][0], edited(copy, "Cats", "Dogs"), follow=True).content.decode()
    assert ("Nothing has changed." in saved, said in saved) == (True, False)


def test_an_answer_in_words_is_changed_to_and_fro(host: Client, draft: PollDriver):
    for listed in ("True", "False", "True"):
        host.post("/host/draft/edit/", edited(draft, "Yes", "No", is_listed=listed))
        assert str(Poll.objects.get().is_listed) == listed
    answer = host.post("/host/draft/edit/", edited(draft, "Yes", "No", is_listed="True"), follow=True)
    assert "Nothing has changed." in answer.content.decode()


def test_a_host_says_whether_a_vote_can_be_changed(host: Client):
    host.post(NEW, form("Tea", "Coffee", question="Tea or coffee?", allows_changes="False"))
    driver = PollDriver(Poll.objects.get(slug="tea-or-coffee"))
    assert (driver.poll.allows_changes, driver.tally.allows_changes) == (False, False)
    host.post("/host/tea-or-coffee/edit/", edited(driver, "Tea", "Coffee", allows_changes="True"))
    assert (Poll.objects.get().allows_changes, driver.tally.allows_changes) == (True, True)
    host.post("/host/tea-or-coffee/edit/", edited(driver, "Tea", "Coffee", allows_changes="False"))
    said = LogEntry.objects.first()
    assert said is not None
    assert "whether votes can be changed" in said.get_change_message().lower()
    transitions.open_poll(driver.poll.pk)
    assert "t change their vote: fixed" in host.get("/host/tea-or-coffee/edit/").content.decode()
    host.post("/host/tea-or-coffee/edit/", edited(driver, "Tea", "Cocoa", allows_changes="True"))
    assert (texts(driver.poll), Poll.objects.get().allows_changes) == (["Tea", "Cocoa"], False)


def test_votes_can_be_changed_unless_the_host_says_otherwise(host: Client, draft: PollDriver):
    assert host.get(NEW).context["form"]["allows_changes"].value() is True
    Poll.objects.update(allows_changes=False)
    transitions.edited(draft.poll.pk)
    host.post(f"/host/{draft.poll.slug}/edit/", edited(draft, "Tea", "Coffee"))
    assert Poll.objects.get().allows_changes is False  # a program that knows nothing of it changes nothing


def test_a_copy_keeps_whether_a_vote_can_be_changed(host: Client, ada: User):
    poll = owned(make_poll("for-good", "Yes", "No", allows_changes=False), ada)
    host.post(f"/host/{poll.slug}/duplicate/")
    copy = Poll.objects.exclude(pk=poll.pk).get()
    assert (copy.allows_changes, copy.tally.allows_changes) == (False, False)
