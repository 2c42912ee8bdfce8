"""One cluster in depth: its sentence, its facts, what sets it apart, its typical sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import duration, estimate, money, money_in_range, number, percent
from components.base.graph import graph
from components.base.layout import button, facts, section, simple_table
from components.clusters.difference_bars import difference_bars
from components.figures import clusters as figures
from components.shared.session_link import session_link
from core.base.identity import may
from core.results.clusters.profiles import ClusterOutcome, ClusterView, Outcomes, ProfileCell
from core.results.sources import Source
from core.schema.sessions import FIELD
from core.security.shown_ids import shown_id

#: Ids of this component.
DETAIL = "clusters-detail"
DIFFERENCES = "clusters-differences"
ALL_CLUSTERS = "clusters-all"

#: How more and less of a feature are called, by its kind.
COMPARED = {"count": ("More", "Fewer"), "seconds": ("More", "Less"), "amount": ("Higher", "Lower")}

#: How a typical session's columns are headed and written: name, heading, is it a number.
TYPICAL: tuple[tuple[str, str, bool], ...] = (
    ("n_events", "Events", True),
    ("product_views", "Products", True),
    ("cart_adds", "In the cart", True),
    ("checkouts", "Checkout", True),
    ("duration_seconds", "Time", True),
    ("price_mean", "Avg. price", True),
    ("cart_value", "Cart value", True),
    ("dominant_category", "Category", False),
    ("purchase_probability", "Probability", True),
    ("revenue_if_purchase", "If it buys", True),
    ("purchased", "Bought", False),
    ("revenue", "Paid", True),
)


HINT = html.Div(
    "Choose a cluster on the map or in the list to see what sets it apart and its typical sessions; "
    "or draw around dots to see what those sessions have in common.",
    className="clusters-hint empty-state p-3 small text-body-tertiary",
)


def detail(
    *, source: Source, view: ClusterView, sentences: Mapping[int, str], selected: int | None
) -> Component:
    """Return one cluster in depth; without one, what to do to see it."""
    outcomes = view.outcomes()
    outcome = next((cluster for cluster in outcomes.clusters if cluster.cluster_id == selected), None)
    if outcome is None:
        return HINT
    cells, currency = view.profile(), source.currency
    typical = view.typical(outcome.cluster_id)
    return section(
        html.Div(
            [
                html.Div(
                    [
                        html.P(sentences.get(outcome.cluster_id, ""), className="clusters-sentence mb-0"),
                        _facts(outcome, outcomes, currency),
                        differences_in_words(cells, outcome.cluster_id, currency),
                    ],
                    className="card clusters-about vstack gap-3 p-3",
                ),
                graph(
                    id=DIFFERENCES,
                    figure=difference_bars(cells=cells, cluster_id=outcome.cluster_id, currency=currency),
                    title="What sets it apart",
                    subtitle="Its average compared with that of all sessions",
                    table=difference_table(cells, outcome.cluster_id, currency),
                    height=310,
                    n=outcome.n,
                ),
            ],
            className="clusters-detail columns columns-wide",
        ),
        typical_table(
            source,
            typical,
            title="Typical sessions",
            text=[f"The {len(typical)} sessions closest to the cluster's centre, closest first."],
        ),
        title=html.Span(
            [
                cluster_dot(outcome.cluster_id),
                outcome.name,
            ],
            className="clusters-name d-inline-flex gap-2 align-items-center",
        ),
        actions=button("Show all clusters", id=ALL_CLUSTERS, kind="quiet"),
    )


def dot(cluster_id: int) -> dict[str, str]:
    """Return the style of the mark in a cluster's colour."""
    return {"backgroundColor": figures.colour(cluster_id)}


def cluster_dot(cluster_id: int) -> Component:
    """Return the mark of a cluster."""
    return html.Span(className="dot", style=dot(cluster_id))


def _facts(outcome: ClusterOutcome, outcomes: Outcomes, currency: str | None) -> Component:
    against = f"all sessions {percent(outcomes.conversion)}"
    if outcome.low is not None:
        against = f"95% interval {percent(outcome.low)} to {percent(outcome.high)}; {against}"
    bought = "Bought" if outcomes.conversion_observed else "Likely buyers"
    earned = "Revenue" if outcomes.revenue_observed else "Expected revenue"
    entries = [("Sessions", number(outcome.n), f"{percent(outcome.share)} of all")]
    if outcomes.conversion is not None:
        entries.append((bought, percent(outcome.conversion), against))
    if outcome.revenue is not None:
        per_session = f"{money(outcome.revenue_per_session, currency)} a session"
        entries.append((earned, estimate(outcome.revenue, currency), per_session))
    return facts(*entries, class_name="facts-large clusters-facts")


def differences_in_words(cells: Sequence[ProfileCell], cluster_id: int, currency: str | None) -> Component:
    """Return the three strongest differences from all sessions as sentences."""
    lines = [
        html.Li(
            [
                html.Strong(_compared(cell)),
                f": {figures.raw(cell.feature, cell.mean, currency)} on average, against "
                f"{figures.raw(cell.feature, cell.overall_mean, currency)}",
            ]
        )
        for cell in figures.strongest(cells, cluster_id, 3)
    ]
    return html.Ul(lines, className="vstack gap-1 small")


def _compared(cell: ProfileCell) -> str:
    """Return a feature with which way it differs: "Fewer clicks", "Higher cart value"."""
    more, less = COMPARED.get(FIELD[cell.feature].kind, ("More:", "Less:"))
    return f"{more if (cell.difference or 0) > 0 else less} {FIELD[cell.feature].label.lower()}"


def typical_table(
    source: Source, rows: Sequence[Mapping[str, Any]], *, title: str, text: Sequence[Component | str]
) -> Component:
    """Return sessions as a table, each with the ways to look at it closely."""
    columns = [column for column in TYPICAL if any(row.get(column[0]) is not None for row in rows)]
    cells = [
        [
            _session(source, row["session_id"]),
            *(_cell(name, row, source.currency) for name, _, _ in columns),
            _open(source, row["session_id"]),
        ]
        for row in rows
    ]
    heads = ["Session", *(heading for _, heading, _ in columns), ""]
    numeric = [position for position, (_, _, is_number) in enumerate(columns, start=1) if is_number]
    return html.Div(
        [
            html.H3(title, className="px-3"),
            html.P(list(text), className="px-3 smaller text-body-tertiary"),
            simple_table(heads, cells, numeric=numeric, caption=title, stack=True),
        ],
        className="card clusters-typical pt-3 overflow-hidden",
    )


def _open(source: Source, session_id: str) -> Component | str:
    """Return the link that opens a session in the form, for whoever may see its id."""
    if not may("ids.read"):
        return ""
    return dcc.Link(
        "Open in what-if",
        href=_whatif(source, session_id),
        title=f"Open session {session_id} in the what-if form",
        className="fw-medium",
    )


def _session(source: Source, session_id: str) -> Component:
    """Return a session's id; of a result, as a link to the session's own page."""
    if source.is_training:
        return html.Span(shown_id(session_id), className="clusters-session d-inline-block text-truncate")
    query = urlencode({"session": session_id}, quote_via=quote)
    return session_link(
        session_id,
        href=f"/results/{quote(source.id)}/session?{query}",
        title=f"What session {session_id} did, and what drove its score",
        className="clusters-session d-inline-block text-truncate",
    )


def _whatif(source: Source, session_id: str) -> str:
    query = urlencode({"result": source.id, "session": session_id}, quote_via=quote)
    return f"/what-if?{query}"


def _cell(name: str, row: Mapping[str, Any], currency: str | None) -> str:
    value = row.get(name)
    if value is None:
        return "–"
    if name == "purchased":
        return "Yes" if value else "No"
    if name == "purchase_probability":
        return percent(value)
    if name == "revenue_if_purchase":
        return money_in_range(value, row.get("revenue_low"), row.get("revenue_high"), currency)
    kind = FIELD[name].kind
    if kind == "amount":
        return money(value, currency)
    if kind == "seconds":
        return duration(value)
    return number(value) if kind == "count" else str(value)


def difference_table(
    cells: Sequence[ProfileCell], cluster_id: int, currency: str | None, name: str = "This cluster"
) -> dict[str, Any]:
    """Return the strongest differences from all sessions in figures."""
    return {
        "columns": ["", name, "All sessions", "Standard deviations"],
        "rows": [
            [
                FIELD[cell.feature].label,
                figures.raw(cell.feature, cell.mean, currency),
                figures.raw(cell.feature, cell.overall_mean, currency),
                f"{cell.difference:+.2f}",
            ]
            for cell in figures.strongest(cells, cluster_id, 8)
        ],
    }
