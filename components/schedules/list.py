"""The list of schedules: what each takes in and when, what came of its last run, what needs a person."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import NOTHING, ago, number
from components.base.layout import badge, banner, button, card, empty_state, page, simple_table
from components.schedules.words import PATH, comes_from, next_words, run_words, runs_when
from core.base.identity import may
from core.schedules.service import Shown

NEW = f"{PATH}/new"
_SUBTITLE = "Daily exports, picked up and scored automatically; lists sent, and your team told what changed."


def list_page(*, schedules: Sequence[Shown], may_write: bool, has_source: bool = True) -> Component:
    """Return the page; without a source there is nothing yet a schedule could take in."""
    new = button("New schedule", href=NEW, kind="primary", icon="plus") if may_write and has_source else None
    return page(
        _needs_person(schedules),
        card(_table(schedules), flush=True)
        if schedules
        else card(_nothing(new) if has_source else no_source()),
        title="Schedules",
        subtitle=_SUBTITLE,
        actions=new if schedules else None,
    )


def _nothing(new: Component | None) -> Component:
    return empty_state(
        "No schedules yet",
        "A schedule picks up the export your shop writes every day, scores it, selects an audience, sends "
        "the list where you use it, and messages your team what changed.",
        new,
    )


def no_source() -> Component:
    """Return what has to be there before the first schedule."""
    return empty_state(
        "First, a place to take exports from",
        "A schedule picks up the export your shop writes every day and scores it. Ask whoever runs this "
        "server to name the folder, bucket or database it lies in (PREDICTOR_SOURCES or "
        "PREDICTOR_DATABASES); then it can be set up here. Until then, upload exports by hand.",
        button("Upload an export", href="/upload", kind="primary", icon="upload")
        if may("uploads.write")
        else None,
    )


def no_source_page() -> Component:
    """Return the page of a new schedule while there is no source."""
    return page(
        card(no_source()),
        title="New schedule",
        actions=button("All schedules", href=PATH, small=True),
        width="narrow",
    )


def _needs_person(schedules: Sequence[Shown]) -> Component | None:
    waiting = [shown for shown in schedules if shown.problems or shown.schedule.problem]
    if not waiting:
        return None
    links = [button(shown.schedule.name, href=f"{PATH}/{shown.schedule.id}", small=True) for shown in waiting]
    n = sum(len(shown.problems) or 1 for shown in waiting)
    said = "Something needs a person" if n == 1 else f"{number(n)} things need a person"
    return banner("warning", said, "Other days go on meanwhile.", links)


def _table(schedules: Sequence[Shown]) -> Component:
    return simple_table(
        ["Schedule", "Source", "Runs", "Last run", "Next run"],
        [_row(shown) for shown in schedules],
        caption="Schedules",
        stack=True,
    )


def _row(shown: Shown) -> list[Component | str]:
    kept, last = shown.schedule, next(iter(shown.runs), None)
    state = badge("On", "success") if kept.is_on else badge("Off")
    name = [dcc.Link(kept.name, href=f"{PATH}/{kept.id}", className="fw-medium text-break"), state]
    ran: Component | str = NOTHING
    if last is not None:
        ran = html.Span([badge(*run_words(last)), html.Span(f" {ago(last.created_at)}")])
    return [
        html.Div(name, className="hstack flex-wrap gap-2"),
        html.Span(comes_from(shown.definition), className="text-break"),
        runs_when(shown.definition),
        ran,
        next_words(shown),
    ]
