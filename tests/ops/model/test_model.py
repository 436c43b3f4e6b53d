"""The model: without a rule a promise breaks, with all of them none does."""

import ast
import json
from pathlib import Path

import pytest

from ops.model.rules import RULES
from ops.model.search import Found, replay, search

ROOT = Path(__file__).parents[3]
#: By name of a rule: the choices of the shortest run without it that the default seed finds, and what it breaks.
SHORTEST: dict[str, tuple[str, list[int]]] = {
    name: (promise, choices)
    for name, (promise, choices) in json.loads((Path(__file__).parent / "shortest.json").read_text()).items()
}


@pytest.fixture(scope="module")
def found_again() -> Found:
    return search(frozenset({"by-cast-id"}), 2000, 1)


def test_each_rule_has_its_shortest_run():
    assert set(SHORTEST) == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_a_run_without_the_rule_breaks_a_promise(name: str):
    promise, choices = SHORTEST[name]

    outcome = replay(choices, frozenset({name}))

    assert outcome.broken is not None
    assert outcome.broken.promise == promise


@pytest.mark.parametrize("name", RULES)
def test_the_same_run_with_all_rules_breaks_nothing(name: str):
    assert replay(SHORTEST[name][1]).broken is None


def test_the_search_finds_the_same_with_the_same_seed(found_again: Found):
    assert found_again.counterexample is not None
    assert found_again.counterexample.choices == SHORTEST["by-cast-id"][1]


def test_a_run_is_its_choices(found_again: Found):
    assert found_again.counterexample is not None
    again = replay(found_again.counterexample.choices, frozenset({"by-cast-id"}))

    assert again.timeline == found_again.counterexample.timeline
    assert again.broken is not None


def test_nothing_is_found_with_all_rules():
    assert search(frozenset(), 5000, 1).counterexample is None


@pytest.mark.slow
def test_nothing_is_found_with_all_rules_in_many_runs():
    assert search(frozenset(), 20_000, 2).counterexample is None


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
def test_the_search_finds_what_a_missing_rule_breaks(name: str):
    found = search(frozenset({name}), 20_000, 1).counterexample

    assert found is not None
    assert found.broken is not None
    assert (found.broken.promise, found.choices) == SHORTEST[name]


@pytest.mark.parametrize("name", RULES)
def test_the_code_and_the_test_of_a_rule_are_there(name: str):
    for place in (RULES[name].code, RULES[name].test):
        file, _, inside = place.partition(": ")
        text = (ROOT / file).read_text()
        if inside:
            names = {node.name for node in ast.walk(ast.parse(text)) if hasattr(node, "name") and node.name}
            assert set(inside.split(".")) <= names
