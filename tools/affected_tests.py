"""Names the unit tests a change concerns: those of what was touched, and of what imports it.

    python -m tools.affected_tests [--seconds N] [--workers N]

Touched is what differs from where the branch left ``main``, committed or not. Nearest first: the tests that
mirror a touched file, then by the number of imports between. A file everything rests on concerns every test;
those that don't fit into the time are counted on stderr and left to ``make test``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from tools.import_graph import Graph, distances, import_graph, modules

ROOT = Path(__file__).resolve().parent.parent
TOPS = ("core", "components", "pages", "app", "client", "tests", "tools", "benchmarks")
#: Seconds each file of tests takes, kept by ``pytest --write-seconds``; and one nobody has timed.
SECONDS_FILE = ROOT / "tests" / "seconds.json"
UNTIMED_SECONDS = 3.0
#: Branches a change is told from, the first there is.
TRUNKS = ("main", "origin/main")
NOT_UNIT_TESTS = ("tests.browser.",)


def main() -> None:
    """Print the chosen files, one a line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=50.0, help="what the chosen tests may take")
    parser.add_argument("--workers", type=int, default=2, help="how many run at once")
    options = parser.parse_args()
    ranked = affected_tests(changed_files(ROOT), ROOT)
    chosen = within(ranked, options.seconds * options.workers, json.loads(SECONDS_FILE.read_text()))
    sys.stdout.writelines(f"{path}\n" for path in chosen)
    if len(chosen) < len(ranked):
        left = len(ranked) - len(chosen)
        sys.stderr.write(f"{left} of {len(ranked)} affected test files are left to make test.\n")


def changed_files(root: Path) -> set[str]:
    """Return the files that differ from where the branch left ``main``, with new ones that aren't ignored."""
    base = next((found for trunk in TRUNKS if (found := _git(root, "merge-base", "HEAD", trunk))), ["HEAD"])
    changed = _git(root, "diff", "--name-only", base[0])
    return {*changed, *_git(root, "ls-files", "--others", "--exclude-standard")}


def affected_tests(changed: Iterable[str], root: Path) -> list[str]:
    """Return the files of unit tests that changed files concern, nearest first.

    Parameters
    ----------
    changed
        Paths below ``root``. What is no Python concerns the tests and modules that name it.
    """
    known = modules(root, TOPS)
    graph = import_graph(known)
    _add_what_no_import_says(graph)
    paths = {name: path.relative_to(root).as_posix() for name, path in known.items()}
    touched, mirrors = set(), set()
    for file in changed:
        path = PurePosixPath(file)
        if path.suffix == ".py":
            touched |= {name for name, place in paths.items() if place == file}
            mirrors.add(f"tests/{path.with_name(f'test_{path.name}')}")
        else:
            touched |= {name for name, place in known.items() if path.name in place.read_text("utf-8")}
    away = distances(graph, touched)
    tests = [name for name in away if _is_unit_test(name)]
    ranked = sorted(tests, key=lambda name: (paths[name] not in mirrors, away[name], name))
    return [paths[name] for name in ranked]


def within(ranked: list[str], seconds: float, taken: Mapping[str, float]) -> list[str]:
    """Return the first files that together take no more than so many seconds, and smaller ones after them."""
    chosen = []
    for path in ranked:
        cost = taken.get(path, UNTIMED_SECONDS)
        if cost <= seconds:
            chosen.append(path)
            seconds -= cost
    return chosen


def _is_unit_test(module: str) -> bool:
    last = module.rpartition(".")[2]
    return module.startswith("tests.") and last.startswith("test_") and not module.startswith(NOT_UNIT_TESTS)


def _add_what_no_import_says(graph: Graph) -> None:
    """Let the application lead to its pages, which Dash finds in their folder; tests to their fixtures."""
    graph.get("app", set()).update(name for name in graph if name.startswith("pages."))
    if "tests.serving" in graph:
        graph["tests.serving"] |= {"app", "core.__main__"}
    for name, targets in graph.items():
        package = name
        while package := package.rpartition(".")[0]:
            if package.startswith("tests") and f"{package}.conftest" in graph:
                targets.add(f"{package}.conftest")
        targets.discard(name)


def _git(root: Path, *arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603, S607
    return done.stdout.splitlines() if done.returncode == 0 else []


if __name__ == "__main__":
    main()
