"""The colours of both themes, which some files repeat: a frame may have the other one than its reader."""

import re

import pytest

from core.web import previews
from tests.test_structure import ROOT

STYLES = (ROOT / "static" / "votingsite.css").read_text()


def colours(text: str) -> dict[str, str]:
    """Return the custom properties of a block."""
    return {name: value.strip() for name, value in re.findall(r"(--[\w-]+): ([^;]+);", text)}


def block(text: str, beginning: str) -> dict[str, str]:
    """Return the custom properties of the rule that begins so."""
    return colours(text.partition(beginning)[2].partition("}")[0])


LIGHT, DARK = block(STYLES, ":root {"), block(STYLES, "@media screen and (prefers-color-scheme: dark) {")


@pytest.mark.parametrize(("theme", "expected"), [("light", LIGHT), ("dark", DARK)])
def test_a_frame_has_the_colours_of_the_theme(theme: str, expected: dict[str, str]) -> None:
    found = colours((ROOT / "static" / f"embed-{theme}.css").read_text())
    assert found == {name: expected[name] for name in DARK}


def test_the_picture_of_a_result_has_them_too() -> None:
    text = (ROOT / "templates" / "polls" / "results.svg").read_text()
    for found, expected in ((block(text, "svg {"), LIGHT), (block(text, "dark) {\n  svg {"), DARK)):
        assert {name: value for name, value in found.items() if name != "--track"} == {
            name: expected[name] for name in found if name != "--track"
        }


def test_the_picture_beside_a_link_has_the_palette() -> None:
    assert list(previews.PALETTE) == [LIGHT[f"--c{number}"] for number in range(10)]
