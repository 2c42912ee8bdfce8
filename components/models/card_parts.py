"""What a model card is made of, whoever shows it: charts, tables, facts and what is missing.

The page and the file one can download are written from the same parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go
from dash.development.base_component import Component

from components.base.format import number
from components.base.graph import graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A figure with its title, how many ``unit`` it is made of, and the same as a table."""

    key: str
    title: str
    figure: go.Figure
    subtitle: str | None = None
    n: int | None = None
    unit: str = "sessions the model had not seen"
    note: str | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    height: int = 300

    @property
    def said(self) -> str:
        """What stands below the chart: its size of sample and a note."""
        n = f"n = {number(self.n)} {self.unit}" if self.n else None
        return ". ".join(filter(None, (n, self.note)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text; columns whose place is in ``numeric`` are numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    subtitle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and what they are."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What this model can't show, and why."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One main figure in words."""

    label: str
    value: str
    note: str
    help: str


Part = Chart | Table | Facts | Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A section of the card."""

    key: str
    title: str
    subtitle: str | None = None
    parts: Sequence[Part] = field(default=())


def chart_card(*, part: Chart) -> Component:
    """Return a chart of the card as it stands in a page, with its table."""
    return graph(
        id=part.key,
        figure=part.figure,
        title=part.title,
        subtitle=part.subtitle,
        n=part.n,
        unit=part.unit,
        note=part.note,
        height=part.height,
        table={"columns": list(part.columns), "rows": [list(row) for row in part.rows]},
    )
