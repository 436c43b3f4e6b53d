"""The check of buttons has to be able to fail."""

from typing import Any

import pytest

from tests.browser.contrast import faint_buttons

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("style", "attributes", "found"),
    [
        ("color: #fff; background: #000", "", []),
        ("color: #777; background: #888", "", ["rest", "focus", "hover"]),
        ("color: #000; background: #fff; opacity: .3", "", ["rest", "focus", "hover"]),
        ("color: #bbb; background: #fff", "disabled", ["rest", "focus", "hover"]),
        ("color: #777; background: #888; visibility: hidden", "", []),
    ],
)
def test_words_that_are_too_faint_are_found(window: Any, style: str, attributes: str, found: list[str]):
    window.set_content(f'<button style="{style}" {attributes}>Go</button>')
    assert [line.partition(" at ")[2] for line in faint_buttons(window)] == found


@pytest.mark.parametrize("state", ["hover", "focus"])
def test_a_state_is_looked_at_too(window: Any, state: str):
    rules = f"button {{ color: #000; background: #fff; transition: color 10s }} button:{state} {{ color: #ddd }}"
    window.set_content(f"<style>{rules}</style><button>Go</button>")
    assert faint_buttons(window) == [f"Go: 1.36 at {state}"]
