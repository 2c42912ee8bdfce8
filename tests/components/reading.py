"""Reads a tree of components as a browser would."""

from __future__ import annotations

from collections.abc import Iterator

from dash.development.base_component import Component


def walk(tree: object) -> Iterator[Component]:
    """Yield every component of a tree, outermost first."""
    if isinstance(tree, Component):
        yield tree
        yield from walk(getattr(tree, "children", None))
    elif isinstance(tree, (list, tuple)):
        for part in tree:
            yield from walk(part)


def text(tree: object) -> str:
    """Return all words of a tree but those that are hidden until asked for."""
    if tree is None or getattr(tree, "hidden", None) is True:
        return ""
    if isinstance(tree, Component):
        return text(getattr(tree, "children", None))
    if isinstance(tree, (list, tuple)):
        return " ".join(filter(None, (text(part) for part in tree)))
    return str(tree)


def of_class(tree: object, name: str) -> list[Component]:
    """Return the components with a CSS class."""
    return [part for part in walk(tree) if name in str(getattr(part, "className", "") or "").split()]


def of_type(tree: object, kind: type[Component]) -> list[Component]:
    """Return the components of a type."""
    return [part for part in walk(tree) if isinstance(part, kind)]
