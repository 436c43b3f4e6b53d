"""Results as a file."""

import csv
import io

import pytest

from polls.models import ResultRule
from polls.results import export
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver


def table(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_csv_has_a_line_for_each_choice(client: Client):
    driver = PollDriver(make_poll("fruit", "Apples, green", 'The "best"', "\u05ea\u05e4\u05d5\u05d7\n", max_choices=2))
    driver.vote("ann", 0)
    driver.vote("bob", 1)
    driver.vote("cid", 1)
    driver.count()
    answer = client.get("/p/fruit/results.csv")
    lines = table(answer.content.decode())
    assert lines[0] == ["choice", "votes", "percent", "voters", "round", "state", "as_of"]
    assert [line[:6] for line in lines[1:]] == [
        ["Apples, green", "1", "33", "3", "1", "open"],
        ['The "best"', "2", "67", "3", "1", "open"],
        ["\u05ea\u05e4\u05d5\u05d7\n", "0", "0", "3", "1", "open"],
    ]
    assert answer["Content-Disposition"] == 'attachment; filename="fruit-results.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(start: str):
    choices = [{"id": 1, "text": f"{start}1+1", "votes": 1, "percent": 100}]
    snapshot = {"voters": 1, "round": 1, "poll": {"state": "open"}, "sent_at": "now", "choices": choices}
    assert table(export.as_csv(snapshot))[1][:3] == [f"'{start}1+1", "1", "100"]


def test_a_hidden_result_is_no_file(client: Client):
    driver = PollDriver(make_poll("secret", "Yes", "No", result_rule=ResultRule.AFTER_CLOSE))
    driver.vote("ann", 1)
    driver.count()
    answer = client.get("/p/secret/results.csv", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (403, "hidden")


def test_a_draft_has_no_file(client: Client):
    make_poll("draft", "Yes", "No", opened=False)
    assert client.get("/p/draft/results.csv").status_code == 404
