"""Compare on the page of two results: which two, whom of their sessions, and its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import control
from components.base.layout import button
from components.compare.charts import SHOWN
from components.results.filters import NAMES
from components.shared.labels import value_name
from components.shared.source_picker import source_options
from core.results.comparison.comparison import Comparison
from core.results.comparison.sides import OWN_CHOICES
from core.results.filters import CHOICES, Filters, write_value
from core.results.sources import Source
from core.results.view import ResultView, largest

PATH = "/compare"

#: Ids of this component. ``SIDE`` and ``ONLY`` are types: the choice of a side's source, and of its sessions
#: ("both" among the sides).
SIDE = "compare-side"
ONLY = "compare-only"
SHOW = "compare-show"
SWAP = "compare-swap"

#: Choices a list offers at most of each kind.
MOST_CHOICES = 12
DEFAULT_SHOW = "share"


def only_id(side: str) -> dict[str, str]:
    """Return the id of the list of what is chosen of a side."""
    return {"type": ONLY, "side": side}


def side_id(side: str) -> dict[str, str]:
    """Return the id of the choice of a side's source."""
    return {"type": SIDE, "side": side}


def address(*, a: str, b: str | None = None, **filters: str) -> str:
    """Return a link to the page."""
    told = {"a": a} | ({"b": b} if b else {}) | filters
    return f"{PATH}?{query_of(told)}"


def query_of(told: Mapping[str, str]) -> str:
    """Return an address's query."""
    return urlencode(told, quote_via=quote, safe=",:()")


def chosen_values(query: Mapping[str, str], side: str) -> list[str]:
    """Return what is chosen in the list of a side, as its options are called."""
    start = "" if side == "both" else f"{side}."
    own = {name.removeprefix(start): value for name, value in query.items() if name.startswith(start)}
    filters = Filters.from_query({name: value for name, value in own.items() if name in OWN_CHOICES})
    return [f"{name}:{write_value(value)}" for name in OWN_CHOICES for value in getattr(filters, name)]


def with_values(query: Mapping[str, str], side: str, values: Sequence[str]) -> dict[str, str]:
    """Return the address's filters with other choices in the list of a side."""
    start = "" if side == "both" else f"{side}."
    told = {name: value for name, value in query.items() if name not in {start + c for c in OWN_CHOICES}}
    for name in OWN_CHOICES:
        own = [value.partition(":")[2] for value in values if value.partition(":")[0] == name]
        if own:
            told[start + name] = ",".join(own)
    return told


def controls(
    compared: Comparison, sources: Sequence[Source], query: Mapping[str, str], show: str
) -> Component:
    """Return the choice of both sides, and of their sessions."""
    a, b = compared.a.source, compared.b.source
    shown = [
        SHOWN_OPTION for SHOWN_OPTION in SHOWN if SHOWN_OPTION == "share" or SHOWN_OPTION in compared.why
    ]
    both = _options((a, b), with_clusters=compared.same_model)
    return html.Div(
        [
            control("First (grey)", _sources("a", a, sources), wide=True),
            control("Second (blue)", _sources("b", b, sources), wide=True),
            control("Sessions of both", _only("both", both, query), wide=True),
            control("Sessions of the first", _only("a", _options((a,)), query), wide=True),
            control("Sessions of the second", _only("b", _options((b,)), query), wide=True),
            control(
                "Show in group charts",
                dbc.Select(
                    id=SHOW,
                    options=[{"label": SHOWN[name], "value": name} for name in shown],
                    value=show if show in shown else DEFAULT_SHOW,
                    size="sm",
                ),
            ),
            html.Div(
                button("Swap", id=SWAP, icon="compare", title="Swap sides"),
                className="d-flex align-items-end",
            ),
        ],
        className="card controls",
        role="group",
        **{"aria-label": "Compare"},
    )


def _sources(side: str, chosen: Source, sources: Sequence[Source]) -> Component:
    return dbc.Select(
        id=side_id(side),
        options=source_options(sources, chosen),
        value=chosen.id,
        size="sm",
    )


def _only(side: str, options: Mapping[str, str], query: Mapping[str, str]) -> Component:
    chosen = chosen_values(query, side)
    # A link may name a value that is not among them; it has to be seen to be removed.
    options = {**options, **{value: value for value in chosen if value not in options}}
    return dcc.Dropdown(
        id=only_id(side),
        options=[{"label": label, "value": value} for value, label in options.items()],
        value=chosen,
        multi=True,
        placeholder="All sessions",
    )


def _options(sources: Sequence[Source], *, with_clusters: bool = True) -> dict[str, str]:
    found: dict[str, str] = {}
    for source in sources:
        view = ResultView(source.path)
        told, clusters = view.told, view.cluster_names
        for name in OWN_CHOICES:
            if CHOICES[name] not in told or (name == "cluster" and not with_clusters):
                continue
            for group in largest(view.groups(Filters(), name), MOST_CHOICES)[0]:
                label = f"{NAMES[name]}: {value_name(name, group.key, clusters)}"
                found.setdefault(f"{name}:{write_value(group.key)}", label)
    return dict(sorted(found.items(), key=lambda item: OWN_CHOICES.index(item[0].partition(":")[0])))
