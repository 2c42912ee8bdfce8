"""The ways to bring what became of an audience: a small file, or a later result."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.format import date_time
from components.layout import button, card, section
from core.analysis.sources import Source
from core.storage import Audience
from core.uplift.sheet import MOST_BYTES

#: Ids of this component. ``FILE`` holds a file that was chosen.
CHOOSE = "outcomes-choose"
FILE = "outcomes-file"
LATER = "outcomes-later"
READ = "outcomes-read"
PROBLEM = "outcomes-problem"


def bring_section(*, audience: Audience, sources: Sequence[Source]) -> Component:
    """Return both ways."""
    kind = audience.definition.id_kind
    file = card(
        html.P(
            f"CSV or Excel, up to {MOST_BYTES // 2**20} MB: a column with the ids of the {kind}s, hashed or "
            "as they are, and columns that say who bought (yes or no, or orders) and the revenue. Rows of "
            "the same id are added up. Who isn't in the file counts as not having bought; you can change "
            "that afterwards."
        ),
        html.P("A column “contacted” or “group”, if there is one, is checked against the draw."),
        html.P("Only counts and sums of the two groups are kept, nobody's id.", className="outcomes-note"),
        html.Div(button("Choose a file", id=CHOOSE, kind="primary", icon="upload")),
        title="From a file",
        class_name="outcomes-bring",
    )
    others = [source for source in sources if source.id != audience.result_id and not source.is_training]
    if kind != "visitor":
        later: Component = html.P("This audience is of sessions, which don't come twice: use a file.")
    elif not others:
        later = html.P(
            "There is no other result yet. Upload the shop's export of the days after the campaign: visitors "
            "are recognised by their ids. That is the way for larger files, too."
        )
    else:
        later = html.Div(
            [
                html.P(
                    "An export of the days after the campaign in which the same visitors appear, of any "
                    "size. Who isn't in it didn't come back, and so didn't buy."
                ),
                html.Div(
                    [
                        dbc.Select(
                            id=LATER,
                            options=[{"label": _option(source), "value": source.id} for source in others],
                            value=others[0].id,
                            size="sm",
                        ),
                        button("Read", id=READ),
                    ],
                    className="outcomes-later",
                ),
            ]
        )
    return section(
        html.Div(
            [file, card(later, title="From a later result", class_name="outcomes-bring")],
            className="outcomes-two",
        ),
        html.Div(id=PROBLEM, role="status", **{"aria-live": "polite"}),
        title="Bring the outcomes",
        subtitle="Who of them has bought since: of those contacted, and of those held out.",
        id="bring",
    )


def _option(source: Source) -> str:
    return source.name if source.made is None else f"{source.name} · scored {date_time(source.made)}"
