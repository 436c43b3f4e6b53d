"""Compares the lists in documents with the code: commands, drills, keys in Redis, variables of containers, numbers."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: They tell what was, and count it; so do decisions.
_HISTORY = ("CHANGELOG.md", "docs/benchmarks.md", "docs/decisions/")
_NUMBER = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
)
_COUNTED = re.compile(
    rf"\b({'|'.join(_NUMBER.split())}|\d+) (?:such )?(commands|decisions|drills|promises|rules|settings|tests)\b", re.I
)


def wrong() -> Iterator[str]:
    """Yield what a list names and the code has not, or the other way round; and what is counted by hand."""
    readme, operations, architecture = map(_text, ("README.md", "docs/operations.md", "docs/architecture.md"))
    commands = _code_in(_section(readme, "Commands"), r"bin/manage (\w+)")
    yield from _differ("README.md, commands", _commands(), commands)
    scripts = _code_in(readme + _text("CONTRIBUTING.md"), r"(?<![/\w])(bin/[a-z][\w-]*)")
    yield from _differ("README.md, scripts", _scripts(), scripts)
    drills = _code_in(_first_column(_section(operations, "Drills")), r"`([a-z][\w-]+)`")
    yield from _differ("docs/operations.md, drills", _drills(), drills)
    keys = _code_in(_first_column(_section(architecture, "Keys in Redis")), r"`([a-z]+:[\w:]+)`")
    yield from _differ("docs/architecture.md, keys", set(_keys()), keys)
    told = _code_in(operations + _text(".env.example"), r"\b([A-Z][A-Z_]+)\b")
    for name in sorted(_code_in(_text("docker-compose.yml"), r"\$\{(\w+)") - told):
        yield f"docs/operations.md: {name} of docker-compose.yml is told neither there nor in .env.example"
    yield from _counted()


def _counted() -> Iterator[str]:
    for document in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]):
        name = document.relative_to(ROOT).as_posix()
        if not name.startswith(_HISTORY):
            for counted in _COUNTED.finditer(document.read_text()):
                yield f"{name}: counted by hand, and soon untrue: {counted[0]}"


def _differ(where: str, there: set[str], told: set[str]) -> Iterator[str]:
    yield from (f"{where}: {name} is missing" for name in sorted(there - told))
    yield from (f"{where}: there is no {name}" for name in sorted(told - there - _OTHERS))


#: Commands of Django and Docker, and words in columns, that documents name among ours.
_OTHERS = {"check", "migrate", "makemigrations", "shell", "dbshell", "all"}


def _commands() -> set[str]:
    # Apps stand at the top or in a folder there. Deeper there may be others: libraries, and images of containers.
    return {path.stem for top in ("*", "*/*") for path in ROOT.glob(f"{top}/management/commands/[a-z]*.py")}


def _scripts() -> set[str]:
    return {f"bin/{path.name}" for path in ROOT.glob("bin/[a-z]*")}


def _drills() -> set[str]:
    return {"random", *_dict_keys(ROOT / "ops/drill/faults.py", "FAULTS")}


def _keys() -> Iterator[str]:
    """Yield the names of all kinds of keys, which their modules give to `KeyKind`."""
    for path in _modules():
        module = ast.parse(path.read_text())
        constants = dict(_constants(module))
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "KeyKind":
                name = node.args[0]
                value = constants.get(name.id, name) if isinstance(name, ast.Name) else name
                if isinstance(value, ast.Constant) and re.fullmatch(r"[a-z]+:[\w:]+", str(value.value)):
                    yield str(value.value)


def _constants(module: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def _modules() -> Sequence[Path]:
    return [path for top in ("core", "counter", "inspection", "polls") for path in ROOT.glob(f"{top}/**/*.py")]


def _dict_keys(path: Path, name: str) -> set[str]:
    """Return the keys of a module's dictionary of constants."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            assert isinstance(node.value, ast.Dict), name
            return {str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)}
    raise LookupError(f"{path} has no {name}")


def _text(name: str) -> str:
    return (ROOT / name).read_text()


def _section(text: str, heading: str) -> str:
    """Return the part of a document below a heading, to the next one of its level."""
    found = re.search(rf"^(#+) {heading}\n(.*?)(?=^\1 |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[2]


def _first_column(text: str) -> str:
    return "\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| "))


def _code_in(text: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, text))
