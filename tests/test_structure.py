"""The house: five floors, no import that runs up, no circle, one module for the keys of each store, short names."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
#: From the roof to the ground. A module imports what stands on its own floor or below.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("ops",),
    ("votingsite", "workers"),
    ("api",),
    ("accounts", "inspection"),
    ("polls.urls", "polls.routing"),
    ("polls.admin", "polls.consumers", "polls.host", "polls.management", "polls.templatetags", "polls.views"),
    ("polls.voting",),
    ("polls.lifecycle",),
    ("polls.recount",),
    ("polls.counting",),
    ("polls.results",),
    ("polls.events",),
    ("polls.box",),
    ("polls.kinds",),
    ("polls.electorate", "polls.people", "polls.pictures"),
    ("polls.apps", "polls.migrations", "polls.models", "counter"),
    ("core.web",),
    ("core.telemetry",),
    ("core.stores",),
)
#: Neighbours on a floor of which the one doesn't import the other. The image has the entry point alone of `ops`.
STRANGERS = [
    ("polls", "counter"),
    ("counter", "polls"),
    ("votingsite", "workers"),
    ("accounts", "inspection"),
    ("inspection", "accounts"),
    ("api", "inspection"),
    ("ops.entrypoint", "ops.launch"),
    ("ops.entrypoint", "ops.drill"),
    ("ops.entrypoint", "ops.loadtest"),
    ("ops.entrypoint", "ops.model"),
]
#: Entry points, and who puts them into service; everybody else calls what stands below them.
SERVED_BY = {
    "polls.views.admission": {"polls.urls", "polls.views.events", "polls.views.voting"},
    "polls.views.home": {"polls.urls"},
    "polls.views.presenter": {"polls.urls"},
    "polls.views.voting": {"polls.urls", "polls.views.embedding"},
    "polls.host.actions": {"polls.host.urls"},
    "polls.host.editor": {"polls.host.urls"},
    "polls.host.joining": {"polls.host.urls", "polls.host.views"},
    "polls.host.ownership": {"polls.host.urls"},
    "polls.host.quick": {"polls.host.urls"},
    "polls.host.remote": {"polls.host.urls"},
    "polls.host.views": {"polls.host.embedding", "polls.host.ownership", "polls.host.quick", "polls.host.urls"},
    "polls.consumers": {"polls.routing"},
    "polls.routing": {"votingsite.asgi"},
    "counter.views": {"counter.urls"},
    "counter.consumers": {"counter.routing"},
    "counter.routing": {"votingsite.asgi"},
    "workers.jobs": set(),
    "workers.worker": set(),
}

#: Packages that the image may lack, and the modules that name them: for its types, or where it is on.
OPTIONAL = {"opentelemetry": {"core.telemetry.otel", "core.telemetry.otel_sdk", "core.web.request_spans"}}

#: Letters of a test's name, which is a sentence; what takes more stands in its docstring.
LONGEST_NAME = 60

Graph = Mapping[str, set[str]]


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PACKAGES = sorted({place.partition(".")[0] for floor in FLOORS for place in floor})
MODULES = {name_of(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


def imports(module: str) -> set[str]:
    """Return our modules that a module imports, wherever in it; of packages those that it names."""
    found: set[str] = set()
    is_package = MODULES[module].name == "__init__.py"
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: 1 - node.level or None] if is_package else module.split(".")[: -node.level]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            # `from polls.views import voting` names a module, `from polls.views.voting import vote` something in one.
            found |= {f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base for alias in node.names}
    return {name for name in found if name in MODULES}


def is_in(module: str, place: str) -> bool:
    """Tell whether a module is this one, or in this package."""
    return module == place or module.startswith(f"{place}.")


def floors_of(module: str) -> list[int]:
    """Return the floors that a module stands on, counted from the ground; a package that only holds others has none."""
    return [number for number, floor in enumerate(reversed(FLOORS)) if any(is_in(module, place) for place in floor)]


def upward(graph: Graph) -> list[tuple[str, str]]:
    """Return the imports that run up."""
    return sorted(
        (module, name)
        for module, names in graph.items()
        for name in names
        if floors_of(module) and floors_of(name) and floors_of(name) > floors_of(module)
    )


def circles(graph: Graph) -> list[list[str]]:
    """Return the groups of nodes that lead to each other (strongly connected components), each sorted."""
    below = {node: reachable(graph, node) for node in graph}
    found = {tuple(sorted(other for other in below[node] if node in below[other])) for node in graph}
    return sorted(list(group) for group in found if group)


def reachable(graph: Graph, start: str) -> set[str]:
    """Return what can be reached from a node by one step or more."""
    found: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        node = ahead.pop()
        if node not in found:
            found.add(node)
            ahead += graph[node]
    return found


def package_of(module: str) -> str:
    """Return the package, or the module beside it, as a reader of the folder sees it: polls.voting, polls.models."""
    return ".".join(module.split(".")[:2])


def by_package(graph: Graph) -> dict[str, set[str]]:
    """Return which package imports which other."""
    found: dict[str, set[str]] = {package_of(module): set() for module in graph}
    for module, names in graph.items():
        found[package_of(module)] |= {package_of(name) for name in names} - {package_of(module)}
    return found


IMPORTS = {module: imports(module) for module in MODULES}


def strings(tree: ast.AST) -> Iterator[str]:
    """The texts in a module's code, those of f-strings included, docstrings excluded."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in docstrings:
            yield node.value if isinstance(node.value, str) else node.value.decode(errors="replace")


def test_the_sources_are_read():
    assert IMPORTS["polls.urls"] == {
        "polls.models",
        "polls.views.admission",
        "polls.views.check",
        "polls.views.embedding",
        "polls.views.events",
        "polls.views.home",
        "polls.views.live_drill",
        "polls.views.pictures",
        "polls.views.presenter",
        "polls.views.scores",
        "polls.views.sharing",
        "polls.views.voting",
    }
    assert "polls.box.ballot_box" in IMPORTS["polls.voting.casting"]
    assert "polls.lifecycle.safety_net" in IMPORTS["workers.worker"]
    assert [place for floor in FLOORS for place in floor if place not in MODULES] == []


def test_every_module_stands_on_one_floor():
    folders = {package for package in PACKAGES if package in ("core", "polls")}
    assert [module for module in MODULES if len(floors_of(module)) != 1] == sorted(folders)


def test_no_import_runs_up():
    assert upward(IMPORTS) == []


def test_an_import_that_runs_up_is_found():
    assert upward({"core.stores.redis": {"polls.models"}, "polls.models": {"core.web.errors"}}) == [
        ("core.stores.redis", "polls.models")
    ]


def test_no_modules_import_each_other():
    assert circles(IMPORTS) == []


def test_no_packages_import_each_other():
    assert circles(by_package(IMPORTS)) == []


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}, "e": {"e"}}) == [["b", "c"], ["e"]]


@pytest.mark.parametrize(("one", "other"), STRANGERS)
def test_neighbours_do_not_know_each_other(one: str, other: str):
    assert [
        (module, name) for module in MODULES if is_in(module, one) for name in IMPORTS[module] if is_in(name, other)
    ] == []


@pytest.mark.parametrize("module", ["polls.models", "counter.models"])
def test_models_stand_on_nothing_of_ours(module: str):
    assert [name for part in MODULES if is_in(part, module) for name in IMPORTS[part] if not is_in(name, module)] == []


@pytest.mark.parametrize("entry", SERVED_BY)
def test_only_who_serves_it_imports_it(entry: str):
    assert {module for module in MODULES if entry in IMPORTS[module]} == SERVED_BY[entry]


@pytest.mark.parametrize(
    ("prefix", "keeper"),
    [
        ("votes:", "polls/box/keys.py"),
        ("visits:", "counter/visits.py"),
        ("parts:", "core/telemetry/reports.py"),
        ("rooms:", "polls/results/room.py"),
        ("drills:", "polls/voting/live_drill.py"),
        ("events:", "polls/events/store.py"),
        ("follow:", "core/telemetry/tracing.py"),
    ],
    ids=["votes", "visits", "parts", "rooms", "drills", "events", "follow"],
)
def test_one_module_knows_the_keys_of_a_store(prefix: str, keeper: str):
    knowing = [
        str(path.relative_to(ROOT))
        for path in MODULES.values()
        if any(prefix in text for text in strings(ast.parse(path.read_text())))
    ]
    assert knowing == [keeper]


def test_one_module_uses_the_names_of_the_keys_of_votes():
    assert [module for module in MODULES if "polls.box.keys" in IMPORTS[module]] == ["polls.box.ballot_box"]


def foreign(modules: Iterable[str]) -> dict[str, set[str]]:
    """Return the names of others' packages that modules import, wherever in them, and which modules do."""
    found: dict[str, set[str]] = {}
    for module in modules:
        for node in ast.walk(ast.parse(MODULES[module].read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {*PACKAGES}:
                found.setdefault(name, set()).add(module)
    return found


def kept_out_of_the_image() -> list[str]:
    """Return the modules and packages of ours that .dockerignore names after what it lets in."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith(("#", "!", "*"))]
    return [line.removesuffix(".py").replace("/", ".") for line in lines]


def test_the_image_has_all_that_its_modules_import():
    installed = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    used = foreign(module for module in MODULES if not any(is_in(module, place) for place in kept_out_of_the_image()))
    distributions = packages_distributions()
    assert {
        name: modules
        for name, modules in used.items()
        if not installed & {one.lower().replace("_", "-") for one in distributions[name]}
    } == OPTIONAL


def test_names_of_tests_are_short_sentences():
    tests = {
        node.name
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }
    assert len(tests) > 1000
    assert {name for name in tests if len(name) > LONGEST_NAME} == set()
