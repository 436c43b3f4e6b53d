"""Polls in which choices are ranked: what a ballot may hold, and what the result says."""

import json
import re
import timeit
from collections.abc import Sequence
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.datastructures import MultiValueDict

from polls import kinds
from polls.box import ballot_box
from polls.box.casts import Cast, Entry, new_cast_id
from polls.counting import audit, tally
from polls.kinds import RANK, BadSelectionsError, runoff
from polls.kinds.rank import MOST_RANKINGS
from polls.lifecycle import transitions
from polls.models import Answer, Ballot, Poll, ResultRule
from polls.results import snapshots
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver, post

KIND = kinds.of(RANK, 3, {})


@pytest.fixture
def ranked(db: None) -> PollDriver:
    """An open poll of this kind, in which all three choices can be ranked."""
    return PollDriver(make_poll("fruit", "Apple", "Banana", "Cherry", kind=RANK, max_choices=3))


def vote(driver: PollDriver, *orders: str) -> None:
    """Count ballots such as "CAB"."""
    casts = [
        Cast(new_cast_id(), uuid4(), tuple(driver.choices["ABC".index(letter)] for letter in order), 1)
        for order in orders
    ]
    tally.count_batch(driver.poll.pk, 1, [Entry(f"{n}-0", cast.dump().encode()) for n, cast in enumerate(casts, 1)])


def shown(driver: PollDriver) -> Any:
    return snapshots.seen(snapshots.snapshot(driver.poll.pk), counting=True, totals=True)


# Ballots --------------------------------------------------------------------------------------------------------------


def test_it_votes_counts_and_audits(ranked: PollDriver):
    ann = Client()
    apple, banana, cherry = ranked.choices
    for order in ([cherry, apple], [banana, cherry, apple]):
        assert post(ann, ranked, choice=order).status_code == 202
        ranked.count()
        assert Answer.objects.values_list("selections", "ballots").get() == (order, 1)
        assert audit.compare(ranked.poll.pk).differences == ()
    assert ranked.totals == [0, 1, 0]


def test_the_order_is_part_of_the_vote(ranked: PollDriver):
    ann = Client()
    for order in (ranked.choices, ranked.choices[::-1]):
        assert post(ann, ranked, choice=order).status_code == 202
    ranked.count()
    assert Answer.objects.get().selections == ranked.choices[::-1]


@pytest.mark.parametrize("choice", [[0, 0], [0, 1, 2, 0]], ids=repr)
def test_a_choice_has_one_place(ranked: PollDriver, choice: list[int]):
    assert post(Client(), ranked, choice=[ranked.choices[place] for place in choice]).status_code == 400


def test_an_empty_ballot_takes_the_vote_back(ranked: PollDriver):
    ann = Client()
    post(ann, ranked, choice=ranked.choices)
    assert post(ann, ranked).status_code == 202
    ranked.count()
    assert (Answer.objects.count(), ranked.tally.voters) == (0, 0)


def numbered(**numbers: str) -> MultiValueDict[str, str]:
    """Return the fields of the page without JavaScript."""
    return MultiValueDict({name.replace("_", "-"): [number] for name, number in numbers.items()})


def test_numbers_stand_for_an_order_and_gaps_close_up():
    assert KIND.sent(numbered(place_7="3", place_8="", place_9="1")) == ["9", "7"]


@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        ("1", "Give each place to one choice."),
        ("x", "whole number"),
        ("-1", "whole number"),
        ("1.5", "whole number"),
        ("9" * 5000, "whole number"),
    ],
)
def test_what_is_no_order_is_refused(number: str, refusal: str):
    with pytest.raises(BadSelectionsError, match=refusal):
        KIND.sent(numbered(place_7="1", place_8=number))


def test_without_javascript_numbers_are_sent(ranked: PollDriver):
    ann = Client()
    apple, banana, cherry = ranked.choices
    path = ranked.poll.get_absolute_url()
    same = {f"place-{apple}": "1", f"place-{banana}": "1", f"place-{cherry}": "2"}
    answer = ann.post(path, same)
    page = answer.content.decode()
    assert (answer.status_code, "Give each place to one choice." in page) == (400, True)
    assert page.count("selected") == 3, "what was typed stands there"
    answer = ann.post(path, {f"place-{apple}": "3", f"place-{banana}": "", f"place-{cherry}": "2"})
    assert answer.status_code == 303
    ranked.count()
    assert Answer.objects.get().selections == [cherry, apple]
    assert ann.get(path).content.decode().count("selected") == 2


# How many rankings there can be ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "places"), [(2, 2), (7, 7), (8, 5), (9, 4), (12, 4), (13, 3), (25, 3), (26, 2), (50, 2)]
)
def test_places_leave_few_enough_rankings(choices: int, places: int):
    """As the editor says it."""
    assert KIND.most_picks(choices) == places
    assert runoff.possible(choices, places) <= MOST_RANKINGS
    assert places == choices or runoff.possible(choices, places + 1) > MOST_RANKINGS


def test_more_places_than_can_be_counted_are_refused():
    ids = frozenset(range(1, 10))
    KIND.check([1, 2, 3, 4], ids, 9)
    with pytest.raises(BadSelectionsError, match="You picked 5 choices; the limit is 4"):
        KIND.check([1, 2, 3, 4, 5], ids, 9)


# Results --------------------------------------------------------------------------------------------------------------


def test_the_result_has_rounds_points_and_who_is_ahead(ranked: PollDriver):
    vote(ranked, "A", "A", "A", "B", "B", "BC", "CB", "CB")
    _, banana, cherry = ranked.choices
    found = shown(ranked)
    assert [choice["votes"] for choice in found["choices"]] == [3, 3, 2]
    assert found["result"] == {
        "rounds": [
            {"votes": [3, 3, 2], "exhausted": 0, "out": [cherry], "moves": [[cherry, banana, 2]]},
            {"votes": [3, 5, None], "exhausted": 0, "out": [], "moves": []},
        ],
        "points": [6, 8, 5],
        "leaders": [banana],
        "lead": 2,
        "last": {"round": 2, "votes": 5, "of": 8, "percent": 62},
    }
    assert (found["leaders"], found["lead"]) == ([banana], 2)


def test_without_votes_there_are_no_rounds(ranked: PollDriver):
    found = shown(ranked)
    assert (found["result"]["rounds"], found["result"]["last"], found["leaders"], found["lead"]) == ([], None, [], None)


def test_hidden_results_say_nothing_of_it(ranked: PollDriver, client: Client):
    Poll.objects.update(result_rule=ResultRule.STAFF)
    vote(ranked, "AB", "BA", "B")
    hidden = client.get("/p/fruit/results.json").json()
    assert ("result" in hidden, hidden["leaders"], hidden["lead"]) == (False, [], None)
    for path in ("results/", "present/"):
        page = client.get(f"/p/fruit/{path}").content.decode()
        assert "<li>Out" not in page
        flow = page.partition('<svg class="flow"')[2].partition("</section>")[0]
        assert not re.search("<path|<rect|<text", flow)


@pytest.mark.parametrize(
    ("orders", "final", "sentence"),
    [
        (["A", "A", "BC", "CB", "CB"], False, "In the lead: <b>Cherry</b>, 3 of 5 votes in round 2"),
        (["A", "A", "BC", "CB", "CB"], True, "<b>Cherry</b> won with 3 of 5 votes in round 2."),
        (["A", "B"], False, "<b>Apple</b> and <b>Banana</b> tie with 1 vote each."),
        (["A"], True, "<b>Apple</b> won with the only vote."),
        ([], True, "Nobody voted."),
    ],
)
def test_the_result_page_says_who_is_ahead(
    ranked: PollDriver, client: Client, orders: list[str], final: bool, sentence: str
):
    if orders:
        vote(ranked, *orders)
    if final:
        transitions.seal(ranked.poll.pk)
        ballot_box.drop(ranked.poll.pk, 1, with_casts=True)
        transitions.finish(ranked.poll.pk, 1)
    assert sentence in client.get("/p/fruit/results/").content.decode()
    assert client.get("/p/fruit/present/").status_code == 200


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        ([], ["Out: Banana, Cherry, 2. Next choices: none 4."]),
        (["BC"], ["Out: Cherry, 2. Next choices: Banana 1, none 1.", "Banana: 4 of 7."]),
    ],
)
def test_each_round_stands_in_words(ranked: PollDriver, client: Client, more: list[str], lines: list[str]):
    vote(ranked, "A", "A", "A", "B", "B", "CB", "C", *more)
    page = client.get("/p/fruit/results/").content.decode()
    assert all(f"<li>{line}</li>" in page for line in lines)


def test_the_order_in_which_answers_are_read_changes_nothing():
    """Postgres gives them as it finds them: one day the sentence of a round named its choices the other way round."""
    answers: list[tuple[Sequence[int], int]] = [((1,), 3), ((2,), 2), ((3, 2), 1), ((3,), 1), ((2, 3), 1)]
    results = {json.dumps(KIND.result({1: 3, 2: 3, 3: 2}, order)) for order in permutations(answers)}
    assert len(results) == 1
    assert '"moves": [[3, 2, 1], [3, null, 1]]' in results.pop()


def test_every_page_draws_fifty_choices(client: Client):
    driver = PollDriver(make_poll("many", *(f"Choice {n}" for n in range(50)), kind=RANK, max_choices=2))
    casts = [
        Cast(new_cast_id(), uuid4(), (driver.choices[n], driver.choices[n - 1]), 1) for n in range(50) for _ in range(n)
    ]
    tally.count_batch(driver.poll.pk, 1, [Entry(f"{n}-0", cast.dump().encode()) for n, cast in enumerate(casts, 1)])
    found = shown(driver)
    assert len(snapshots.dump(found)) < 64 * 1024
    assert len(found["result"]["rounds"]) > 10
    for path in ("", "results/", "present/"):
        assert client.get(f"/p/many/{path}").status_code == 200


# What it costs --------------------------------------------------------------------------------------------------------


def fill(driver: PollDriver, ballots: int) -> None:
    """Store so many ballots of the same 64 rankings of four choices, and count them as a repair does."""
    orders = [list(order) for places in range(1, 5) for order in permutations(driver.choices, places)]
    Ballot.objects.filter(poll=driver.poll).delete()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            """INSERT INTO polls_ballot (poll_id, voter_key, cast_id, selections, counted_at)
            SELECT %s, gen_random_uuid(), %s, %s::jsonb -> (n %% %s), now()
            FROM generate_series(1, %s) AS n""",
            [driver.poll.pk, new_cast_id(), json.dumps(orders), len(orders), ballots],
        )
        cursor.execute("VACUUM ANALYZE polls_ballot")
        cursor.execute("RESET statement_timeout")
    audit.repair(driver.poll.pk)


@pytest.mark.slow
def test_a_snapshot_costs_the_same_with_a_million_ballots():
    driver = PollDriver(make_poll("fruit", "Apple", "Banana", "Cherry", "Date", kind=RANK, max_choices=4))
    took = {}
    for ballots in (1_000, 1_000_000):
        fill(driver, ballots)
        assert driver.tally.voters == ballots
        took[ballots] = min(timeit.repeat(lambda: snapshots.snapshot(driver.poll.pk), number=20, repeat=5)) / 20
    print({ballots: f"{1000 * seconds:.2f} ms" for ballots, seconds in took.items()})
    # What holds on a busy machine too: it reads the answers, and no ballot.
    with CaptureQueriesContext(connection) as asked:
        found = snapshots.snapshot(driver.poll.pk)
    assert ["polls_ballot" in query["sql"] for query in asked] == [False]
    assert ("polls_answer" in asked[0]["sql"], found["voters"]) == (True, 1_000_000)


@pytest.mark.slow
def test_the_most_rankings_are_counted_within_a_broadcasts_pace():
    ids = list(range(1, 8))
    rankings = [(order, 1 + order[0]) for places in range(1, 8) for order in permutations(ids, places)]
    assert len(rankings) == 13_699
    took = min(timeit.repeat(lambda: KIND.result(dict.fromkeys(ids, 0), rankings), number=1, repeat=5))
    print(f"{1000 * took:.0f} ms")
    assert took < 0.5
