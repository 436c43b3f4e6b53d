"""Which tests bin/test runs: the slow ones too when --all or the caller names them."""

import pytest

from tests.run import _markers, _names_tests


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], False),
        (["-x", "--maxfail", "3"], False),
        (["-k", "sealed"], True),
        (["-ksealed"], True),
        (["tests/lab"], True),
        (["-q", "tests/test_run.py::test_markers"], True),
    ],
)
def test_what_names_tests(arguments: list[str], named: bool) -> None:
    assert _names_tests(arguments) == named


@pytest.mark.parametrize(
    ("asked", "slow", "expression"),
    [
        (None, False, "not slow"),
        (None, True, ""),
        ("not browser", False, "(not browser) and not slow"),
        ("not browser", True, "not browser"),
        ("slow and browser", False, "slow and browser"),
    ],
)
def test_markers(asked: str | None, slow: bool, expression: str) -> None:
    assert _markers(asked, slow=slow) == expression
