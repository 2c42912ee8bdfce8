"""A job on its way, whatever it does: its steps, how far it is, its place in line, and how to stop it.

A page that watches one gives its ids a prefix (``JobIds``); the callbacks are in
``components/shared/job_callbacks.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import ago, date_time, percent
from components.base.layout import button
from components.base.modal import modal
from components.shared.steps import progress_bar, step_list
from core.storage import Job, Place

#: How often a page asks how far a job is; and sooner while the job is young, for most are over in moments.
POLL_MS, SOON_MS = 1000, 400
YOUNG = timedelta(seconds=10)
#: The first step of every job, as the store names it, in words.
QUEUED = ("queued", "Waiting for its turn")
_MINUTE = 60


class JobIds:
    """Ids of the parts of a page that watches a job.

    ``watched`` holds the id of the job as the address has it, ``over`` the state it has reached once that
    is over, ``place`` what is replaced then. ``cancel`` opens the ``dialog``, where ``stop`` stops it.
    """

    def __init__(self, prefix: str) -> None:
        self.place = f"{prefix}-place"
        self.status = f"{prefix}-status"
        self.clock = f"{prefix}-clock"
        self.watched = f"{prefix}-watched"
        self.over = f"{prefix}-over"
        self.cancel = f"{prefix}-cancel"
        self.dialog = f"{prefix}-dialog"
        self.keep = f"{prefix}-keep"
        self.stop = f"{prefix}-stop"


def watcher(*, ids: JobIds, watched: str, job: Job) -> list[Component]:
    """Return what keeps watching; outside of what is replaced once the job is over."""
    return [
        dcc.Store(id=ids.watched, data=watched),
        dcc.Store(id=ids.over),
        dcc.Interval(id=ids.clock, interval=pace(job), disabled=job.is_over),
    ]


def pace(job: Job) -> int:
    """Return after how many milliseconds a page asks again how far a job is."""
    return SOON_MS if datetime.now(UTC) - job.created_at < YOUNG else POLL_MS


def under_way(*, ids: JobIds, job: Job, progress: list[Component], hint: str) -> Component:
    """Return the card of a job on its way: how far it is, that one needn't wait, and how to stop it."""
    return dbc.Card(
        [
            html.Div(progress, id=ids.status, className="vstack gap-3", **{"aria-live": "polite"}),
            html.Div(
                [
                    html.Span(hint, className="small text-body-tertiary"),
                    button("Cancel", id=ids.cancel, kind="danger", icon="x", disabled=job.cancelling),
                ],
                className="hstack flex-wrap gap-2 justify-content-between",
            ),
        ],
        className="vstack gap-3 p-4",
    )


def progress_parts(
    *, job: Job, place: Place | None, steps: Sequence[tuple[str, str]], label: str
) -> list[Component]:
    """Return how far a job is; ``place`` is where it stands in line, if it waits."""
    since = job.started_at or job.created_at
    began = html.Span(
        f"{'queued' if job.state == 'queued' else 'started'} {ago(since)}", title=date_time(since)
    )
    return [
        step_list(steps=steps, at=job.step),
        progress_bar(share=job.share, label=label),
        html.Div(
            [
                html.Span([doing(job=job, place=place, steps=steps), " · ", began]),
                html.Span(percent(job.share, 0)),
            ],
            className="d-flex gap-3 justify-content-between small text-body-secondary",
        ),
    ]


def doing(*, job: Job, place: Place | None = None, steps: Sequence[tuple[str, str]] = ()) -> str:
    """Say in a few words what a job does, or where it stands in line; at first, which step it is in."""
    if job.cancelling:
        return "Stopping"
    if place is not None:
        return in_line(place)
    return job.message or dict(steps).get(job.step, "Working")


def in_line(place: Place) -> str:
    """Say where a job stands in line and for how long: "3rd in line, about 4 min"."""
    where = place_words(place)
    if place.seconds <= 0:
        return where
    if place.seconds < _MINUTE:
        return f"{where}, less than a minute"
    return f"{where}, about {round(place.seconds / _MINUTE)} min"


def place_words(place: Place) -> str:
    """Say where a job stands in line, without how long that takes."""
    if place.seconds <= 0:
        return "Starts at once"
    return "Next in line" if place.number == 1 else f"{ordinal(place.number)} in line"


def ordinal(number: int) -> str:
    """Return a place as it is said: 1st, 2nd, 3rd, 11th."""
    tens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if tens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def stop_dialog(*, ids: JobIds, title: str, text: str, keep: str, stop: str) -> Component:
    """Return the dialog that asks whether a job shall really stop."""
    return modal(
        text,
        title=title,
        id=ids.dialog,
        buttons=[
            button(keep, id=ids.keep, kind="quiet"),
            button(stop, id=ids.stop, kind="danger"),
        ],
    )
