"""What was taken for granted while an export was read: shown wherever its numbers are, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from components.base.layout import BadgeTone, Tone, badge, banner
from core.ingest.base.assumptions import Assumption, Severity

TITLE = "How this export was read"
#: Which way leads to the choice that turns an assumption.
TURNS = {
    "dates": "Read them the other way",
    "decimals": "Read them the other way",
    "robots": "Count them instead",
}
_TONES: dict[Severity, Tone] = {"error": "danger", "warning": "warning", "info": "info"}
_BADGES: dict[Severity, BadgeTone] = {"error": "danger", "warning": "warning", "info": "neutral"}


def assumption_words(made: Assumption, dataset_id: str) -> list[Component | str]:
    """Return an assumption with the way to turn it, where one can be."""
    if made.turned_by is None:
        return [made.text]
    href = f"/upload/{quote(dataset_id)}?change={made.turned_by}"
    return [made.text, " ", dcc.Link(TURNS[made.turned_by], href=href)]


def assumptions_notice(made: Sequence[Assumption], dataset_id: str) -> Component | None:
    """Return the list of assumptions, folded where numbers are right if they hold; None if there are none."""
    if not made:
        return None
    lines = html.Ul(
        [
            html.Li(
                [badge(one.label, _BADGES[one.severity]), " ", *assumption_words(one, dataset_id)],
                className="mt-1",
            )
            for one in made
        ],
        className="list-unstyled mb-0",
    )
    worst = made[0].severity
    if worst == "info":
        counted = "1 assumption" if len(made) == 1 else f"{len(made)} assumptions"
        lines = html.Details([html.Summary(f"{counted}, nothing to check"), lines])
    return banner(_TONES[worst], TITLE, lines)
