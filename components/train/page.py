"""The two training pages put together: where one is started, and where one is watched and judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import date_time
from components.base.layout import button, page, section, synthetic_badge
from components.shared.job_status import watcher
from components.train.choose import clock, dataset_picker, not_scored, verdict
from components.train.compare import alarms_panel, comparison_section
from components.train.list import LIST, LIST_CLOCK, training_list, training_state
from components.train.options import AUTOMATIC, CLUSTER_COUNTS, options_form
from components.train.status import IDS, dialog, not_done, waiting
from components.train.use import history_section, use_panel

if TYPE_CHECKING:
    from core.services.trainings import Choice, Opened
    from core.storage import Training
    from core.training.data.eligibility import Eligibility

PATH = "/train"
REFRESH_MS = 3000

#: Ids of this component. ``STATE`` holds the address, ``START_CLUSTERS`` how many the address asks for.
BODY = "train-body"
STATE = "train-state"
START_CLUSTERS = "train-start-clusters"
#: The name that was suggested: one that differs was typed, and stays when another dataset is chosen.
SUGGESTED = "train-suggested-name"


def start_page(
    *,
    choices: Sequence[Choice],
    chosen: Choice | None,
    check: Eligibility | None,
    name: str,
    clusters: str | None,
    trainings: Sequence[Training],
    in_use: str,
) -> Component:
    """Return the page where a training is started."""
    return page(
        dcc.Store(id=STATE),
        dcc.Store(id=START_CLUSTERS, data=clusters),
        dcc.Store(id=SUGGESTED, data=name),
        clock(choice=chosen),
        section(
            dataset_picker(choices=choices, chosen=chosen.dataset.id if chosen else None),
            title="What to learn from",
        ),
        html.Div(
            chosen_parts(chosen=chosen, check=check, name=name, clusters=clusters) if chosen else None,
            id=BODY,
            className="hide-empty vstack gap-4",
        ),
        section(
            html.Div(training_list(trainings=trainings, in_use=in_use), id=LIST),
            dcc.Interval(
                id=LIST_CLOCK, interval=REFRESH_MS, disabled=all(training.is_over for training in trainings)
            ),
            title="Recent trainings",
            actions=button("All models", href="/models", kind="quiet"),
        ),
        title="Train a model",
        subtitle=(
            "Train a model on an export of your own shop, see how good it is, and then decide whether to "
            "use it."
        ),
        width="narrow",
    )


def chosen_parts(
    *, chosen: Choice, check: Eligibility | None, name: str, clusters: str | None
) -> list[Component]:
    """Return what follows once a dataset is chosen: whether it is enough, and the options."""
    title = "Is it enough to learn from?"
    if check is None:
        return [section(not_scored(choice=chosen), title=title)]
    found = [section(verdict(check=check, choice=chosen), title=title)]
    form = options_form(
        name=name,
        sessions=check.sessions,
        currency=chosen.scored.currency if chosen.scored else None,
        predicts=check.level != "clusters",
        clusters=clusters if clusters in CLUSTER_COUNTS else AUTOMATIC,
        blocked=check.level == "no",
    )
    return [*found, section(form, title="How to train")]


def training_page(*, opened: Opened) -> Component:
    """Return the page of one training, as far as it is."""
    training = opened.training
    watching = watcher(ids=IDS, watched=training.id, job=training)
    return html.Div([*watching, html.Div(training_body(opened=opened), id=IDS.place), dialog()])


def training_body(*, opened: Opened) -> Component:
    """Return what stands on the page of a training: its steps, its end, or what came of it."""
    training = opened.training
    if not training.is_over:
        parts: list[Component | None] = [waiting(training=training, place=opened.place)]
    elif training.state != "done":
        parts = [not_done(training=training)]
    else:
        parts = _done(opened)
    return page(
        *parts,
        title=training.bundle,
        subtitle=_subtitle(opened),
        actions=[button("All trainings", href=PATH), button("Models", href="/models", icon="model")],
        width="wide" if training.state == "done" else "narrow",
    )


def _done(opened: Opened) -> list[Component | None]:
    manifest = opened.manifest
    alarms = alarms_panel(alarms=manifest.alarms) if manifest and not opened.is_used else None
    doubtful = bool(manifest and manifest.alarms)
    compared = (
        comparison_section(comparison=opened.comparison, doubtful=doubtful) if opened.comparison else None
    )
    return [alarms, use_panel(opened=opened), compared, history_section(history=opened.history)]


def _subtitle(opened: Opened) -> Component:
    training = opened.training
    learned = dcc.Link(
        training.dataset_name, href=f"/upload/{training.dataset_id}", className="fw-medium text-break"
    )
    parts: list[Component | str] = [
        html.Span(
            [
                "From " if training.is_over else "Learns from ",
                learned,
                f" · started by {training.who} · {date_time(training.created_at)}",
            ]
        ),
    ]
    if training.is_over:
        parts.append(training_state(training=training))
    if opened.manifest is not None and opened.manifest.synthetic:
        parts.append(synthetic_badge())
    return html.Div(parts, className="results-subtitle hstack flex-wrap gap-2")
