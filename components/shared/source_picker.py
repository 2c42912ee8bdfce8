"""The choice of whose sessions a page shows: a result's, or the model's training data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.format import date, date_time
from core.results.sources import Source


def source_picker(*, id: str, sources: Sequence[Source], source: Source) -> Component:
    """Return the list of sources with ``source`` chosen; it is in it even if it is none of them."""
    return html.Div(
        [
            html.Label("Sessions of", htmlFor=id, className="small text-body-tertiary text-nowrap"),
            dbc.Select(id=id, options=source_options(sources, source), value=source.id, size="sm"),
        ],
        className="clusters-picker hstack gap-2",
    )


def source_options(sources: Sequence[Source], shown: Source | None = None) -> list[dict[str, str]]:
    """Return the sources to choose from, the one that is shown among them.

    Those of one name and day are told apart by their time, and the older result of an export is marked.
    """
    offered = list(sources)
    if shown is not None and all(source.id != shown.id for source in sources):
        offered.insert(0, shown)
    names = [_name(source, date) for source in offered]
    labels = [
        _name(source, date_time) if names.count(name) > 1 else name
        for source, name in zip(offered, names, strict=True)
    ]
    return [
        {"label": f"{label} · older" if source.is_older else label, "value": source.id}
        for source, label in zip(offered, labels, strict=True)
    ]


def _name(source: Source, written: Callable[[datetime], str]) -> str:
    return f"{source.name} · {written(source.made)}" if source.made else source.name
