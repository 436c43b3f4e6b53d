"""The seam: a kind of poll that nothing else knows votes, counts, audits and draws."""

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from polls import kinds
from polls.counting import audit
from polls.kinds import Kind
from polls.lifecycle import transitions
from polls.models import Ballot, Poll, Total
from polls.results import snapshots
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver, post


class BestFirst(Kind):
    """The first choice of a ballot gets two votes, each other one gets one."""

    audit_weight = "CASE place WHEN 1 THEN 2 ELSE 1 END"

    def votes(self, selections: Sequence[int]) -> Counter[int]:
        """Count the first one twice."""
        return Counter([*selections, *selections[:1]])

    def limit(self, most: int) -> str:
        """Return the sentence under the question."""
        return f"Tick up to {most}, the best one first."


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[PollDriver]:
    monkeypatch.setattr(kinds, "_kinds", {})
    kinds.register("best-first", BestFirst())
    yield PollDriver(make_poll("lunch", "Soup", "Salad", "Pizza", kind="best-first", max_choices=2))
    Poll.objects.all().delete()


def vote(driver: PollDriver, browser: Client, *places: int) -> int:
    """Send these choices in this order, and count them; returns the HTTP status."""
    answer = post(browser, driver, choice=[driver.choices[place] for place in places])
    driver.count()
    return int(answer.status_code)


def is_clean(driver: PollDriver) -> bool:
    return audit.compare(driver.poll.pk).differences == ()


def test_it_votes_counts_and_audits(driver: PollDriver):
    ann, bob = Client(), Client()
    assert (vote(driver, ann, 0, 1), vote(driver, bob, 2, 0)) == (202, 202)
    assert (driver.totals, driver.tally.voters) == ([3, 1, 2], 2)
    assert vote(driver, ann, 1, 0) == 202  # a change of mind
    assert (driver.totals, driver.tally.voters) == ([2, 2, 2], 2)
    assert is_clean(driver)
    assert vote(driver, bob) == 202  # taken back
    assert (driver.totals, driver.tally.voters) == ([1, 2, 0], 1)
    assert is_clean(driver)


def test_what_a_ballot_may_not_hold_is_refused(driver: PollDriver):
    assert vote(driver, Client(), 0, 1, 2) == 400
    assert vote(driver, Client(), 0, 0) == 400
    assert driver.totals == [0, 0, 0]


def test_the_audit_finds_and_repairs_a_wrong_total(driver: PollDriver):
    vote(driver, Client(), 0, 1)
    Total.objects.filter(choice_id=driver.choices[0]).update(votes=1)  # as if the first one counted once
    assert not is_clean(driver)
    audit.repair(driver.poll.pk)
    assert driver.totals == [2, 1, 0]


def test_ballots_set_aside_take_their_weight_with_them(driver: PollDriver):
    vote(driver, Client(), 0, 1)
    network = Ballot.objects.values_list("network", flat=True).get()
    transitions.set_aside(driver.poll.pk, network)
    assert (driver.totals, driver.tally.voters, is_clean(driver)) == ([0, 0, 0], 0, True)
    transitions.put_back(driver.poll.pk, network)
    assert (driver.totals, driver.tally.voters, is_clean(driver)) == ([2, 1, 0], 1, True)


def test_it_is_drawn(driver: PollDriver, client: Client):
    page = client.get(driver.poll.get_absolute_url()).content.decode()
    assert "Tick up to 2, the best one first." in page
    assert page.count('type="checkbox"') == 3
    vote(driver, client, 0, 1)
    found = snapshots.snapshot(driver.poll.pk)
    assert [choice["votes"] for choice in found["choices"]] == [2, 1, 0]
    for path in ("results/", "present/"):
        assert client.get(f"{driver.poll.get_absolute_url()}{path}").status_code == 200


def test_the_two_first_kinds_are_told_by_how_many_may_be_picked():
    assert kinds.of("pick", 1, {}).casts_at_once
    assert not kinds.of("pick", 2, {}).casts_at_once
    with pytest.raises(KeyError):
        kinds.of("nobody has made it", 1, {})
