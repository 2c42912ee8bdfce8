"""Imports point down only, without circles; nothing lies loose, and no folder is a heap.

``make lint`` holds the same contract with import-linter. This is the second pair of eyes: it reads the
source itself, and knows the floors from here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from dash import page_registry

from components.app_shell.permissions import CALLBACKS, PAGES, callback_name
from core.database.migrating import FOLDER, migrate
from core.database.opening import bare_engine
from tests.conftest import ROOT
from tools import permissions
from tools.import_graph import Graph, circles, import_graph, modules
from tools.new_migration import all_tables

TOPS = ("core", "components", "pages", "app")
#: From the ground up; packages on one floor may use each other.
FLOORS = (
    {"core", "core.base", "core.stats"},
    {"core.database"},
    {
        *("core.schema", "core.sources", "core.security", "core.keys", "core.accounts"),
        *("core.projects", "core.audit", "core.oidc"),
    },
    {"core.bundle", "core.ingest", "core.simulate"},
    {"core.storage", "core.features"},
    {"core.results", "core.training"},
    {"core.audiences", "core.explain", "core.journeys", "core.report"},
    {"core.scoring", "core.whatif", "core.uplift"},
    {"core.jobs"},
    {"core.live"},
    {"core.rules", "core.privacy"},
    {"core.services", "core.monitoring", "core.backup"},
    {"core.schedules"},
    {"core.api", "core.engines"},
    {"components", "core.cli"},
    {"pages", "app", "core.__main__"},
)
#: What every page is built of: from the ground up, and below all pages.
COMPONENT_FLOORS = ("base", "figures", "shared")
MOST_FILES = 25


def graph_of(root: Path) -> Graph:
    return import_graph(modules(root, TOPS))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return graph_of(ROOT)


def package_of(module: str, root: Path = ROOT) -> str:
    """Return the folder a module lies in; ``python -m core`` stands for itself, above all else."""
    if module in ("app", "core.__main__") or (root / module.replace(".", "/")).is_dir():
        return module
    return module.rpartition(".")[0]


def between(graph: Graph, group) -> Graph:
    """Return the same arrows between groups of modules."""
    found: Graph = {group(name): set() for name in graph}
    for name, targets in graph.items():
        found[group(name)] |= {group(target) for target in targets} - {group(name)}
    return found


def unit_of(module: str) -> str:
    """Return what has a floor of its own: a package of core, or one of the tops."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "core" else parts[0]


def test_no_module_is_part_of_a_circle(graph: Graph) -> None:
    assert circles(graph) == []


def test_no_package_is_part_of_a_circle(graph: Graph) -> None:
    assert circles(between(graph, package_of)) == []


def test_every_package_has_a_floor_and_no_import_points_up(graph: Graph) -> None:
    floor = {unit: number for number, units in enumerate(FLOORS) for unit in units}
    assert {unit_of(name) for name in graph} <= floor.keys()
    upward = [
        f"{name} -> {target}"
        for name, targets in graph.items()
        for target in targets
        if floor[unit_of(target)] > floor[unit_of(name)]
    ]
    assert upward == []


def test_parts_every_page_is_built_of_know_no_page(graph: Graph) -> None:
    def folder(module: str) -> str:
        return module.split(".")[1] if module.count(".") > 1 else ""

    floor = {name: number for number, name in enumerate(COMPONENT_FLOORS)}
    wrong = [
        f"{name} -> {target}"
        for name, targets in graph.items()
        for target in targets
        if name.startswith("components.")
        and target.startswith("components.")
        and folder(name) in floor
        and floor.get(folder(target), len(floor)) > floor[folder(name)]
    ]
    assert wrong == []


def test_nothing_lies_loose_at_the_root_of_core() -> None:
    assert {path.name for path in (ROOT / "core").glob("*.py")} == {"__init__.py", "__main__.py"}


def test_no_folder_is_a_heap() -> None:
    folders = {path.parent for top in TOPS for path in (ROOT / top).rglob("*.py")}
    sizes = {str(folder.relative_to(ROOT)): len(list(folder.glob("*.py"))) for folder in folders}
    assert {folder: size for folder, size in sizes.items() if size > MOST_FILES} == {}


def test_the_graph_sees_imports_wherever_they_stand(tmp_path: Path) -> None:
    core = tmp_path / "core"
    (core / "inner").mkdir(parents=True)
    (core / "__init__.py").write_text("")
    (core / "inner" / "__init__.py").write_text("from .. import plain\n")
    (core / "plain.py").write_text("import core.under\n")
    (core / "under.py").write_text("def f():\n    from core.checked import x\n")
    (core / "checked.py").write_text("if TYPE_CHECKING:\n    from .inner.deep import y\n")
    (core / "inner" / "deep.py").write_text("from . import no_module\n")
    found = graph_of(tmp_path)

    assert found["core.plain"] == {"core.under"}
    assert found["core.under"] == {"core.checked"}
    assert found["core.checked"] == {"core.inner.deep"}
    assert found["core.inner.deep"] == {"core.inner"}
    assert found["core.inner"] == {"core.plain"}
    assert circles(found) == [["core.checked", "core.inner", "core.inner.deep", "core.plain", "core.under"]]


def test_migrations_are_one_chain_in_the_order_of_their_names() -> None:
    names = sorted(path.name for path in (FOLDER / "versions").glob("v*.py"))
    texts = [(FOLDER / "versions" / name).read_text() for name in names]
    assert [name[1:5] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]
    for before, name, text in zip([None, *names], names, texts, strict=False):
        earlier = f'"{before[1:5]}"' if before else "None"
        assert f'\nrevision = "{name[1:5]}"\ndown_revision = {earlier}\n' in text


def test_every_table_has_its_migration() -> None:
    """If not: ``python -m tools.new_migration "What it is for"``, see docs/migrations.md."""
    engine = bare_engine("sqlite://")
    with engine.begin() as connection:
        migrate(connection)
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, all_tables()) == []
    engine.dispose()


def test_every_route_page_and_callback_says_who_may() -> None:
    import app as dashboard  # only here: it takes a while

    hint = "say what it needs in core/api/base/permissions.py or components/app_shell/permissions.py"
    every = permissions.routes(permissions.dashboard())
    silent = [(method, path) for method, path, need in every if need is None]
    assert silent == [], hint
    ours = dashboard.app.callback_map.items()
    names = {callback_name(output, entry) for output, entry in ours} - {None}
    assert names - CALLBACKS.keys() == set(), hint
    assert CALLBACKS.keys() - names <= {"_pages_content.update"}, "gone: take it out"
    assert {entry["module"] for entry in page_registry.values()} == PAGES.keys(), hint


def test_the_table_of_permissions_is_what_the_server_looks_at() -> None:
    written = permissions.DOCUMENT.read_text(encoding="utf-8")
    assert written == permissions.document(), "run python -m tools.permissions"
