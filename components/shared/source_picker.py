"""The choice of whose sessions a page shows: a result's, or the model's training data."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.format import date
from core.results.sources import Source


def source_picker(*, id: str, sources: Sequence[Source], source: Source) -> Component:
    """Return the list of sources with ``source`` chosen; it is in it even if it is none of them."""
    options = [{"label": _option(known), "value": known.id} for known in sources]
    if source.id not in {known.id for known in sources}:
        options.append({"label": _option(source), "value": source.id})
    return html.Div(
        [
            html.Label("Sessions of", htmlFor=id, className="small text-body-tertiary text-nowrap"),
            dbc.Select(id=id, options=options, value=source.id, size="sm"),
        ],
        className="clusters-picker hstack gap-2",
    )


def _option(source: Source) -> str:
    return f"{source.name} · {date(source.made)}" if source.made else source.name
