"""Results as a file."""

import csv
import io
from typing import Any

import pytest

from polls.lifecycle import transitions
from polls.models import ResultRule
from polls.results import export
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import browser_of, owned
from tests.polls.poll_driver import Client, PollDriver
from tests.polls.views.test_presenter import ada


def table(text: str, separator: str = ",") -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=separator))


def test_the_csv_has_a_line_for_each_choice(client: Client):
    driver = PollDriver(make_poll("fruit", "Apples, green", 'The "best"', "\u05ea\u05e4\u05d5\u05d7\n", max_choices=2))
    driver.vote("ann", 0)
    driver.vote("bob", 1)
    driver.vote("cid", 1)
    driver.count()
    answer = client.get("/p/fruit/results.csv")
    lines = table(answer.content.decode())
    assert lines[0] == [
        "choice",
        "votes",
        "percent",
        "voters",
        "round",
        "state",
        "as_of",
        "letter",
        "question",
        "picture",
        "right",
    ]
    assert [line[:6] for line in lines[1:]] == [
        ["Apples, green", "1", "33", "3", "1", "open"],
        ['The "best"', "2", "67", "3", "1", "open"],
        ["\u05ea\u05e4\u05d5\u05d7", "0", "0", "3", "1", "open"],
    ]
    assert [line[7:] for line in lines[1:]] == [[letter, "Which?", "", ""] for letter in "ABC"]
    assert answer["Content-Disposition"] == 'attachment; filename="fruit-results.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


def snapshot_of(text: str) -> dict[str, Any]:
    choices = [{"id": 1, "text": text, "votes": 1, "percent": 100}]
    poll = {"state": "open", "question": "Which?"}
    return {"voters": 1, "round": 1, "poll": poll, "sent_at": "now", "choices": choices}


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20", "  ="])
def test_no_cell_is_a_formula(start: str):
    assert table(export.as_csv([snapshot_of(f"{start}1+1")]))[1][:3] == [f"'{start}1+1", "1", "100"]


@pytest.mark.parametrize("separator", list(",;\t"))
@pytest.mark.parametrize("text", ["Tea;=1+1;x", "Tea,=1+1,x", 'Tea";"=1+1', "Tea\t=1"])
def test_a_text_is_one_cell_whatever_is_taken_for_the_separator(text: str, separator: str):
    written = export.as_csv([snapshot_of(text)], separator)
    assert table(written, separator)[1][0] == text
    for other in ",;\t":
        assert not [cell for line in table(written, other) for cell in line if cell.startswith("=")]


def test_a_text_turns_no_other_cell(client: Client):
    assert table(export.as_csv([snapshot_of("a\u202eb")]))[1][0] == "\u2068a\u202eb\u2069"


@pytest.mark.parametrize(
    ("query", "language", "separator"),
    [
        ("", "en", ","),
        ("", "es", ";"),
        ("?separator=;", "en", ";"),
        ("?separator=comma", "es", ","),
        ("?separator=x", "en", ","),
    ],
)
def test_the_separator_is_that_of_the_language_or_chosen(client: Client, query: str, language: str, separator: str):
    make_poll("fruit", "Apple", "Pear")
    answer = client.get(f"/p/fruit/results.csv{query}", headers={"Accept-Language": language})
    assert answer.content.decode().splitlines()[0].startswith(f"\ufeffchoice{separator}votes")


def test_a_hidden_result_is_no_file(client: Client):
    driver = PollDriver(make_poll("secret", "Yes", "No", result_rule=ResultRule.AFTER_CLOSE))
    driver.vote("ann", 1)
    driver.count()
    answer = client.get("/p/secret/results.csv", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (403, "hidden")


def test_a_draft_has_no_file(client: Client):
    make_poll("draft", "Yes", "No", opened=False)
    assert client.get("/p/draft/results.csv").status_code == 404


def test_its_host_has_all_rounds_in_one_table():
    driver = PollDriver(owned(make_poll("fruit", "Apples", "Pears", result_rule=ResultRule.STAFF), ada()))
    driver.vote("ann", 1)
    driver.count()
    transitions.reset(driver.poll.pk)
    driver.vote("bob", 0)
    driver.vote("cid", 0)
    driver.count()
    answer = browser_of(ada()).get("/host/fruit/rounds.csv?separator=semicolon")
    assert [line[:5] for line in table(answer.content.decode(), ";")[1:]] == [
        ["Apples", "0", "0", "1", "1"],
        ["Pears", "1", "100", "1", "1"],
        ["Apples", "2", "100", "2", "2"],
        ["Pears", "0", "0", "2", "2"],
    ]
    assert answer["Content-Disposition"] == 'attachment; filename="fruit-rounds.csv"'
    assert "no-store" in answer["Cache-Control"]


def test_ranked_choices_say_how_far_they_came():
    rounds = [{"votes": [3, 3, 2]}, {"votes": [3, 5, None]}]
    choices = [
        {"id": n, "text": text, "votes": votes, "percent": 1}
        for n, (text, votes) in enumerate([("A", 3), ("B", 3), ("C", 2)])
    ]
    poll = {"slug": "s", "question": "Q", "state": "open"}
    snapshot = {"poll": poll, "voters": 8, "round": 1, "sent_at": "now", "choices": choices}
    table = export.as_csv([snapshot | {"result": {"rounds": rounds, "points": [6, 8, 5]}}])
    head, *lines = table.lstrip("\ufeff").splitlines()
    assert head.endswith(",last_round,votes_then,borda")
    assert [line.split(",")[-3:] for line in lines] == [["2", "3", "6"], ["2", "5", "8"], ["1", "2", "5"]]
