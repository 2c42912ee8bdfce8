"""The ways to upload what became of an audience: a small file, or a later result."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import quietly_named
from components.base.format import date_time
from components.base.layout import banner, button, card, section
from components.shared.source_picker import source_options
from core.audiences.members import Members
from core.audiences.repository import definition_of
from core.results.sources import Source
from core.storage import Audience, KeptOutcomes
from core.uplift.outcome_table import MOST_BYTES

#: Ids of this component. ``FILE`` holds a file that was chosen.
CHOOSE = "outcomes-choose"
FILE = "outcomes-file"
LATER = "outcomes-later"
READ = "outcomes-read"
PROBLEM = "outcomes-problem"


def bring_section(
    *, audience: Audience, sources: Sequence[Source], base: str | None, lists: Sequence[Members]
) -> Component:
    """Return both ways; ``lists`` and ``base`` as ``not_known`` has them."""
    kind = definition_of(audience).id_kind
    file = card(
        html.P(
            f"CSV or Excel, up to {MOST_BYTES // 2**20} MB: a column with {kind} ids, hashed or not, and "
            "columns for purchase (yes or no, or number of orders) and revenue. Rows with the same id are "
            "added up. Anyone missing is counted as not buying; you can change that afterwards."
        ),
        html.P(
            "An order export works too, such as Shopify’s: each order counts once; cancelled, unpaid and "
            "refunded orders, and orders placed before the audience was made, are left out; currencies are "
            "kept apart."
        ),
        html.P("A column “contacted” or “group” is checked against the groups of this audience."),
        html.P(
            "Only counts and totals of the two groups are stored, no ids.",
            className="mb-0 smaller text-body-tertiary",
        ),
        html.Div(button("Choose a file", id=CHOOSE, kind="primary", icon="upload")),
        title="From a file",
        stack=True,
    )
    chosen = base or audience.result_id
    others = [source for source in sources if source.id != chosen and not source.is_training]
    if kind != "visitor":
        later: Component = html.P("This audience is made of sessions, which never return: use a file.")
    elif not others:
        later = html.P(
            "No other result yet. Upload the shop's export of the days after the campaign: visitors are "
            "recognised by their ids. Use this for larger files, too."
        )
    else:
        later = html.Div(
            [
                html.P(
                    "An export of the days after the campaign, of any size, with the same visitor ids. "
                    "Anyone missing is counted as not buying."
                ),
                html.Div(
                    [
                        *quietly_named(
                            "Later result",
                            dbc.Select(
                                id=LATER,
                                options=source_options(others),
                                value=others[0].id,
                                size="sm",
                            ),
                        ),
                        button("Read", id=READ),
                    ],
                    className="d-flex gap-2 mt-2",
                ),
            ]
        )
    return section(
        html.Div(
            [file, card(later, title="From a later result", stack=True)],
            className="columns",
        ),
        html.Div(id=PROBLEM, role="status", **{"aria-live": "polite"}),
        *_other_lists(audience, base, lists),
        title="Upload outcomes",
        subtitle="Who has bought since, among the contacted and the hold-out.",
        id="bring",
    )


def read_before(kept: KeptOutcomes, href: str) -> Component:
    """Say that the same outcomes were read before, with the way to them; nothing is added."""
    name = kept.figures["outcomes"]["source"]
    return banner(
        "info",
        "These outcomes were read before",
        f"“{name}”, read {date_time(kept.created_at)}, says exactly the same. Nothing was added.",
        button("Show them", href=href),
    )


def not_known(*, audience: Audience, base: str | None, lists: Sequence[Members]) -> Component:
    """Say that outcomes can't be read.

    ``base`` is the result the audience is applied to, where it isn't its own; ``lists`` are the results of
    which it was kept who was in the audience.
    """
    return section(
        banner(
            "warning",
            "No new outcomes can be read",
            "The result was deleted before the audience's groups were saved. Outcomes read earlier are still "
            "there. Apply the audience to another result to measure it there.",
        ),
        *_other_lists(audience, base, lists),
        html.Div(id=PROBLEM),
        html.Div(button("Choose a file", id=CHOOSE), hidden=True),
        title="Upload outcomes",
        id="bring",
    )


def _other_lists(audience: Audience, base: str | None, lists: Sequence[Members]) -> list[Component]:
    """Return links to the same campaign among the people of another result."""
    chosen = base or audience.result_id
    others = [members for members in lists if members.result_id != chosen]
    if not others:
        return []
    at = f"/audiences/{quote(audience.id)}/outcomes"
    mine = next((members.result_name for members in lists if members.result_id == chosen), None)
    said: list[Component | str] = [
        f"This measures the audience of “{mine}”. " if mine else "",
        "Measure instead: ",
    ]
    for place, members in enumerate(others):
        own = members.result_id == audience.result_id
        said += [
            ", " if place else "",
            dcc.Link(
                f"“{members.result_name}”", href=at if own else f"{at}?result={quote(members.result_id)}"
            ),
        ]
    return [html.P([*said, "."], className="mt-2 mb-0 smaller text-body-tertiary")]
