"""Making a poll that ranks its choices."""

import pytest

from polls.models import Poll
from tests.polls.host.test_editor import NEW, form
from tests.polls.poll_driver import Client


def test_the_editor_offers_as_many_places_as_can_be_counted(host: Client):
    page = host.get(f"{NEW}?kind=rank").content.decode()
    assert "Voters rank all of up to 7 choices; of 8 they rank 5" in page
    assert '<option value="7" selected>' in page


def test_another_kind_begins_with_places_of_its_own(host: Client):
    answer = host.post(NEW, form("Tea", "Coffee", kind="pick", do="kind-rank"))
    assert answer.context["form"]["max_choices"].value() == 7
    assert answer.context["form"]["question"].value() == "Which?"


@pytest.mark.parametrize(("choices", "wanted", "places"), [(3, 7, 3), (9, 7, 4), (4, 2, 2)])
def test_no_more_places_are_saved_than_can_be_counted(host: Client, choices: int, wanted: int, places: int):
    texts = [f"Choice {number}" for number in range(choices)]
    host.post(NEW, form(*texts, kind="rank", max_choices=wanted))
    poll = Poll.objects.get()
    assert (poll.kind, poll.max_choices) == ("rank", places)


def test_the_hosts_page_shows_the_rounds(host: Client):
    host.post(NEW, form("Tea", "Coffee", question="Which drink?", kind="rank", max_choices=2, do="open"))
    page = host.get("/host/which-drink/").content.decode()
    assert 'class="runoff"' in page
    assert host.get("/host/").status_code == 200
