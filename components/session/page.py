"""The page of one session: what is predicted, why, what it did, and how it ended."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import estimate, money, money_range, percent
from components.base.layout import (
    button,
    card,
    error_panel,
    kpi,
    kpi_row,
    method,
    page,
    section,
    synthetic_badge,
)
from components.session.events import events_card, facts_card
from components.shared.clusters_only import clusters_only_notice
from components.shared.model_links import model_link
from components.shared.reasons import FROM, METHOD, level_words, reasons_card, waterfall
from components.shared.result_tabs import tab_address
from components.shared.trust import warning
from core.services.session_view import OneSession, Why
from core.whatif.verdict import about

#: Ids of this component's charts, by what they explain.
WATERFALL = {"purchase": "session-purchase", "revenue": "session-revenue"}

TITLES = {"purchase": "Why this probability", "revenue": "Why this revenue if it buys"}


def session_page(*, session: OneSession) -> Component:
    """Return the page."""
    source, row = session.source, session.row
    return page(
        *_problems(session),
        _figures(session),
        _reasons(session),
        html.Div(
            [
                facts_card(row=row, currency=source.currency),
                events_card(
                    events=session.events,
                    has_events=session.has_events,
                    training=source.is_training,
                    currency=source.currency,
                ),
            ],
            className="cards-lg align-items-start",
        ),
        title=f"Session {row['session_id']}",
        subtitle=_subtitle(session),
        actions=[
            button("Back to the sessions", href=home_of(session), icon="arrow-left"),
            *_whatif(session),
        ],
    )


def home_of(session: OneSession) -> str:
    """Return where the session's result is, or the training data it is from."""
    source = session.source
    return f"/clusters?source={source.id}" if source.is_training else f"/results/{quote(source.id)}"


def _subtitle(session: OneSession) -> Component:
    source = session.source
    name = "the model's test sessions" if source.is_training else f"“{source.name}”"
    words = [
        "One of ",
        dcc.Link(name, href=home_of(session)),
        ", scored with ",
        model_link(source.bundle),
        ".",
    ]
    return html.Div(
        [html.Span(words), *([synthetic_badge()] if source.synthetic else [])],
        className="hstack flex-wrap gap-2",
    )


def _whatif(session: OneSession) -> list[Component]:
    if session.problem is not None:
        return []
    query = urlencode(
        {"result": session.source.id, "session": session.row["session_id"]}, quote_via=quote, safe=""
    )
    return [
        button(
            "What if…",
            href=f"/what-if?{query}",
            kind="primary",
            icon="what-if",
            title="Change what this session did and watch the prediction move",
        ),
        *(
            [
                button(
                    "Step by step",
                    href=f"/what-if/journey?{query}",
                    icon="journeys",
                    title="Watch the prediction after each of its events, and change them",
                )
            ]
            if session.events
            else []
        ),
    ]


def _problems(session: OneSession) -> list[Component]:
    source = session.source
    found = []
    if session.problem is not None:
        action = None if source.is_training else button("Open the result", href=home_of(session))
        found.append(error_panel(session.problem.to_dict(), action))
    if (doubt := warning(session.trust)) is not None:
        found.append(doubt)
    if not session.predicts:
        found.append(clusters_only_notice(bundle=source.bundle, basis=source.basis))
    return found


def _figures(session: OneSession) -> Component:
    row, currency = session.row, session.source.currency
    figures: list[Component] = []
    if session.predicts:
        figures += [_probability(session), _decision(session)]
    if row.get("revenue_if_purchase") is not None:
        within = money_range(row.get("revenue_low"), row.get("revenue_high"), currency)
        figures += [
            kpi(
                "Revenue if it buys",
                estimate(row["revenue_if_purchase"], currency),
                f"8 in 10 such buyers spend {within}" if row.get("revenue_high") is not None else None,
            ),
            kpi(
                "Expected revenue",
                estimate(row["expected_revenue"], currency),
                "probability × revenue if it buys",
            ),
        ]
    figures += [_cluster(session), _outcome(session)]
    return kpi_row(*figures)


def _probability(session: OneSession) -> Component:
    probability = float(session.row["purchase_probability"])
    told = session.verdict
    return kpi(
        "Purchase probability",
        level_words(probability, "purchase"),
        f"{about(told.headline)}; {told.against_average}" if told else None,
    )


def _decision(session: OneSession) -> Component:
    from_here = None if session.threshold is None else f"cut-off: {percent(session.threshold)}"
    return kpi("Likely buyer", "Yes" if session.row["predicted_purchase"] else "No", from_here)


def _cluster(session: OneSession) -> Component:
    row = session.row
    href = f"/clusters?{urlencode({'source': session.source.id, 'cluster': row['cluster_id']})}"
    name = row.get("cluster_name") or f"Cluster {row['cluster_id']}"
    return kpi(
        "Behaves like",
        dcc.Link(name, href=href, className="fs-6"),
        session.cluster_sentence,
    )


def _outcome(session: OneSession) -> Component:
    bought, paid = session.row.get("purchased"), session.row.get("revenue")
    if bought is None:
        return kpi("In the end", "not known", "purchases are missing from this file", tone="muted")
    if not bought:
        return kpi("In the end", "Did not buy", "according to the export")
    paid_words = (
        f"paid {money(paid, session.source.currency)}" if paid is not None else "according to the export"
    )
    return kpi("In the end", "Bought", paid_words)


def _reasons(session: OneSession) -> Component | None:
    if not session.why:
        return None
    return section(
        html.Div([_why(why, session.source.currency) for why in session.why], className="cards-lg"),
        method(METHOD),
        title="Why this prediction",
        subtitle=f"What sets this session apart from an average one, as the model sees it.{_whose(session)}",
        actions=_all_sessions(session),
    )


def _whose(session: OneSession) -> str:
    """Say why the waterfall may end a little beside the probability above it."""
    if not session.is_cross_fitted:
        return ""
    return (
        " The probability above comes from a model that hadn't seen this visitor; the reasons come from the "
        "final one, so its figure may differ slightly."
    )


def _all_sessions(session: OneSession) -> Component | None:
    if session.source.is_training:
        return None
    return button(
        "What matters across all sessions",
        href=tab_address("why", session.source.id),
        kind="quiet",
        icon="reasons",
    )


def _why(why: Why, currency: str | None) -> Component:
    title = TITLES[why.target]
    if why.explanation is None or why.problem is not None:
        problem = why.problem
        words = html.P(f"{problem.message} {problem.remedy or ''}".strip() if problem else "")
        return card(words, title=title)
    return html.Div(
        [
            reasons_card(
                reasons=why.reasons,
                title=title,
                subtitle=f"Against {FROM[why.target]}",
                note=None,
            ),
            waterfall(id=WATERFALL[why.target], explanation=why.explanation, currency=currency),
        ],
        className="vstack gap-3",
    )
