"""The results page put together: the answer, what to know, filters and charts; the table on its own tab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import date, date_time
from components.base.layout import badge, button, card, empty_state, page, section, synthetic_badge
from components.base.once import once
from components.results.address import View, page_query
from components.results.answer import headline, likeliest_card, train_button, trust_row
from components.results.basis import basis_notice, better_model, without_model
from components.results.caveats import things_to_know
from components.results.charts import charts
from components.results.downloads import downloads
from components.results.filters import ALL_FILTERS, chip_id, chips, filter_bar
from components.results.kpis import how_right
from components.results.orders import orders_and_refunds
from components.results.table import APPLIED, PINNED, column_chooser, session_grid
from components.results.threshold import THRESHOLD_SAYS, threshold_card, threshold_says
from components.shared.model_links import model_link, other_in_use, scored_since
from components.shared.result_tabs import result_tabs
from core.base.identity import may
from core.base.written import counted
from core.ingest.base.assumptions import Assumption, Money
from core.results.accuracy import Quality
from core.results.drift.records import Drift
from core.results.filters import Filters
from core.results.sources import clock_of
from core.results.trust import Trust
from core.results.view import ResultView, Span
from core.storage import Result

if TYPE_CHECKING:
    from core.explain import Likely

#: Ids of this component. ``RESULT`` holds the result's id as the address has it, ``QUERY`` the filters
#: and the measure as the address has them, ``SORT`` the table's order, ``VIEW`` the tab that is open,
#: ``STATE`` the whole address.
RESULT = "results-result"
QUERY = "results-query"
SORT = "results-sort"
VIEW = "results-view"
STATE = "results-state"
TABS = "results-tabs"
CHIPS = "results-chips"
ANSWER = "results-answer"
BODY = "results-body"
DOWNLOADS = "results-downloads"
REFRESHED = "results-refreshed"

#: Said of the table to those who hear it.
BY_KEYBOARD = "By keyboard: arrow keys move, Enter sorts by a column's head"
OPENS = " and opens a session's page from its id"


def result_page(
    *,
    result: Result,
    route: str,
    view: ResultView,
    filters: Filters,
    measure: str,
    shown: View = "overview",
    refused: int = 0,
    assumptions: Sequence[Assumption] = (),
    money: Sequence[Money] = (),
    time_zone: str | None = None,
    in_use: str | None = None,
    drift: Drift | None = None,
    trust: Trust | None = None,
    likely: Sequence[Likely] = (),
    newest: str | None = None,
    learned_from: str | None = None,
) -> Component:
    """Return the page of a finished result.

    Parameters
    ----------
    route
        The result's id as the address has it (or "latest").
    shown
        Which of its two tabs: the answer with its charts, or the table of sessions.
    refused
        Rows of the export that could not be used.
    assumptions
        What was taken for granted while it was read, worst first.
    money
        What its orders came to, by currency.
    time_zone
        What its hours and weekdays are in, where that is known.
    in_use
        The model exports are scored with now.
    drift
        How unlike its model's data it is, where that can be said.
    trust, likely
        How far to trust its predictions, and the filtered sessions most likely to buy.
    newest
        The export's newest finished result, where that is another one.
    learned_from
        The export its model was trained on, where that is the shop's own of before.
    """
    span, query = view.span, page_query(filters, measure)
    subtitle = _subtitle(result, span, time_zone)
    things = things_to_know(result=result, refused=refused, assumptions=assumptions, drift=drift)
    if not span.n:
        nothing = empty_state(
            "No sessions in this export",
            "The file contains no sessions, so there is nothing to predict.",
            button("Open the export", href=f"/upload/{result.dataset_id}"),
        )
        tabs = result_tabs(result_id=result.id, active=shown)
        return page(tabs, nothing, things, title=result.dataset_name, subtitle=subtitle)
    if shown == "sessions":
        parts = _sessions(result, view, filters, measure, things)
    else:
        offered = None if newest else in_use
        said = answer(
            result=result,
            view=view,
            filters=filters,
            trust=trust,
            likely=likely,
            in_use=offered,
            is_newest=newest is None,
        )
        below = body(result=result, view=view, filters=filters, measure=measure, trust=trust)
        orders = orders_and_refunds(money=money, currency=result.currency)
        parts = _overview(
            result,
            view,
            filters,
            measure,
            said,
            below,
            things,
            offered,
            trust,
            orders,
            basis_notice(result, learned_from, is_current=newest is None and in_use in (None, result.bundle)),
        )
    return page(
        scored_since(newest=newest) if newest else None,
        dcc.Store(id=RESULT, data=route),
        dcc.Store(id=QUERY, data=query),
        dcc.Store(id=SORT, data=_sort(filters)),
        dcc.Store(id=VIEW, data=shown),
        dcc.Store(id=STATE),
        html.Div(tabs_of(result, shown, filters), id=TABS),
        html.Div(
            chips(filters=filters, clusters=view.cluster_names, currency=result.currency),
            id=CHIPS,
            className="hide-empty hstack flex-wrap gap-2",
            role="group",
            **{"aria-label": "Active filters"},
        ),
        *parts,
        title=result.dataset_name,
        subtitle=subtitle,
        actions=html.Div(
            downloads(result_id=result.id, filters=filters, reasons=predicts(view)),
            id=DOWNLOADS,
            className="d-flex flex-wrap gap-2",
        ),
    )


def _overview(
    result: Result,
    view: ResultView,
    filters: Filters,
    measure: str,
    said: list[Component],
    below: list[Component],
    things: Component | None,
    in_use: str | None,
    trust: Trust | None,
    orders: Component | None,
    notice: Component | None,
) -> list[Component | None]:
    other = None
    if in_use and (result.basis is None or result.basis.predicts):
        other = other_in_use(bundle=result.bundle, in_use=in_use, dataset_id=result.dataset_id)
    # What to do about a model that isn't to be acted on comes before what it says.
    untrusted = trust is not None and not trust.act
    first = untrusted and other is None and better_model(result) is not None
    return [
        notice if first else None,
        other if untrusted else None,
        html.Div(
            said,
            id=ANSWER,
            className="fades hide-empty vstack gap-3",
            role="region",
            **{"aria-label": "At a glance"},
        ),
        None if first else notice,
        things,
        None if untrusted else other,
        filter_bar(view=view, filters=filters, measure=measure),
        html.Div(
            below,
            id=BODY,
            className="fades hide-empty vstack gap-4",
        ),
        orders,
        *_threshold(result, view, filters),
    ]


def _sessions(
    result: Result, view: ResultView, filters: Filters, measure: str, things: Component | None
) -> list[Component | None]:
    return [
        things,
        dcc.Store(id=REFRESHED),
        dcc.Store(id=PINNED),
        dcc.Store(id=APPLIED),
        filter_bar(view=view, filters=filters, measure=measure, charts=False),
        section(
            html.P(f"{BY_KEYBOARD}{OPENS if may('ids.read') else ''}.", className="visually-hidden"),
            card(session_grid(view=view, filters=filters, currency=result.currency), flush=True),
            title="Sessions",
            subtitle="Every filtered session. Click a column heading to sort (Ctrl-click to add "
            "another); filter from its menu.",
            actions=column_chooser(told=view.told, filters=filters, currency=result.currency, own=view.own),
            id="sessions",
        ),
    ]


def answer(
    *,
    result: Result,
    view: ResultView,
    filters: Filters,
    trust: Trust | None = None,
    likely: Sequence[Likely] = (),
    in_use: str | None = None,
    is_newest: bool = True,
) -> list[Component]:
    """Return what a result leads with; where no session is left by the filters, the way back to some.

    ``in_use`` is the model exports are scored with now; None where it isn't to be offered. ``is_newest`` says
    whether it is its export's newest result.
    """
    view.prepare(filters)
    sums = view.kpis(filters)
    if not sums.n:
        return [
            card(
                empty_state(
                    "No sessions match these filters",
                    "Each may match on its own, but nothing matches them all. Remove one above, or clear "
                    "them all.",
                    button("Clear all filters", id=chip_id(ALL_FILTERS, "body"), kind="primary"),
                )
            )
        ]
    amounts = "expected_revenue" in view.told
    figures = headline(
        sums=sums,
        n_all=view.span.n,
        currency=result.currency,
        amounts=amounts,
        trusted=trust is None or trust.act,
    )
    if not predicts(view):
        return [
            *without_model(result, in_use, is_newest=is_newest),
            *([] if _has_no_model(result) else [figures, train_button(result)]),
        ]
    best = likeliest_card(likely=likely, result=result, filters=filters, trust=trust, amounts=amounts)
    said = trust_row(trust=trust, result=result, filters=filters, is_newest=is_newest, n=sums.n)
    # Where one shouldn't act, that comes before any figure.
    first = [said, figures] if trust is not None and not trust.act else [figures, said]
    return [part for part in (*first, best) if part is not None]


def _has_no_model(result: Result) -> bool:
    return result.basis is not None and result.basis.kind == "none"


def body(
    *, result: Result, view: ResultView, filters: Filters, measure: str, trust: Trust | None = None
) -> list[Component]:
    """Return charts and accuracy of the filtered sessions; nothing where there are none.

    Where one shouldn't act on predictions (``trust``), revenue isn't drawn.
    """
    view.prepare(filters)
    if not view.kpis(filters).n:
        return []
    quality = quality_of(view, filters)
    threshold = threshold_of(result, view, filters)
    clock, amounts = clock_of(result.dataset_id), trust is None or trust.act

    def drawn() -> Component:
        return charts(
            view=view,
            filters=filters,
            measure=measure,
            currency=result.currency,
            quality=quality,
            threshold=threshold,
            clock=clock,
            amounts=amounts,
        )

    # How right predictions were follows from the sessions and the filters.
    key = ("charts", view.sessions, filters, measure, result.currency, threshold, clock, amounts)
    return [
        section(
            once(key, drawn),
            title="Traffic and value" if predicts(view) else "Traffic",
            subtitle="Click a bar to see only its sessions on this page; click it again to go back.",
        ),
        *(
            [
                how_right(
                    quality=quality,
                    told="purchased" in view.told,
                    currency=result.currency,
                    picked=filters.by_prediction,
                )
            ]
            if predicts(view)
            else []
        ),
    ]


def quality_of(view: ResultView, filters: Filters) -> Quality | None:
    """Return how right the predictions of the filtered sessions were.

    None where that is not known, or where sessions were picked by what is predicted of them: among those
    above a probability, say, buyers can't stand out any more.
    """
    return view.quality(filters) if predicts(view) and not filters.by_prediction else None


def predicts(view: ResultView) -> bool:
    """Tell whether purchases are predicted, and not only which clusters sessions belong to."""
    return "purchase_probability" in view.told


def threshold_of(result: Result, view: ResultView, filters: Filters) -> float | None:
    """Return the threshold predictions are shown with: the filters' own, or the one of the scoring."""
    return view.threshold(result.bundle) if filters.threshold is None else filters.threshold


def meaning(*, result: Result, view: ResultView, filters: Filters) -> list[Component]:
    """Return what the threshold means for the filtered sessions; nothing where no purchase is predicted."""
    if not predicts(view):
        return []
    return threshold_says(
        filters=filters,
        model=view.threshold(result.bundle),
        sums=view.kpis(filters),
        before=view.kpis(filters.without("threshold")),
        quality=quality_of(view, filters),
    )


def tabs_of(result: Result, shown: View, filters: Filters) -> Component:
    """Return the tabs of a result's pages; filters travel between the answer and the table."""
    return result_tabs(result_id=result.id, active=shown, query=filters.only_filters().to_query())


def _threshold(result: Result, view: ResultView, filters: Filters) -> list[Component]:
    says = meaning(result=result, view=view, filters=filters)
    if not says:
        return [html.Div(id=THRESHOLD_SAYS, hidden=True)]
    return [threshold_card(filters=filters, model=view.threshold(result.bundle), says=says)]


def _sort(filters: Filters) -> str:
    return ",".join(sort.written() for sort in filters.sort)


def _subtitle(result: Result, span: Span, time_zone: str | None) -> Component:
    parts: list[Component | str] = [counted(span.n, "session")]
    if span.first_day and span.last_day:
        first, last = date(span.first_day), date(span.last_day)
        parts.append(first if first == last else f"{first} – {last}")
        if time_zone:
            parts.append(f"time zone: {time_zone}")
    if not _has_no_model(result):
        model = ["scored with ", model_link(result.bundle)]
        if result.finished_at:
            model.append(f" on {date_time(result.finished_at)}")
        parts.append(html.Span(model))
    marks = [synthetic_badge()] if result.synthetic else []
    if result.is_example:
        marks.append(badge("example", "warning", title="Predictions of the demo shop's model, not yours."))
    if not result.has_outcomes:
        marks.append(badge("purchases not in file", "neutral"))
    return html.Div([html.Span(_dotted(parts)), *marks], className="results-subtitle hstack flex-wrap gap-2")


def _dotted(parts: list[Component | str]) -> list[Component | str]:
    dotted: list[Component | str] = []
    for part in parts:
        dotted += [" · ", part]
    return dotted[1:]
