"""Estimates of a number."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from polls import kinds
from polls.counting import audit
from polls.kinds import ESTIMATE, BadDetailsError, BadSelectionsError
from polls.kinds.estimate import EstimateDetails
from polls.kinds.numbers import NoNumberError, number
from polls.lifecycle import transitions
from polls.models import Answer, Ballot, SetAside
from polls.results import export, snapshots
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import JSON, Client, PollDriver, post

WEIGHT = {"least": "0", "most": "20", "step": "0.5", "unit": "kg", "answer": "7.25"}


@pytest.fixture
def pumpkin() -> PollDriver:
    """An open poll: how heavy it is, in half kilograms up to 20, and 7.25 kg are right."""
    return PollDriver(make_poll("pumpkin", "Number", kind=ESTIMATE, details=WEIGHT))


def estimate(driver: PollDriver, browser: Client, typed: str, **fields: Any) -> Any:
    """Send a typed number, and count it; returns the answer."""
    answer = post(browser, driver, estimate=typed, **fields)
    driver.count()
    return answer


def shown(driver: PollDriver, *, totals: bool = True) -> Any:
    return snapshots.seen(snapshots.snapshot(driver.poll.pk), counting=True, totals=totals)


@pytest.mark.parametrize(
    ("language", "text", "read"),
    [
        ("en", "3.5", "3.5"),
        ("en", "3,5", "3.5"),
        ("en", "1,000", "1000"),
        ("en", "1,234,567.5", "1234567.5"),
        ("en", " 1 000 ", "1000"),
        ("es", "3,5", "3.5"),
        ("es", "3.5", "3.5"),
        ("es", "1.000", "1000"),
        ("es", "1.234.567,5", "1234567.5"),
        ("es", "1\N{NO-BREAK SPACE}000,25", "1000.25"),
        ("es", "\N{MINUS SIGN}4", "-4"),
        ("en", ".5", "0.5"),
    ],
)
def test_a_number_is_read_as_it_is_typed(language: str, text: str, read: str):
    with override(language):
        assert number(text) == Decimal(read)


@pytest.mark.parametrize("text", ["", "ten", "1e5", "1.2.3", "--1", "NaN", "\N{ARABIC-INDIC DIGIT ONE}", "9" * 31])
def test_what_is_no_number_is_none(text: str):
    with pytest.raises(NoNumberError):
        number(text)


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"step": "0"}, "above 0"),
        ({"least": "5", "most": "5"}, "above the least"),
        ({"most": "100000"}, "more than 10,000 possible values"),
        ({"step": "0.01", "most": "100"}, "more than 10,000 possible values"),
        ({"step": "3"}, "have to lead"),
        ({"unit": "x" * 21}, "at most 20 letters"),
        ({"most": "many"}, "no limits"),
        ({"most": 7}, "no limits"),
        ({"answer": "NaN"}, "no limits"),
        ({"points": "7"}, "no limits"),
    ],
)
def test_details_that_make_no_sense_are_refused(details: dict[str, Any], said: str):
    with pytest.raises(BadDetailsError, match=said):
        kinds.of(ESTIMATE, 1, details)


def test_ten_thousand_values_are_the_most():
    assert EstimateDetails.read({"least": "1", "most": "10000"}).steps == 9_999


def test_a_ballot_is_one_number_of_steps():
    kind = kinds.of(ESTIMATE, 1, WEIGHT)
    for good in ([], [0], [40]):
        kind.check(good, frozenset(), 1)
        assert kind.fault(good, frozenset()) == ""
    for bad in ([41], [-1], [1, 2]):
        with pytest.raises(BadSelectionsError, match="Enter a number from 0"):
            kind.check(bad, frozenset(), 1)
        assert kind.fault(bad, frozenset()) == "it has to be one number of steps from 0 to 40"


@pytest.mark.parametrize("typed", ["20.5", "-1", "3.3", "many", "1e1"])
def test_what_is_beyond_the_limits_is_refused_in_one_sentence(pumpkin: PollDriver, typed: str):
    answer = estimate(pumpkin, Client(), typed)
    said = "Enter a number from 0 kg to 20 kg, in steps of 0.5 kg."
    assert (answer.status_code, answer.json()["detail"].replace("\N{NO-BREAK SPACE}", " ")) == (400, said)
    assert pumpkin.tally.voters == 0


def test_it_votes_counts_and_audits(pumpkin: PollDriver):
    ann, bob, cid = Client(), Client(), Client()
    answers = [estimate(pumpkin, ann, "7"), estimate(pumpkin, bob, "8,5"), estimate(pumpkin, cid, "7.0")]
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    found = shown(pumpkin)["result"]
    assert (found["median"], found["unit"], found["places"]) == (7, "kg", 1)
    assert [(bar["from"], bar["votes"]) for bar in found["bars"]] == [(7, 2), (7.5, 0), (8, 0), (8.5, 1)]
    estimate(pumpkin, ann, "9")  # a change of mind
    assert sorted(Answer.objects.values_list("selections", "ballots")) == [([14], 1), ([17], 1), ([18], 1)]
    assert shown(pumpkin)["result"]["median"] == 8.5
    assert audit.compare(pumpkin.poll.pk).differences == ()


def test_the_audit_finds_and_repairs_a_wrong_answer(pumpkin: PollDriver):
    estimate(pumpkin, Client(), "7")
    Answer.objects.update(ballots=5)
    (difference,) = audit.compare(pumpkin.poll.pk).differences
    assert (difference.choice, difference.stored, difference.recomputed) == ("[14]", 5, 1)
    audit.repair(pumpkin.poll.pk)
    assert (Answer.objects.get().ballots, audit.compare(pumpkin.poll.pk).differences) == (1, ())


def test_a_number_may_be_the_id_of_the_choice(driver: PollDriver):
    details = {"least": "0", "most": "9999", "step": "1"}
    poll = PollDriver(make_poll("many", "Number", kind=ESTIMATE, details=details))
    post(Client(), poll, choice=poll.choices[0] % 10_000)
    poll.count()
    assert (poll.totals, poll.tally.voters, audit.compare(poll.poll.pk).differences) == ([0], 1, ())


def test_ballots_set_aside_count_nowhere(pumpkin: PollDriver):
    estimate(pumpkin, Client(), "7")
    network = Ballot.objects.values_list("network", flat=True).get()
    transitions.set_aside(pumpkin.poll.pk, network)
    assert (shown(pumpkin)["result"]["median"], audit.compare(pumpkin.poll.pk).differences) == (None, ())


def test_a_queued_ballot_beyond_the_limits_is_set_aside(pumpkin: PollDriver, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patched:
        patched.setattr("polls.kinds.estimate.Estimate.check", lambda *_: None)  # a web service of another release
        post(Client(), pumpkin, choice=41)
    pumpkin.count()
    assert SetAside.objects.get().reason == "it has to be one number of steps from 0 to 40"


@pytest.mark.parametrize(
    ("answers", "median"), [({3: 1}, 3), ({0: 1, 1: 1}, 0.5), ({2: 2, 9: 1}, 2), ({1: 2, 4: 2}, 2.5), ({5: 1, 1: 9}, 1)]
)
def test_the_median(answers: dict[int, int], median: float):
    given = [([steps], ballots) for steps, ballots in answers.items()]
    assert kinds.of(ESTIMATE, 1, {}).result({}, given)["median"] == median


def test_bars_are_few_and_lose_nobody():
    kind = kinds.of(ESTIMATE, 1, {"least": "-5", "most": "9994"})
    bars = kind.result({}, [([steps], steps % 3) for steps in range(0, 10_000, 7)])["bars"]
    assert len(bars) <= 20
    assert sum(bar["votes"] for bar in bars) == sum(steps % 3 for steps in range(0, 10_000, 7))
    assert (bars[0]["from"], bars[-1]["to"]) == (-5, 9994)


def test_the_right_answer_is_nowhere_before_the_poll_is_final(pumpkin: PollDriver, client: Client):
    estimate(pumpkin, client, "7")
    path = pumpkin.poll.get_absolute_url()
    for page in (path, f"{path}results/", f"{path}present/", f"{path}results.json", f"{path}results.csv"):
        text = client.get(page).content.decode()
        # No time of day can be taken for the answer: its seconds have two digits.
        assert not re.search(r"\b7[.,]25", text)
    assert "answer" not in snapshots.snapshot(pumpkin.poll.pk)["result"]
    pumpkin.finish()
    assert snapshots.snapshot(pumpkin.poll.pk)["result"]["answer"] == 7.25
    assert "The right answer is 7.25" in client.get(f"{path}results/").content.decode()
    assert "result" not in shown(pumpkin, totals=False)
    transitions.open_poll(pumpkin.poll.pk)
    assert "answer" not in snapshots.snapshot(pumpkin.poll.pk)["result"]


def test_a_plain_form_works_in_spanish(pumpkin: PollDriver):
    client = Client(headers={"accept-language": "es"})
    path = pumpkin.poll.get_absolute_url()
    answer = client.post(path, {"estimate": "7,3"})
    page = answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert (answer.status_code, 'value="7,3"' in page) == (400, True)
    assert "Escribe un número de 0 kg a 20 kg, en pasos de 0,5 kg." in page
    assert client.post(path, {"estimate": "7,5"}).status_code == 303
    pumpkin.count()
    assert 'value="7,5"' in client.get(path).content.decode()


def test_an_empty_form_is_refused(pumpkin: PollDriver, client: Client):
    assert client.post(pumpkin.poll.get_absolute_url(), {"estimate": " "}, headers=JSON).status_code == 400


def test_a_table_has_a_line_for_each_bar(pumpkin: PollDriver):
    estimate(pumpkin, Client(), "7")
    estimate(pumpkin, Client(), "8")
    _, *lines = export.as_csv([shown(pumpkin)]).splitlines()
    assert [line.split(",")[:2] for line in lines] == [['"7.0"', "1"], ['"7.5"', "0"], ['"8.0"', "1"]]


@pytest.mark.parametrize("typed", ["101", "-1", "0.5", "many"])
def test_what_is_typed_beyond_the_limits_is_no_number_of_steps(typed: str):
    with pytest.raises(BadSelectionsError, match="Enter a whole number from 0 to 100"):
        EstimateDetails().steps_to(typed)
