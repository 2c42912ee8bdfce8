"""Past sessions like the one in the form: what they did, and whether they bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import duration, money, money_in_range, number
from core.base.identity import may

#: How many of the similar sessions the table shows.
SHOWN_NEIGHBOURS = 6


def similar_sessions(
    *, neighbours: Sequence[Mapping[str, Any]], currency: str | None, href: str | None
) -> Component:
    """Return the card of the sessions most like the one in the form; an id after ``href`` opens one."""
    rows = neighbours[:SHOWN_NEIGHBOURS]
    parts: list[Component] = [
        html.H2("Sessions like this one", className="small fw-medium text-body-tertiary"),
        html.Div(similar_sentence(neighbours), className="small"),
    ]
    if rows:
        table = _table(rows, currency, href)
        parts.append(html.Div(table, className="table-responsive"))
    if len(neighbours) > len(rows):
        parts.append(html.Div(f"Showing the {len(rows)} closest.", className="smaller text-body-tertiary"))
    return dbc.Card(parts, body=True, className="flex-shrink-0")


def _table(rows: Sequence[Mapping[str, Any]], currency: str | None, href: str | None) -> Component:
    heads = [("What it did", ""), ("Time", ""), ("If it buys", "num"), ("Bought", ""), ("Paid", "num")]
    # Without outcomes to learn from there is nothing to say of purchases: three columns of dashes.
    outcomes = any(row.get(name) is not None for row in rows for name in ("purchased", "revenue_if_purchase"))
    shown = len(heads) if outcomes else 2
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(head, scope="col", className=kind) for head, kind in heads[:shown]])),
            html.Tbody([_similar_row(row, currency, href, shown) for row in rows]),
        ],
        className="table table-sm whatif-similar mt-2",
    )


def _similar_row(row: Mapping[str, Any], currency: str | None, href: str | None, shown: int) -> Component:
    bought, session = row.get("purchased"), row.get("session_id")
    what: Component | str = did(row)
    if href and session and may("ids.read"):
        address = f"{href}{quote(str(session), safe='')}"
        what = dcc.Link(what, href=address, title="Open this session in the form")
    return html.Tr(
        [
            html.Td(what),
            html.Td(duration(row.get("duration_seconds")), className="text-nowrap"),
            html.Td(_if_it_buys(row, currency), className="num"),
            html.Td("missing" if bought is None else "Yes" if bought else "No"),
            html.Td(money(row.get("revenue") if bought else None, currency), className="num"),
        ][:shown],
        className="whatif-bought" if bought else None,
    )


def _if_it_buys(row: Mapping[str, Any], currency: str | None) -> str:
    return money_in_range(
        row.get("revenue_if_purchase"), row.get("revenue_low"), row.get("revenue_high"), currency
    )


def did(row: Mapping[str, Any]) -> str:
    """Say what a session did, in a few words: "12 events, 5 products, 1 in the cart, checkout, shoes"."""
    said = []
    for name, one, many in (
        ("n_events", "event", "events"),
        ("product_views", "product", "products"),
        ("cart_adds", "in the cart", "in the cart"),
    ):
        count = row.get(name)
        if count:
            said.append(f"{number(count)} {one if count == 1 else many}")
    if row.get("checkouts"):
        said.append("checkout")
    category = row.get("dominant_category")
    return ", ".join(said + ([str(category)] if category else [])) or "nothing recorded"


def similar_sentence(neighbours: Sequence[Mapping[str, Any]]) -> str:
    """Say how many of the similar sessions bought, where that is known."""
    known = [row for row in neighbours if row.get("purchased") is not None]
    if not neighbours:
        return "The model keeps no past sessions to compare with."
    if not known:
        return f"The {len(neighbours)} most similar past sessions; whether they bought isn't known."
    bought = sum(bool(row["purchased"]) for row in known)
    return f"Of the {len(known)} most similar past sessions, {bought or 'none'} bought."
