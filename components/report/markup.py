"""HTML as text, safe by construction: whatever isn't made here is escaped.

A report is one file without Dash, so its elements are written, not rendered. A plain ``str`` is always text;
only ``el`` and ``raw`` make ``Markup``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

#: Elements without content.
VOID = frozenset({"meta", "br", "rect", "line", "path", "circle"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | Markup | None | Iterable[Any]


def el(name: str, /, *children: Child, **attributes: object) -> Markup:
    """Return an element; texts among its children and all attributes are escaped.

    Underscores in names of attributes become hyphens, one at the end is dropped (``class_``); an attribute
    that is None or False is left out, one that is True has no value.
    """
    told = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{told}/>" if name not in {"meta", "br"} else f"<{name}{told}>")
    return Markup(f"<{name}{told}>{joined(children)}</{name}>")


def joined(children: Iterable[Child]) -> Markup:
    """Return children one after the other, escaped unless they are markup."""
    return Markup("".join(_written(child) for child in children))


def raw(text: str) -> Markup:
    """Return text that is HTML already: the product's own styles and scripts, never a user's words."""
    return Markup(text)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numeric: Sequence[int] = (),
    caption: str | None = None,
    lines: Sequence[Markup] = (),
) -> Markup:
    """Return a table; columns whose place is in ``numeric`` align their digits on the right.

    ``lines`` are rows that are elements already; they come after the others.
    """

    def line(cells: Sequence[object], mark: str) -> Markup:
        return el(
            "tr",
            [
                el(
                    mark,
                    cell if isinstance(cell, Markup) else str(cell),
                    class_="num" if place in numeric else None,
                    scope="col" if mark == "th" else None,
                )
                for place, cell in enumerate(cells)
            ],
        )

    return el(
        "div",
        el(
            "table",
            el("caption", caption, class_="hidden") if caption else None,
            el("thead", line(columns, "th")),
            el("tbody", [line(row, "td") for row in rows], lines),
        ),
        class_="scroll",
        # A region that scrolls has to be reached by the keyboard as well.
        tabindex="0",
        role="region",
        aria_label=caption or "Table",
    )


def _written(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return str.__str__(child)
    if isinstance(child, str):
        return escape(child)
    return joined(child)


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value), quote=True)}"'
