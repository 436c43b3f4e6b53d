"""Checks that what the documents name is there: links, headings, files, and names in them. `check.py`, from anywhere.

A name in a file is written `polls/counting/tally.py: count_batch` or `polls/voting/casting.py: _Attempt.run`.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FILE = re.compile(
    r"`((?:bin|core|counter|deploy|docs|inspection|ops|polls|static|templates|tests|votingsite|workers)/[\w./-]*)"
    r"(?:: (\w[\w.]*))?`"
)


def main() -> None:
    """Say what is missing, and exit with 1 if anything is."""
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    wrong = [f"{path.relative_to(ROOT)}: {what}" for path in sorted(documents) for what in _missing(path)]
    sys.exit("\n".join(wrong) if wrong else 0)


def _missing(document: Path) -> Iterator[str]:
    text = _CODE_BLOCK.sub("", document.read_text())
    for link in _LINK.findall(text):
        if not link.startswith(("https://", "http://")) and not _leads_somewhere(document, link):
            yield f"the link {link} leads nowhere"
    for file, name in _FILE.findall(text):
        path = ROOT / file
        if not path.exists():
            yield f"there is no {file}"
        elif name and name not in _names(ast.parse(path.read_text())):
            yield f"there is no {name} in {file}"


def _leads_somewhere(document: Path, link: str) -> bool:
    file, _, heading = link.partition("#")
    path = (document.parent / file).resolve() if file else document
    return path.exists() and (not heading or heading in _anchors(path.read_text()))


def _anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = _HEADING.findall(_CODE_BLOCK.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _names(module: ast.AST, prefix: str = "") -> Iterator[str]:
    """What the module and its classes define: functions, classes, methods, and names that are assigned to."""
    for node in ast.iter_child_nodes(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from _names(node, f"{prefix}{node.name}.")
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (prefix + target.id for target in targets if isinstance(target, ast.Name))


if __name__ == "__main__":
    main()
