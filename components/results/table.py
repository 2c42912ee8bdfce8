"""The results page's table: every session, paged, filtered and sorted on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import dash_ag_grid as dag
from dash import dcc
from dash.development.base_component import Component

from components.base.ag_grid import grid_options
from components.base.control import control
from components.base.format import NOTHING, SIGNS, SMALL_AMOUNT, separators, to_the_second
from components.shared.labels import column_name
from components.shared.session_link import session_address
from core.base.identity import may
from core.base.written import SMALL_ESTIMATE
from core.results.columns import Kind, kind_of
from core.results.filters import Filters
from core.results.footer import ExtraColumn
from core.results.table.ag_grid import filter_model
from core.results.view import ResultView
from core.schema.own_columns import meaning_of
from core.schema.sessions import FIELD
from core.security.shown_ids import shown_id

#: Id of this component.
GRID = "results-grid"
#: Holds nothing: where the script stands that frees the ids on a phone.
PINNED = "results-pinned"
#: Which columns are shown beside the first two, and a place for the script that shows them.
CHOSEN = "results-columns"
APPLIED = "results-columns-applied"

PAGE_ROWS = 50
HEIGHT = 560

#: Always there, and kept in view while the others scroll.
FIRST = ("purchase_probability", "session_id")
#: Shown until somebody chooses others: what is predicted, and what happened.
SHOWN = (
    "predicted_purchase",
    "expected_revenue",
    "cluster_name",
    "purchased",
    "revenue",
    "revenue_if_purchase",
    "started_at",
)
#: The columns in order; those the export doesn't tell are left out.
COLUMNS = (
    *FIRST,
    *SHOWN,
    "predicted_revenue",
    "n_events",
    "clicks",
    "page_views",
    "product_views",
    "searches",
    "cart_adds",
    "cart_removes",
    "checkouts",
    "duration_seconds",
    "mean_gap_seconds",
    "unique_products",
    "unique_categories",
    "price_mean",
    "price_max",
    "cart_value",
    "dominant_category",
    "dominant_colour_group",
    "country_group",
    "country",
    "device",
    "channel",
    "hour",
    "is_weekday",
    "is_returning",
    "visitor_id",
)
AMOUNTS = frozenset({"revenue_if_purchase", "predicted_revenue", "expected_revenue"})
#: Written behind what a session pays if it buys, not in columns of their own.
RANGE = ("revenue_low", "revenue_high")
#: In pixels; other columns are as wide as their heads need.
WIDTHS = {
    "session_id": 170,
    "started_at": 220,
    "purchase_probability": 165,
    "predicted_purchase": 135,
    "expected_revenue": 200,
    "revenue_if_purchase": 215,
    "cluster_name": 160,
    "purchased": 130,
    "revenue": 150,
}
#: Said where the mouse rests on a column's head; the session row's own columns say it themselves.
TIPS = {
    "revenue_if_purchase": "What the session spends if it buys; in brackets, what 8 in 10 such buyers spend."
}

_FILTERS = {
    "number": ("agNumberColumnFilter", ["equals", "notEqual", "greaterThan", "greaterThanOrEqual", "lessThan",
                                        "lessThanOrEqual", "inRange", "blank", "notBlank"]),
    "text": ("agTextColumnFilter", ["contains", "notContains", "equals", "notEqual", "startsWith", "endsWith",
                                    "blank", "notBlank"]),
    "flag": ("agTextColumnFilter", ["equals"]),
    "time": ("agDateColumnFilter", ["equals", "greaterThan", "greaterThanOrEqual", "lessThan",
                                    "lessThanOrEqual", "inRange"]),
}  # fmt: skip


#: Columns that nobody gets who may see no ids.
PERSONAL = frozenset({"visitor_id"})


def session_grid(*, view: ResultView, filters: Filters, currency: str | None) -> Component:
    """Return the table; its rows come when it asks for them."""
    return dag.AgGrid(
        id=GRID,
        rowModelType="infinite",
        columnDefs=column_defs(told=view.told, own=view.own, filters=filters, currency=currency),
        defaultColDef={
            "resizable": True,
            "sortable": True,
            "minWidth": 90,
        },
        filterModel=filter_model(filters.columns),
        getRowId="params.data.session_id",
        dashGridOptions=grid_options(
            pagination=True,
            paginationPageSize=PAGE_ROWS,
            paginationPageSizeSelector=False,
            cacheBlockSize=PAGE_ROWS,
            maxBlocksInCache=4,
            # The component keeps one question at a time: with two, an answer would go to the wrong one.
            maxConcurrentDatasourceRequests=1,
            multiSortKey="ctrl",
        ),
        className="ag-theme-quartz results-grid",
        style={"height": HEIGHT},
    )


def column_defs(
    *, told: frozenset[str], filters: Filters, currency: str | None, own: Sequence[ExtraColumn] = ()
) -> list[dict[str, Any]]:
    """Return the columns, sorted as the filters say; the export's own ones come last.

    Those nobody asked for are hidden: ``SHOWN``, and what is sorted or filtered by, are not.
    """
    order = {sort.name: (place, sort) for place, sort in enumerate(filters.sort)}
    definitions = []
    for name in COLUMNS:
        if name not in told:
            continue
        definition = _column(name, currency, within=told.issuperset(RANGE))
        if name not in (*FIRST, *shown_columns(told=told, filters=filters)):
            definition |= {"hide": True}
        if name in order:
            place, sort = order[name]
            definition |= {"sort": "desc" if sort.descending else "asc", "sortIndex": place}
        definitions.append(definition)
    ids = next(place for place, column in enumerate(definitions) if column["field"] == "session_id")
    if not may("ids.read"):
        # A hash stands for the session; what the export calls its own may hold ids as well.
        definitions[ids] = {
            "field": "session_id",
            "headerName": definitions[ids]["headerName"],
            "sortable": False,
        }
        return [column for column in definitions if column["field"] not in PERSONAL]
    return [*definitions, _open_column(), *(_own_column(column) for column in own)]


def shown_columns(*, told: frozenset[str], filters: Filters) -> list[str]:
    """Return the columns shown beside the first two: the usual ones, and what is sorted or filtered by."""
    asked = {sort.name for sort in filters.sort} | {column.name for column in filters.columns}
    return [
        name for name in COLUMNS if name in told and name not in FIRST and (name in SHOWN or name in asked)
    ]


def column_chooser(
    *, told: frozenset[str], filters: Filters, currency: str | None, own: Sequence[ExtraColumn] = ()
) -> Component:
    """Return the menu of columns; what is chosen there is remembered by the browser."""
    columns = column_defs(told=told, filters=filters, currency=currency, own=own)
    return control(
        "Columns",
        dcc.Dropdown(
            id=CHOSEN,
            options=[
                {"label": column["headerName"], "value": column["field"]}
                for column in columns
                if column["field"] not in FIRST
            ],
            value=shown_columns(told=told, filters=filters),
            multi=True,
            clearable=False,
            maxHeight=400,
            placeholder="None but the first two",
            persistence=True,
            persistence_type="local",
            className="results-columns small",
        ),
        inline=True,
    )


def grid_rows(
    *,
    rows: Sequence[Mapping[str, Any]],
    result_id: str,
    told: frozenset[str],
    own: Sequence[ExtraColumn] = (),
) -> list[dict[str, Any]]:
    """Return rows as the grid shows them: only its columns, times as text, and each one's links."""
    shown = [name for name in (*COLUMNS, *RANGE) if name in told]
    if not may("ids.read"):
        bare = [name for name in shown if name not in PERSONAL]
        return [
            {**{name: _cell(name, row[name]) for name in bare}, "session_id": shown_id(row["session_id"])}
            for row in rows
        ]
    return [
        {
            **{name: _cell(name, row[name]) for name in shown},
            "session_id": row["session_id"],
            **{column.key: _shown(column.kind, row[column.key]) for column in own},
            "open": whatif_link(result_id, row["session_id"]),
            "page": session_address(result_id, row["session_id"]),
        }
        for row in rows
    ]


def whatif_link(result_id: str, session_id: str | None) -> str:
    """Return the address that opens a session in the what-if form."""
    return "/what-if?" + urlencode(
        {"result": result_id, "session": session_id or ""}, quote_via=quote, safe=""
    )


def _column(name: str, currency: str | None, *, within: bool) -> dict[str, Any]:
    kind = kind_of(name)
    filter_name, options = _FILTERS[kind]
    definition: dict[str, Any] = {
        "field": name,
        "headerName": _header(name, currency),
        "width": WIDTHS.get(name, max(110, 72 + 7 * len(_header(name, currency)))),
        "filter": filter_name,
        "filterParams": {
            "filterOptions": options,
            "maxNumConditions": 1,
            "buttons": ["reset", "apply"],
            "closeOnApply": True,
            **({"filterPlaceholder": "yes or no"} if kind == "flag" else {}),
        },
    }
    if name in FIELD or name in TIPS:
        definition["headerTooltip"] = TIPS.get(name) or FIELD[name].help
    if kind == "number":
        # Of figures, the largest are looked for first.
        definition |= {"sortingOrder": ["desc", "asc", None], "type": "rightAligned"}
        definition |= {"valueFormatter": {"function": _written(name, currency, within)}}
    if name == "purchase_probability":
        definition |= {"pinned": "left", "cellRenderer": "PredictorProbability"}
    if name == "session_id":
        # Leads to the session's own page: what is predicted of it, and why.
        definition |= {"pinned": "left", "cellClass": "results-id", "cellRenderer": "PredictorSession"}
    return definition


def _own_column(column: ExtraColumn) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "field": column.key,
        "headerName": column.name,
        "headerTooltip": meaning_of(column.name) or "A column from your export.",
        "hide": True,
        "width": max(110, 72 + 7 * len(column.name)),
        "sortable": False,
        "filter": False,
        "suppressHeaderMenuButton": True,
    }
    if column.kind == "number":
        written = _as_set("d3.format(',.6~g')(params.value)")
        text = f"params.value == null ? '{NOTHING}' : {written}"
        definition |= {"type": "rightAligned", "valueFormatter": {"function": text}}
    return definition


def _open_column() -> dict[str, Any]:
    return {
        "field": "open",
        "headerName": "What-if",
        "hide": True,
        "width": 150,
        "sortable": False,
        "filter": False,
        "suppressHeaderMenuButton": True,
        "cellRenderer": "PredictorLink",
        "cellRendererParams": {"text": "Open in what-if"},
    }


def _header(name: str, currency: str | None) -> str:
    unit = None
    if _is_amount(name):
        unit = currency
    elif name in FIELD and FIELD[name].kind == "seconds":
        unit = "s"
    return f"{column_name(name)}, {unit}" if unit else column_name(name)


def _written(name: str, currency: str | None, within: bool) -> str:
    """Return what formats a number, in the few words the grid understands without running code."""
    if within and name == "revenue_if_purchase":
        text = _with_range(SIGNS.get(currency or "", ""))
    elif name == "purchase_probability":
        text = "PredictorShare(params.value)"
    elif name in AMOUNTS:
        text = f"'{SIGNS.get(currency or '', '')}' + {_estimate('params.value')}"
    elif _is_amount(name):
        text = f"'{SIGNS.get(currency or '', '')}' + d3.format(',.2f')(params.value)"
    elif FIELD[name].kind == "seconds":
        text = "d3.format(',.0f')(params.value)"
    else:
        text = "d3.format(',')(params.value)"
    return f"params.value == null ? '{NOTHING}' : {_as_set(text)}"


def _as_set(text: str) -> str:
    """Return what writes a number with the separators that are set."""
    return text if separators() == ".," else f"PredictorSeparated({text}, '{separators()}')"


def _estimate(value: str) -> str:
    """Return what writes a predicted amount: in whole units unless small."""
    return f"d3.format({value} < {SMALL_ESTIMATE} ? ',.2f' : ',.0f')({value})"


def _with_range(sign: str) -> str:
    """Return what writes an amount and its range: "€62 (31–118)"."""
    low, high = (f"params.data.{name}" for name in RANGE)
    pattern = f"{high} < {SMALL_AMOUNT} ? ',.2f' : ',.0f'"
    amount, least, most = (f"d3.format({pattern})({value})" for value in ("params.value", low, high))
    return f"'{sign}' + {amount} + ' (' + {least} + '–' + {most} + ')'"


def _is_amount(name: str) -> bool:
    return name in AMOUNTS or (name in FIELD and FIELD[name].kind == "amount")


def _cell(name: str, value: Any) -> Any:  # noqa: ANN401 (any column's value)
    return _shown(kind_of(name), value)


def _shown(kind: Kind, value: Any) -> Any:  # noqa: ANN401
    if kind == "flag":
        return NOTHING if value is None else "Yes" if value else "No"
    if isinstance(value, datetime):
        return to_the_second(value)
    if value is None and kind != "number":
        return NOTHING
    return value
