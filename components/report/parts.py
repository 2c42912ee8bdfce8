"""What the sections of a report are built of: headings, figures in words, charts with their tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from components.base.format import number
from components.report.markup import Child, Markup, el, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One figure: what it is, how much, and within which range or against what."""

    label: str
    value: str
    note: str = ""


def section(key: str, title: str, lead: str | None, *children: Child, new_page: bool = False) -> Markup:
    """Return a section; on paper it begins a page of its own if that is wanted."""
    return el(
        "section",
        el("h2", title),
        el("p", lead, class_="lead") if lead else None,
        children,
        id=key,
        class_="new-page" if new_page else None,
    )


def kpis(figures: Iterable[Told]) -> Markup:
    """Return figures side by side."""
    return el(
        "dl",
        [
            el(
                "div",
                el("dt", figure.label),
                el("dd", figure.value, class_="value"),
                el("dd", figure.note, class_="quiet") if figure.note else None,
            )
            for figure in figures
        ],
        class_="kpis",
    )


def chart(
    title: str,
    drawing: Markup,
    *,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    n: int | None,
    unit: str = "sessions",
    subtitle: str | None = None,
    note: str | None = None,
) -> Markup:
    """Return a drawing in a box, with its size of sample, and the same in figures behind a line."""
    said = [text for text in (None if n is None else f"n = {number(n)} {unit}", note) if text]
    name = ". ".join(filter(None, (title, subtitle)))
    return el(
        "figure",
        el("h3", title),
        el("p", subtitle, class_="quiet") if subtitle else None,
        el("div", drawing, class_="drawing", role="img", aria_label=name),
        el("p", ". ".join(said), class_="note") if said else None,
        el(
            "details",
            el("summary", "In figures", el("span", f": {title}", class_="hidden")),
            table(columns, rows, numeric=range(1, len(columns)), caption=title),
        ),
        class_="box",
    )


def box(title: str | None, *children: Child, subtitle: str | None = None) -> Markup:
    """Return what belongs together in a box."""
    return el(
        "div",
        el("h3", title) if title else None,
        el("p", subtitle, class_="quiet") if subtitle else None,
        children,
        class_="box",
    )


def swatch(shade: str) -> Markup:
    """Return a small square of a colour."""
    return el(
        "svg",
        el("rect", width="10", height="10", rx="2", class_=shade),
        width="10",
        height="10",
        class_="swatch",
        aria_hidden="true",
    )


def bullets(texts: Iterable[str], kind: str = "list") -> Markup:
    """Return sentences one below the other."""
    return el("ul", [el("li", text) for text in texts], class_=kind)
