"""Details of polls: what a kind has to know beyond the choices goes wherever the poll goes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User

from polls import kinds
from polls.box.definition import Definition
from polls.counting.tally import kind_of
from polls.host import editing
from polls.kinds import BadDetailsError
from polls.kinds.pick import PickOne
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Poll
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver


@dataclass(frozen=True)
class Named(PickOne):
    """A kind whose polls have a name, which they may not lack."""

    name: str = ""

    def with_details(self, details: Mapping[str, Any]) -> "Named":
        """Return the kind of the poll of that name."""
        if not details.get("name"):
            raise BadDetailsError("A poll of this kind needs a name.")
        return Named(details["name"])


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[PollDriver]:
    monkeypatch.setattr(kinds, "_kinds", {"named": Named()})
    yield PollDriver(make_poll("named", "Soup", "Salad", kind="named", details={"name": "Ann"}))
    Poll.objects.all().delete()


def test_the_kind_has_them_wherever_a_vote_goes(driver: PollDriver):
    assert driver.definition.kind == Named("Ann")
    assert Definition.load(driver.definition.dump()) == driver.definition
    assert kind_of(driver.poll.pk) == Named("Ann")


def test_a_poll_without_them_stands_in_its_box_as_before():
    driver = PollDriver(make_poll("lunch", "Soup", "Salad"))
    assert "details" not in driver.definition.dump()
    assert Definition.load(driver.definition.dump()).details == {}


def test_a_definition_with_details_can_be_the_key_of_a_page(driver: PollDriver):
    assert hash(driver.definition) == hash(Definition.load(driver.definition.dump()))


def test_a_copy_has_them(driver: PollDriver):
    copy = editing.duplicate(User.objects.create_user("ada"), driver.poll)
    assert (copy.kind, copy.details) == ("named", {"name": "Ann"})


def test_details_that_the_kind_can_not_work_with_are_refused(driver: PollDriver):
    with pytest.raises(NotPossibleError, match="needs a name"):
        make_poll("nameless", "Soup", "Salad", kind="named")
    assert not Poll.objects.filter(slug="nameless").exists()
