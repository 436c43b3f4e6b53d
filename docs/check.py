"""Checks that what the documents name is there (links, headings, files, modules, names), their lists, and docstrings.

A name in a file is written `polls/counting/tally.py: count_batch` or `polls/voting/casting.py: _Attempt.run`.
"""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import lists

ROOT = Path(__file__).resolve().parent.parent
#: It tells what was, under the names of then.
_HISTORY = "CHANGELOG.md"
_CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
#: `polls/counting/tally.py: count_batch`, `tally.py`, `polls/counting/`.
_CODE = re.compile(r"`([\w./-]+)(?:: (\w[\w.]*))?`")
_FILE_NAME = re.compile(r"[\w-]+\.(py|lua|js|css|html|md|conf|toml|sql)")
#: A docstring begins with a verb or a noun phrase.
_NO_BEGINNING = ("It", "Of", "One", "What", "Where", "Whether", "Who")
_PATH_IN_BLOCK = re.compile(r"(?<![\w./$~{}-])([a-z]+/[\w./-]*\w)")


def main() -> None:
    """Say what is missing, and exit with 1 if anything is."""
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    wrong = [f"{path.relative_to(ROOT)}: {what}" for path in sorted(documents) for what in _missing(path)]
    wrong += [f"{file}: {what}" for file in sorted(_files()) if file.endswith(".py") for what in _unclear(ROOT / file)]
    wrong += lists.wrong()
    sys.exit("\n".join(wrong) if wrong else 0)


def _missing(document: Path) -> Iterator[str]:
    text = document.read_text()
    prose = _CODE_BLOCK.sub("", text)
    for link in _LINK.findall(prose):
        if not link.startswith(("https://", "http://")) and not _leads_somewhere(document, link):
            yield f"the link {link} leads nowhere"
    if document.name == _HISTORY:
        return
    for code, name in _CODE.findall(prose):
        yield from _missing_code(code, name)
    for block in _CODE_BLOCK.findall(text):
        for path in _PATH_IN_BLOCK.findall(block):
            if _is_ours(path) and not _exists(path):
                yield f"there is no {path}"


def _unclear(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            line = (ast.get_docstring(node) or "").partition("\n")[0]
            if re.split(r"\W", line)[0] in _NO_BEGINNING:
                yield f"a docstring begins with a verb or a noun phrase, not so: {line}"


def _missing_code(code: str, name: str) -> Iterator[str]:
    """Return what is missing of a file, folder or module that is named, or of a name in it; nothing for other code."""
    if _is_ours(code):
        if not _exists(code):
            yield f"there is no {code}"
        elif name and name not in _names(ast.parse((ROOT / code).read_text())):
            yield f"there is no {name} in {code}"
    elif _FILE_NAME.fullmatch(code) and code not in {Path(path).name for path in _files()}:
        yield f"there is no file called {code}"
    elif code.split(".")[0] in _folders() and "." in code and not _is_module_or_name_in_one(code):
        yield f"there is no module or name {code}"


def _is_ours(path: str) -> bool:
    """Tell whether a path begins with a folder of the repository, such as polls/."""
    return "/" in path and path.partition("/")[0] in _folders()


def _exists(path: str) -> bool:
    return path.rstrip("/") in _files() or any(file.startswith(f"{path.rstrip('/')}/") for file in _files())


def _is_module_or_name_in_one(dotted: str) -> bool:
    """Tell whether `polls.counting.tally` or `polls.models.Poll` is there; a permission (`polls.view_ballot`) is."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        place = "/".join(parts[:end])
        if _exists(f"{place}.py") or _exists(place):
            file = ROOT / (f"{place}.py" if _exists(f"{place}.py") else f"{place}/__init__.py")
            rest = ".".join(parts[end:])
            return not rest or end == 1 or (file.exists() and rest in _names(ast.parse(file.read_text())))
    return False


@cache
def _files() -> frozenset[str]:
    """The files of the project, from its top; without hidden folders and what runs leave under var/."""
    tops = [top for top in ROOT.iterdir() if not top.name.startswith(".") and top.name != "var"]
    found = [file for top in tops for file in ([top] if top.is_file() else top.rglob("*")) if file.is_file()]
    return frozenset(file.relative_to(ROOT).as_posix() for file in found if "__pycache__" not in file.parts)


@cache
def _folders() -> frozenset[str]:
    """The folders at its top."""
    return frozenset(path.partition("/")[0] for path in _files() if "/" in path)


def _leads_somewhere(document: Path, link: str) -> bool:
    file, _, heading = link.partition("#")
    path = (document.parent / file).resolve() if file else document
    return path.exists() and (not heading or heading in _anchors(path.read_text()))


def _anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = _HEADING.findall(_CODE_BLOCK.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _names(module: ast.AST, prefix: str = "") -> Iterator[str]:
    """Yield the names in a module and its classes: functions, classes, methods, what is assigned to or imported."""
    for node in ast.iter_child_nodes(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from _names(node, f"{prefix}{node.name}.")
        if isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (prefix + target.id for target in targets if isinstance(target, ast.Name))


if __name__ == "__main__":
    main()
