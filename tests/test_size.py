"""How large the code may be: lines of functions and modules, and the share of public functions with a docstring."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import quantiles

from tests.test_structure import MODULES

#: Lines of a function, from `def` to its end: of half of them, of nine in ten, of the longest.
MEDIAN, P90, LONGEST = 6, 16, 35
#: A module has fewer lines.
MODULE = 300
#: Of a hundred public functions so many have a docstring. Those within a function are its own affair.
DOCUMENTED = 97

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function of a module, those within others included."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def lines(function: Function) -> int:
    """Return the lines of a function, without its decorators."""
    return (function.end_lineno or 0) - function.lineno + 1


def public(tree: ast.Module | ast.ClassDef) -> Iterator[Function]:
    """Yield the functions and methods that others may call."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from public(node)
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield node


def too_long(trees: Iterable[tuple[str, ast.Module]]) -> list[str]:
    """Name the functions that are longer than any may be."""
    return [
        f"{name}.{function.name}: {lines(function)} lines"
        for name, tree in trees
        for function in functions(tree)
        if lines(function) > LONGEST
    ]


def too_large(paths: Iterable[Path]) -> list[str]:
    """Name the modules that have too many lines."""
    sizes = {path: len(path.read_text().splitlines()) for path in paths}
    return [f"{path.name}: {size} lines" for path, size in sizes.items() if size >= MODULE]


TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items() if "migrations" not in path.parts}


def test_no_function_is_too_long() -> None:
    assert too_long(TREES.items()) == []


def test_functions_are_short() -> None:
    sizes = [lines(function) for tree in TREES.values() for function in functions(tree)]
    tenths = quantiles(sizes, n=10)
    assert (tenths[4] <= MEDIAN, tenths[8] <= P90) == (True, True)


def test_no_module_is_too_large() -> None:
    assert too_large(MODULES[name] for name in TREES) == []


def test_public_functions_have_docstrings() -> None:
    documented = [ast.get_docstring(function) is not None for tree in TREES.values() for function in public(tree)]
    assert 100 * sum(documented) >= DOCUMENTED * len(documented)


def test_a_function_that_is_too_long_is_found() -> None:
    long, short = (ast.parse("def f():\n" + "    pass\n" * count) for count in (LONGEST, LONGEST - 1))
    assert too_long([("long", long), ("short", short)]) == ["long.f: 36 lines"]


def test_a_module_that_is_too_large_is_found(tmp_path: Path) -> None:
    (tmp_path / "large.py").write_text("pass\n" * MODULE)
    (tmp_path / "small.py").write_text("pass\n" * (MODULE - 1))
    assert too_large(sorted(tmp_path.iterdir())) == ["large.py: 300 lines"]
