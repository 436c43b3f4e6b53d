"""`manage.py model`, as a reader calls it."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ops.model.rules import RULES

PAGE = Path(__file__).parents[3] / "docs" / "lab" / "model.md"


def run(*arguments: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it prints."""
    out = StringIO()
    try:
        call_command("model", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_missing_rule_is_shown_as_a_time_line_in_words():
    code, text = run("--without", "by-cast-id", "--runs", "2000")

    assert code == 1
    assert "presses: vote 1" in text
    assert "Broken: P5" in text
    assert "in the code   polls/counting/tally.py: _store" in text
    assert "test_a_direct_vote_is_no_count_of_what_waits_in_the_box" in text


def test_the_page_shows_what_the_command_prints():
    text = run("--without", "by-cast-id")[1]

    printed = text[: text.index("\n\nThe shortest of those")]
    assert f"```text\n{printed}\n```" in PAGE.read_text()


def test_with_all_rules_nothing_is_found():
    code, text = run("--runs", "200", "--seed", "7")

    assert code == 0
    assert text.startswith("No counterexample in 200 runs (seed 7, ")


def test_the_list_names_every_rule():
    code, text = run("--list")

    assert code == 0
    assert [name for name in RULES if f"{name} ({RULES[name].number})" not in text] == []


def test_an_unknown_rule_is_one_sentence():
    with pytest.raises(
        CommandError, match=r'^There is no rule "everything"\. "bin/manage model --list" names them all\.$'
    ):
        call_command("model", "--without", "everything")


def test_a_search_of_no_runs_is_refused():
    with pytest.raises(CommandError, match=r"^--runs has to be 1 or more, not 0\.$"):
        call_command("model", "--runs", "0")
