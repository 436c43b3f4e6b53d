"""`python -m ops.scaling`: prints the tables of docs/scaling.md; with `--write` it puts them there."""

import sys
from pathlib import Path

from ops.scaling.tables import tables

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "scaling.md"


def main() -> None:
    """Simulate, and print or write."""
    found = tables()
    if "--write" in sys.argv[1:]:
        DOCUMENT.write_text(filled(DOCUMENT.read_text(), found))
        return
    for name, table in found.items():
        print(f"{name}\n\n{table}\n")


def filled(text: str, found: dict[str, str]) -> str:
    """Return the document with these tables in the place of those that it has. Raises LookupError if it lacks one."""
    for name, table in found.items():
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        _old, end, after = rest.partition("<!-- end -->")
        if not end:
            raise LookupError(f"docs/scaling.md has no place for the table {name!r}.")
        text = f"{before}{begin}{table}\n{end}{after}"
    return text


if __name__ == "__main__":
    main()
