"""Accessibility checks by axe-core."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page

_AXE = Axe()
#: WCAG 2.2 at level AA, and what axe-core holds for good practice.
_OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


def violations(page: Page, *, excepted: str = "") -> list[str]:
    """Return a line for each place at which the page breaks a rule now: which rule, where, and why.

    `excepted` names a rule that is left out.

    Colours are judged as they are painted: call it with `reduced_motion="reduce"` where something moves.
    """
    rules = {excepted: {"enabled": False}} if excepted else {}
    found = _AXE.run(page, options=_OPTIONS | {"rules": rules}).response["violations"]
    return [
        f"{rule['id']} at {' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
        for rule in found
        for node in rule["nodes"]
    ]


def fits_in_width(page: Page | Frame) -> bool:
    """Tell whether nobody has to scroll sideways (WCAG 1.4.10, Reflow)."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
