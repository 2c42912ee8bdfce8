"""The home page: the shop over time, what came in last, how good the model is, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import NOTHING, ago, date_time, estimate, number, percent
from components.base.layout import (
    badge,
    banner,
    button,
    card,
    empty_state,
    error_panel,
    icon,
    kpi,
    kpi_row,
    page,
    section,
    simple_table,
    synthetic_badge,
)
from components.home.dashboard import dashboard_parts
from components.shared.clusters_only import clusters_only_notice
from components.shared.labels import NO_RESULT, STATES, UNPREDICTED
from components.shared.trust import doubt_badge, listed
from core.base.errors import CoreError
from core.base.identity import may
from core.base.shop import shop_settings
from core.services.dashboard import Dashboard
from core.services.overview import Entry, ModelInUse, Quality

#: Id of the list of exports, and of the clock that refreshes it while something is being scored.
LATEST = "home-latest"
CLOCK = "home-clock"
REFRESH_MS = 3000

_NEXT = (
    ("/upload", "upload", "Score an export", "CSV, JSON, Parquet or Excel, from any shop system."),
    ("/audiences", "audience", "Choose who to contact", "Who is worth a voucher, and whether it worked."),
    ("/what-if", "what-if", "Try one session", "Change what a visitor does and watch the prediction move."),
    (
        "/clusters",
        "clusters",
        "Get to know your visitors",
        "How the clusters differ, and what each is worth.",
    ),
    ("/journeys", "journeys", "Follow their steps", "What visitors do first, and where likely buyers leave."),
    ("/compare", "compare", "Compare two exports", "This month next to last month, and what changed most."),
)


def home_page(
    *,
    entries: Sequence[Entry] | CoreError,
    model: ModelInUse | CoreError,
    told: Dashboard | CoreError | None = None,
) -> Component:
    """Return the page; what is missing is said in its place.

    Parameters
    ----------
    told
        What the exports tell together; None while none has sessions with a time.
    """
    undated = (
        told is None
        and not isinstance(entries, CoreError)
        and any(entry.state == "done" and not entry.synthetic for entry in entries)
    )
    first_run = not undated and (told is None or (isinstance(told, Dashboard) and told.synthetic))
    coming = _coming(entries) if first_run else None
    begins = first_run and may("uploads.write")
    return page(
        *([_on_its_way(coming)] if coming else []),
        *([_first_steps(is_demo=told is not None)] if begins and not coming else []),
        *([_undated()] if undated else []),
        *([error_panel(told.to_dict())] if isinstance(told, CoreError) else []),
        *(dashboard_parts(told=told) if isinstance(told, Dashboard) else []),
        section(
            html.Div(latest_exports(entries=entries), id=LATEST),
            dcc.Interval(id=CLOCK, interval=REFRESH_MS, disabled=not is_busy(entries)),
            title="Latest exports",
            actions=[
                button("All results", href="/results", kind="quiet"),
                button(
                    "Upload an export",
                    href="/upload",
                    kind="secondary" if first_run else "primary",
                    icon="upload",
                ),
            ],
        ),
        _model(model),
        section(html.Div([_next(*step) for step in _NEXT], className="cards"), title="What to do next"),
        title=_title(),
        subtitle=(
            "Upload an export of browsing sessions and see, for every session, how likely it is to end in "
            "a purchase, what revenue to expect and what kind of visit it is."
            if begins
            else None
        ),
    )


def _coming(entries: Sequence[Entry] | CoreError) -> Entry | None:
    """Return an export of the shop's own that is being scored, the newest."""
    if isinstance(entries, CoreError):
        return None
    own = (entry for entry in entries if not entry.synthetic and entry.state in ("queued", "running"))
    return next(own, None)


def _on_its_way(entry: Entry) -> Component:
    return banner(
        "info",
        f"“{entry.name}” is being scored",
        "Its figures will be here once it is. Until then you see the synthetic demo shop, whose figures are "
        "made up.",
        button("See how far it is", href=_address(entry), kind="primary"),
    )


def _address(entry: Entry) -> str:
    return f"/results/{entry.result_id}" if entry.result_id else f"/upload/{entry.dataset_id}"


def _undated() -> Component:
    return banner(
        "info",
        "Nothing over time yet",
        "Session times are missing from the scored exports."
        + (
            " Map a time column and score them again, or upload an export that has one."
            if may("uploads.write")
            else ""
        ),
    )


def _title() -> str:
    return shop_settings().shop_name or "Smart Customer Session Predictor"


def _first_steps(*, is_demo: bool) -> Component:
    """Say what to do first; with the demo shop below, that its figures are nobody's."""
    steps = [
        (
            "Upload an export",
            "CSV, JSON, Parquet or Excel, straight from your shop's tools.",
            "/upload",
        ),
        (
            "Check your settings",
            "Currency, time zone and home market decide how exports are read.",
            "/settings",
        ),
        (
            "Come back here",
            "Each export adds its days: sessions, buyers and revenue over time.",
            None,
        ),
    ]
    items = [
        html.Li(
            [
                dcc.Link(title, href=href, className="fw-semibold")
                if href
                else html.Span(title, className="fw-semibold"),
                html.Span(text, className="d-block small text-body-tertiary"),
            ]
        )
        for title, text, href in steps
    ]
    return card(
        html.Ol(items, className="home-first mb-0"),
        *(
            [
                html.P(
                    "Until then you see the synthetic demo shop below. Its figures are made up.",
                    className="mt-3 mb-0 small text-body-secondary",
                )
            ]
            if is_demo
            else []
        ),
        title="Start with your own data",
        actions=button("Upload an export", href="/upload", kind="primary", icon="upload"),
    )


def latest_exports(*, entries: Sequence[Entry] | CoreError) -> Component:
    """Return the list of exports, or what stands in its place."""
    if isinstance(entries, CoreError):
        return error_panel(entries.to_dict())
    if not entries:
        return card(
            empty_state(
                "Nothing uploaded yet",
                "Upload an export straight from your shop system: we detect the format."
                if may("uploads.write")
                else "Once somebody of your team uploads an export, its figures are here.",
                button("Upload an export", href="/upload", kind="primary", icon="upload"),
            )
        )
    return card(
        simple_table(
            ["Export", "State", "Sessions", "Likely buyers", "Expected revenue", "When"],
            [_row(entry) for entry in entries],
            numeric=(2, 3, 4),
            caption="Latest exports",
            stack=True,
        ),
        flush=True,
    )


def is_busy(entries: Sequence[Entry] | CoreError) -> bool:
    """Tell whether anything in the list is still on its way."""
    return not isinstance(entries, CoreError) and any(
        entry.state in ("queued", "running") for entry in entries
    )


def not_found(
    *,
    title: str = "Page not found",
    text: str = "The address may be mistyped, or what was here has been deleted.",
    action: Component | None = None,
) -> Component:
    """Return what stands where a page, a dataset or a result is not (any more)."""
    return page(
        empty_state(title, text, action or button("Go to the home page", href="/", kind="primary")),
        title="Not found",
        width="narrow",
    )


def _row(entry: Entry) -> list[Component | str]:
    words, tone = {**STATES, **NO_RESULT}[entry.state]
    if entry.state == "done" and not entry.predicts:
        words, tone = UNPREDICTED
    if entry.state == "running":
        words = f"{words} {percent(entry.share, 0)}"
    state = [badge(words, tone, title=entry.message or None), *doubt_badge(entry.doubt)]
    name: list[Component] = [
        dcc.Link(entry.name, href=_address(entry), className="fw-medium text-body text-break")
    ]
    if entry.synthetic:
        name.append(synthetic_badge())
    buyers = number(entry.predicted_buyers)
    if entry.predicted_buyers is not None and entry.n_sessions:
        buyers += f" ({percent(entry.predicted_buyers / entry.n_sessions)})"
    revenue = estimate(entry.expected_revenue, entry.currency)
    return [
        html.Div(name, className="hstack flex-wrap gap-2"),
        html.Span(state, className="d-inline-flex flex-wrap gap-1 align-items-center"),
        number(entry.n_sessions),
        *(listed(figure, entry.doubt) for figure in (buyers, revenue)),
        html.Span(ago(entry.made), title=date_time(entry.made)),
    ]


def _model(model: ModelInUse | CoreError) -> Component:
    if isinstance(model, CoreError):
        return section(error_panel(model.to_dict()), title="The model in use")
    if model.threshold is None:
        return _clusters_only(model)
    return section(
        kpi_row(
            kpi("Buyers in the top 10%", _share(model.captured), _interval(model.captured)),
            kpi("Likely buyers who bought", _share(model.precision), _interval(model.precision)),
            kpi("Buyers it catches", _share(model.recall), _interval(model.recall)),
            kpi("Likely-buyer cut-off", percent(model.threshold), "purchase probability"),
        ),
        title="The model in use",
        subtitle=_model_words(model),
    )


def _clusters_only(model: ModelInUse) -> Component:
    """Return what a model that predicts no purchase is good for."""
    kinds = ", ".join(model.clusters)
    return section(
        clusters_only_notice(bundle=model.name),
        kpi_row(kpi("Kinds of visit it distinguishes", number(len(model.clusters)), kinds)),
        title="The model in use",
        subtitle=_model_words(model, " learned from sessions without known outcomes."),
    )


def _model_words(model: ModelInUse, said: str | None = None) -> Component:
    """Say which model it is and what its figures are worth."""
    others = "later sessions than it learned from" if model.on_later else "sessions it had not learned from"
    words: list[Component | str] = [
        html.Span(model.name, className="me-2 fw-medium text-body-secondary"),
        said or f" Measured on {others}. Ranges are 95% intervals.",
    ]
    if model.synthetic:
        words.insert(1, badge("trained on the synthetic demo shop", "warning"))
        if may("uploads.write"):
            words += [" For decisions, ", dcc.Link("train one on your own exports", href="/train"), "."]
    return html.Div(words, className="measure")


def _next(href: str, picture: str, title: str, text: str) -> Component:
    return dcc.Link(
        [
            html.Span(icon(picture), className="text-primary-emphasis"),
            html.Span(
                [
                    html.Span(title, className="fw-semibold"),
                    html.Span(text, className="small text-body-tertiary"),
                ],
                className="vstack flex-fill",
            ),
            icon("arrow-right"),
        ],
        href=href,
        className="card home-step hstack gap-3 p-3",
    )


def _share(quality: Quality | None) -> str:
    return NOTHING if quality is None else percent(quality.value, 0)


def _interval(quality: Quality | None) -> str:
    if quality is None:
        return "not measured"
    n = f"n\u00a0=\u00a0{number(quality.n)}"
    if quality.low is None or quality.high is None:
        return n
    return f"{percent(quality.low, 0)} to {percent(quality.high, 0)}, {n}"
