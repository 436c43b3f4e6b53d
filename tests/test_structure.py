"""Imports go one way, and each store's keys are known to one module (docs/architecture.md)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("core", "inspection", "ops", "votingsite", "polls", "counter", "workers")
#: What stands between the world and the domain. Nothing below may import it ...
EDGES = ("polls.views.voting", "polls.views.home", "polls.views.presenter", "polls.host", "polls.consumers", "polls.admin",
         "polls.management", "polls.templatetags", "polls.urls", "polls.routing", "counter.views",
         "counter.consumers", "counter.admin", "counter.urls", "counter.routing", "votingsite.urls",
         "votingsite.asgi", "votingsite.wsgi", "votingsite.management", "inspection.pipeline.views",
         "inspection.prometheus", "inspection.staff_pages", "inspection.views", "inspection.trace_views",
         "inspection.admin_site", "workers.admin", "workers.jobs", "workers.worker")  # fmt: skip
#: ... and of these only who puts it into service.
SERVED_BY = {
    "polls.views.voting": {"polls.urls"},
    "polls.views.home": {"polls.urls"},
    "polls.views.presenter": {"polls.urls"},
    "polls.host.views": {"polls.host.urls", "polls.host.ownership"},
    "polls.host.ownership": {"polls.host.urls"},
    "polls.host.editor": {"polls.host.urls"},
    "polls.host.actions": {"polls.host.urls"},
    "polls.consumers": {"polls.routing"},
    "polls.routing": {"votingsite.asgi"},
    "counter.views": {"counter.urls"},
    "counter.consumers": {"counter.routing"},
    "counter.routing": {"votingsite.asgi"},
}


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


def imports(module: str) -> set[str]:
    """Dotted names of our modules that a module imports, wherever in it; of packages those that are named."""
    found: set[str] = set()
    is_package = MODULES[module].name == "__init__.py"
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: 1 - node.level or None] if is_package else module.split(".")[: -node.level]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            # `from polls import views` names a module, `from polls.views.voting import vote` something in one.
            found |= {f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base for alias in node.names}
    return {name for name in found if name.split(".")[0] in PACKAGES}


def is_in(module: str, places: str | tuple[str, ...]) -> bool:
    """Whether a module is one of these, or in one of these packages."""
    return any(
        module == place or module.startswith(f"{place}.") for place in ([places] if isinstance(places, str) else places)
    )


IMPORTS = {module: imports(module) for module in MODULES}


def strings(tree: ast.AST) -> Iterator[str]:
    """The texts in a module's code, those of f-strings included, docstrings excluded."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in docstrings:
            yield node.value if isinstance(node.value, str) else node.value.decode(errors="replace")


def test_the_sources_are_read():
    assert IMPORTS["polls.urls"] == {"polls.views.home", "polls.views.presenter", "polls.views.voting", "polls.models"}
    assert "polls.box.ballot_box" in IMPORTS["polls.voting.casting"]
    assert "polls.lifecycle.safety_net" in IMPORTS["workers.worker"]
    assert all(any(is_in(module, edge) for module in MODULES) for edge in EDGES)


@pytest.mark.parametrize(("one", "other"), [("polls", "counter"), ("counter", "polls")])
def test_polls_and_counter_do_not_know_each_other(one: str, other: str):
    assert [
        (module, name) for module in MODULES if is_in(module, one) for name in IMPORTS[module] if is_in(name, other)
    ] == []


def test_nobody_imports_the_jobs():
    assert [module for module in MODULES if "workers.jobs" in IMPORTS[module]] == []


@pytest.mark.parametrize("module", ["polls.models", "counter.models"])
def test_models_stand_on_nothing_of_ours(module: str):
    assert IMPORTS[module] == set()


def test_what_the_world_calls_is_called_by_nothing_below():
    upward = [
        (module, name)
        for module in MODULES
        for name in sorted(IMPORTS[module])
        if is_in(name, EDGES) and not is_in(module, EDGES)
    ]
    assert upward == []


@pytest.mark.parametrize("edge", SERVED_BY)
def test_only_who_serves_it_imports_it(edge: str):
    assert {module for module in MODULES if edge in IMPORTS[module]} == SERVED_BY[edge]


@pytest.mark.parametrize(
    ("prefix", "keeper"),
    [
        ("votes:", "polls/box/keys.py"),
        ("visits:", "counter/visits.py"),
        ("parts:", "core/telemetry/reports.py"),
        ("follow:", "core/telemetry/tracing.py"),
    ],
    ids=["votes", "visits", "parts", "follow"],
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
