"""Which module imports which, read from the source with nothing but :mod:`ast`.

Every import counts: those inside functions and under ``TYPE_CHECKING`` as well. Nothing is executed, so what
stands here holds whatever a module does when it is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

#: Modules by name; what each imports, by name.
Graph = dict[str, set[str]]


def modules(root: Path, tops: tuple[str, ...]) -> dict[str, Path]:
    """Return every module below ``root`` in the packages (or single files) named, by its dotted name."""
    found = {}
    for top in tops:
        single = root / f"{top}.py"
        for path in [single] if single.is_file() else sorted((root / top).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def import_graph(known: Mapping[str, Path]) -> Graph:
    """Return which of these modules each of them imports.

    ``from package import name`` leads to the module ``package.name`` where there is one, otherwise to the
    package itself.
    """
    return {
        name: {target for target in _imported(name, path, known) if target != name}
        for name, path in known.items()
    }


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of two or more that can all reach each other (strongly connected; Kosaraju 1978)."""
    turned: Graph = {name: set() for name in graph}
    for name, targets in graph.items():
        for target in targets:
            turned[target].add(name)
    order: list[str] = []
    seen: set[str] = set()
    for name in sorted(graph):
        order += _finished(name, graph, seen)
    seen.clear()
    groups = [_finished(name, turned, seen) for name in reversed(order)]
    return sorted(sorted(group) for group in groups if len(group) > 1)


def distances(graph: Mapping[str, set[str]], changed: set[str]) -> dict[str, int]:
    """Return how many imports each module is away from the nearest changed one, which is at 0.

    Modules that import none of them, at whatever remove, are left out.
    """
    importers: Graph = {}
    for name, targets in graph.items():
        for target in targets:
            importers.setdefault(target, set()).add(name)
    reached, front, away = dict.fromkeys(changed, 0), set(changed), 0
    while front:
        away += 1
        front = {importer for name in front for importer in importers.get(name, ())} - reached.keys()
        reached |= dict.fromkeys(front, away)
    return reached


def _imported(module: str, path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in _statements(_parse(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _longest(alias.name, known)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                base = ".".join([*parts[: len(parts) - node.level + 1], *([base] if base else [])])
            for alias in node.names:
                yield from _longest(f"{base}.{alias.name}", known)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield every statement, however deep; expressions, which hold no imports, are passed over."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for block in ("body", "orelse", "handlers", "finalbody", "cases"):
            inner = getattr(node, block, ())
            waiting += inner if isinstance(inner, list) else ()


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _longest(name: str, known: Mapping[str, Path]) -> Iterator[str]:
    """Yield the module of ours a dotted name leads to, if any."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    if name:
        yield name


def _finished(start: str, graph: Mapping[str, set[str]], seen: set[str]) -> list[str]:
    """Return what can be reached from ``start`` and wasn't seen, each after what it leads to."""
    if start in seen:
        return []
    seen.add(start)
    done, trail = [], [(start, iter(sorted(graph[start])))]
    while trail:
        name, targets = trail[-1]
        target = next((one for one in targets if one not in seen), None)
        if target is None:
            trail.pop()
            done.append(name)
        else:
            seen.add(target)
            trail.append((target, iter(sorted(graph[target]))))
    return done
