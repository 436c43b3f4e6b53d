"""Open lists on their host's pages."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from polls.host import editing
from polls.models import Choice, Poll
from tests.polls.conftest import make_poll
from tests.polls.host.test_editor import NEW, form
from tests.polls.kinds.test_open_list import entry_of, listed, write
from tests.polls.poll_driver import Client, PollDriver


@pytest.fixture
def hers(ada: User) -> PollDriver:
    """An open list of hers, with three entries."""
    driver = PollDriver(make_poll("ideas", kind="open-list", max_choices=50, owner=ada))
    for text in ("Trees", "More trees", "Less noise"):
        write(Client(), driver, text)
    return driver


def press(host: Client, do: str, **fields: Any) -> Any:
    return host.post("/host/ideas/entries/", {"do": do, **fields}, follow=True)


def open_list(**fields: Any) -> dict[str, Any]:
    return form(**{"kind": "open-list", "details-most": "2", "details-approval": "True", **fields})


def test_the_editor_makes_one(host: Client):
    assert host.post(NEW, open_list(do="open", question="What now?")).status_code == 302
    poll = Poll.objects.get()
    assert (poll.kind, poll.details, poll.max_choices) == ("open-list", {"most": 2, "approval": True}, 50)
    assert (poll.allows_changes, poll.tally.state, Choice.objects.count()) == (True, "open", 0)


def test_the_editor_draws_it_as_a_cloud(host: Client):
    host.post(NEW, open_list(do="open", question="What now?", **{"details-cloud": "True"}))
    poll = Poll.objects.get()
    assert poll.details == {"most": 2, "approval": True, "cloud": True}
    assert "drawn as a cloud" in host.get(f"/host/{poll.slug}/").content.decode()


def test_the_editor_chooses_whose_rude_words_are_masked(host: Client):
    assert host.post(NEW, open_list(do="open", question="What?", **{"details-masked": "xx"})).status_code == 400
    host.post(NEW, open_list(do="open", question="What now?", **{"details-masked": "es"}))
    poll = Poll.objects.get()
    assert poll.details == {"most": 2, "approval": True, "masked": "es"}
    assert "rude words are masked" in host.get(f"/host/{poll.slug}/").content.decode()
    assert (
        '<option value="es" selected>are masked: Spanish</option>'
        in host.get(f"/host/{poll.slug}/edit/").content.decode()
    )


@pytest.mark.parametrize("most", ["0", "11", "many"])
def test_the_editor_refuses_numbers_out_of_range(host: Client, most: str):
    assert host.post(NEW, open_list(**{"details-most": most})).status_code == 400
    assert not Poll.objects.exists()


def test_buttons_change_an_entry(host: Client, hers: PollDriver):
    tree = entry_of("Trees").pk
    assert "is hidden" in press(host, f"hide-{tree}").content.decode()
    assert "Trees" not in listed(hers)
    press(host, f"show-{tree}")
    press(host, f"mark-{tree}")
    assert ("Trees" in listed(hers), entry_of("Trees").is_answered) == (True, True)
    press(host, f"unmark-{tree}")
    assert entry_of("Trees").is_answered is False


def test_ticked_entries_are_merged(host: Client, hers: PollDriver):
    press(host, "merge", entry=[entry_of("Trees").pk, entry_of("More trees").pk])
    assert listed(hers) == {"Trees": 2, "Less noise": 1}
    assert "Tick two entries" in press(host, "merge", entry=[entry_of("Trees").pk]).content.decode()


@pytest.mark.parametrize("do", ["", "hide-", "hide-x", "burn-1", "hide-99999999"])
def test_what_names_no_entry_changes_nothing(host: Client, hers: PollDriver, do: str):
    assert press(host, do).status_code in (200, 400)
    assert set(listed(hers)) == {"Trees", "More trees", "Less noise"}


def test_an_edit_keeps_entries_and_what_was_merged(host: Client, hers: PollDriver):
    press(host, "merge", entry=[entry_of("Trees").pk, entry_of("More trees").pk])
    page = host.get("/host/ideas/edit/").content.decode()
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    write(Client(), hers, "Written meanwhile")
    answer = host.post("/host/ideas/edit/", open_list(seen=seen, question="What now?"))
    assert answer.status_code == 302
    poll = Poll.objects.get()
    assert (poll.question, poll.details["most"], len(poll.details["merged"])) == ("What now?", 2, 1)
    assert set(listed(hers)) == {"Trees", "Less noise", "Written meanwhile"}


def test_a_copy_has_the_rules_and_not_the_entries(hers: PollDriver, ada: User):
    Poll.objects.update(details={"most": 2, "merged": {"1": 2}})
    copy = editing.duplicate(ada, Poll.objects.get(pk=hers.poll.pk))
    assert (copy.details, copy.choices.count()) == ({"most": 2}, 0)
