"""Draws the pictures in static/ that have to be PNGs, for phones and previews of links: bin/screenshots --icons.

What it draws is committed: nothing draws when the system runs.
"""

from pathlib import Path

from playwright.sync_api import Browser

_STATIC = Path(__file__).parents[2] / "static"
_DEEP, _BRIGHT = "#0a6261", "#f4a200"  # the first two colours of the palette
_HALVES = (
    f'<path fill="{_DEEP}" d="M0 0h{{left}}v{{height}}H0z"/>'
    f'<path fill="{_BRIGHT}" d="M{{left}} 0h{{right}}v{{height}}h-{{right}}z"/>'
)
#: A vote for the first of two: its half has grown, as on the vote page.
_VOTED = (
    '<path fill="none" stroke="#fff" stroke-width="46" d="M205 325l110 110 200-215"/>'
    '<circle fill="none" stroke="#10201f" stroke-width="16" cx="955" cy="315" r="92"/>'
)


def draw(browser: Browser) -> None:
    """Draw them all into static/."""
    for name, side in (("touch-icon", 180), ("icon-192", 192), ("icon-512", 512)):
        _save(browser, name, side, side, _HALVES.format(left=side // 2, right=side // 2, height=side))
    _save(browser, "preview", 1200, 630, _HALVES.format(left=710, right=490, height=630) + _VOTED)


def _save(browser: Browser, name: str, width: int, height: int, shapes: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{_svg(width, height, shapes)}")
    page.screenshot(path=_STATIC / f"{name}.png")
    page.close()


def _svg(width: int, height: int, shapes: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{shapes}</svg>'
