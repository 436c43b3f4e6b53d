"""Statements that are rated on a scale."""

from typing import Any

import pytest
from django.db import transaction

from polls import kinds
from polls.counting import audit
from polls.kinds import SCALE, BadDetailsError, BadSelectionsError
from polls.kinds.scale import MOST_STATEMENTS
from polls.lifecycle import transitions
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Ballot, Choice, Poll, SetAside
from polls.results import export, snapshots
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import JSON, Client, PollDriver, post

FIVE = kinds.of(SCALE, 2, {})
LABELS = {"scale": "1-5", "low": "Not at all", "high": "Very much"}
#: Ids of the choices of two statements, as Postgres may give them.
IDS = frozenset([3, 4, 5, 7, 8, 20, 21, 22, 23, 24])


@pytest.fixture
def rated() -> PollDriver:
    """An open poll with two statements, Food and Music, from 1 to 5."""
    return PollDriver(make_poll("party", "Food", "Music", kind=SCALE, details=LABELS, max_choices=2))


def rate(driver: PollDriver, browser: Client, *points: int | None) -> int:
    """Rate the statements in their order, and count it; returns the HTTP status."""
    chosen = [driver.choices[5 * row + point - 1] for row, point in enumerate(points) if point is not None]
    answer = post(browser, driver, choice=chosen)
    driver.count()
    return int(answer.status_code)


def shown(driver: PollDriver, *, totals: bool = True) -> Any:
    return snapshots.seen(snapshots.snapshot(driver.poll.pk), counting=True, totals=totals)


@pytest.mark.parametrize(
    ("details", "points"), [({}, [1, 2, 3, 4, 5]), (LABELS, [1, 2, 3, 4, 5]), ({"scale": "0-10"}, list(range(11)))]
)
def test_the_details_say_which_points_there_are(details: dict[str, str], points: list[int]):
    assert [text for _, text in kinds.of(SCALE, 1, details).row_choices("Food")] == list(map(str, points))


@pytest.mark.parametrize(
    "details", [{"scale": "1-7"}, {"low": 5}, {"high": "x" * 41}, {"points": 5}, {"scale": ["1-5"]}]
)
def test_details_of_no_scale_are_refused(details: dict[str, Any]):
    with pytest.raises(BadDetailsError):
        kinds.of(SCALE, 1, details)


def test_a_ballot_has_at_most_one_point_of_each_statement():
    FIVE.check([3, 24], IDS, 2)
    FIVE.check([24], IDS, 2)
    for twice in ([3, 4], [20, 24, 3]):
        with pytest.raises(BadSelectionsError, match="one point for each statement"):
            FIVE.check(twice, IDS, 2)
        assert FIVE.fault(twice, IDS) == "it names two points of one statement"
    for bad in ([6], [3, 3]):
        with pytest.raises(BadSelectionsError):
            FIVE.check(bad, IDS, 2)
        assert FIVE.fault(bad, IDS)


@pytest.mark.parametrize(
    ("votes", "mean", "median"),
    [
        ([0, 0, 0, 0, 1], 5, 5),
        ([1, 0, 0, 0, 1], 3, 3),
        ([0, 1, 1, 0, 0], 2.5, 2.5),
        ([2, 0, 0, 1, 0], 2, 1),
        ([0, 1, 1, 1, 0], 3, 3),
        ([1, 1, 1, 0, 0], 2, 2),
        ([1_000_000, 0, 0, 0, 2_000_000], 3.67, 5),
        ([0, 0, 0, 0, 0], None, None),
    ],
)
def test_mean_and_median(votes: list[int], mean: float | None, median: float | None):
    (found,) = FIVE.result(dict(enumerate(votes)), [])["statements"]
    assert found == {"voters": sum(votes), "mean": mean, "median": median, "votes": votes}


def test_it_votes_counts_and_audits(rated: PollDriver):
    ann, bob, cid = Client(), Client(), Client()
    assert (rate(rated, ann, 5, 1), rate(rated, bob, 4, None), rate(rated, cid, None, 2)) == (202, 202, 202)
    assert rate(rated, ann, 4, 1) == 202  # a change of mind
    found = shown(rated)
    assert found["voters"] == 3
    assert found["result"]["statements"] == [
        {"voters": 2, "mean": 4, "median": 4, "votes": [0, 0, 0, 2, 0]},
        {"voters": 2, "mean": 1.5, "median": 1.5, "votes": [1, 1, 0, 0, 0]},
    ]
    assert [choice["percent"] for choice in found["choices"]] == [0, 0, 0, 100, 0, 50, 50, 0, 0, 0]
    assert [statement["text"] for statement in found["statements"]] == ["Food", "Music"]
    assert [*found["statements"][0]["choices"], *found["statements"][1]["choices"]] == rated.choices
    assert audit.compare(rated.poll.pk).differences == ()


def test_nobody_leads(rated: PollDriver):
    rate(rated, Client(), 5, 1)
    found = shown(rated)
    assert (found["leaders"], found["lead"], found["base"]) == ([], None, 1)


def test_what_sets_ballots_aside_takes_their_points_with_it(rated: PollDriver):
    rate(rated, Client(), 5, 1)
    network = Ballot.objects.values_list("network", flat=True).get()
    transitions.set_aside(rated.poll.pk, network)
    assert [statement["voters"] for statement in shown(rated)["result"]["statements"]] == [0, 0]
    transitions.put_back(rated.poll.pk, network)
    assert [statement["mean"] for statement in shown(rated)["result"]["statements"]] == [5, 1]
    assert audit.compare(rated.poll.pk).differences == ()


def test_hidden_totals_hide_the_ratings(rated: PollDriver):
    rate(rated, Client(), 5, 1)
    found = shown(rated, totals=False)
    assert ("result" in found, {choice["votes"] for choice in found["choices"]}) == (False, {None})
    assert [statement["text"] for statement in found["statements"]] == ["Food", "Music"]
    assert "result" not in snapshots.without_totals(shown(rated))


def test_two_points_of_a_statement_are_refused(rated: PollDriver):
    answer = post(Client(), rated, choice=rated.choices[:2])
    assert (answer.status_code, answer.json()["detail"]) == (400, "Pick one point for each statement.")
    assert rated.totals == [0] * 10


def test_a_queued_ballot_with_two_points_is_set_aside(rated: PollDriver, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patched:
        patched.setattr("polls.kinds.scale.Scale.check", lambda *_: None)  # a web service of another release
        post(Client(), rated, choice=rated.choices[:2])
    rated.count()
    assert (rated.tally.voters, SetAside.objects.get().reason) == (0, "it names two points of one statement")


def test_a_plain_form_has_a_field_for_each_statement(rated: PollDriver, client: Client):
    page = client.get(rated.poll.get_absolute_url()).content.decode()
    assert page.count('type="radio"') == 12
    sent = {"choice-0": "", "choice-1": rated.choices[8]}
    assert client.post(rated.poll.get_absolute_url(), sent).status_code == 303
    rated.count()
    assert rated.totals == [0] * 8 + [1, 0]


def test_an_empty_form_is_refused_and_takes_a_vote_back_later(rated: PollDriver, client: Client):
    path = rated.poll.get_absolute_url()
    assert client.post(path, {"choice-0": "", "choice-1": ""}, headers=JSON).status_code == 400
    client.post(path, {"choice-0": rated.choices[0]})
    rated.count()
    assert client.post(path, {"choice-0": "", "choice-1": ""}).status_code == 303
    rated.count()
    assert (rated.totals, rated.tally.voters) == ([0] * 10, 0)


def test_the_points_of_a_statement_stay_together(rated: PollDriver):
    rated.finish()
    fifth = Choice.objects.filter(pk=rated.choices[4])
    for change in (fifth.delete, lambda: fifth.update(text="Five"), lambda: fifth.update(statement="Drinks")):
        with transaction.atomic():
            change()
            with pytest.raises(NotPossibleError, match="same points"), transaction.atomic():
                transitions.edited(rated.poll.pk)
            transaction.set_rollback(True)


def test_ten_statements_are_the_most():
    texts = [f"Statement {number}" for number in range(MOST_STATEMENTS + 1)]
    with pytest.raises(NotPossibleError, match="at most 10 statements"):
        make_poll("long", *texts, kind=SCALE)
    assert not Poll.objects.filter(slug="long").exists()


def test_the_largest_frame_is_below_64_kib():
    texts = ["\N{PARTY POPPER}" * 198 + f"{number:02}" for number in range(MOST_STATEMENTS)]
    driver = PollDriver(make_poll("wide", *texts, kind=SCALE, details={"scale": "0-10"}))
    assert len(snapshots.dump(shown(driver))) < 64 * 1024


def test_a_table_has_a_line_for_each_point(rated: PollDriver):
    rate(rated, Client(), 5, 1)
    head, *lines = export.as_csv([shown(rated)]).removeprefix("\ufeff").splitlines()
    assert head.endswith("question,picture,right,statement,mean,median")
    assert lines[4].startswith('"5",1,100,1,1,"open"')
    assert lines[4].endswith('"A","Which?","","","Food",5.0,5.0')
    assert lines[5].startswith('"1",1,100,1,1,"open"')
    assert lines[5].endswith('"B","Which?","","","Music",1.0,1.0')
