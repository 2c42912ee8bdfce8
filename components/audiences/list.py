"""All kept audiences, newest first, and the way to make one: of a result, or by a definition's file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from components.audiences.labels import counted
from components.base.format import NOTHING, ago, date_time, number, percent
from components.base.layout import badge, button, card, empty_state, page, simple_table, synthetic_badge
from core.audiences.repository import definition_of
from core.storage import Audience, Result

PATH = "/audiences"

#: Ids of this component: the button that asks for a file, what was read of it (``assets/js/audiences.js``
#: knows it too), where a bad one is told of, and the address a good one leads to.
FILE = "audiences-file"
FILE_READ = "audiences-file-read"
FILE_PROBLEM = "audiences-file-problem"
FILE_OPEN = "audiences-file-open"


def list_page(
    *, audiences: Sequence[Audience], total: int, latest: Result | None, there: Collection[str], me: str
) -> Component:
    """Return the page.

    Parameters
    ----------
    total
        How many audiences there are; the latest of them are listed.
    latest
        The newest result, to make an audience of.
    there
        The ids of results that are still there.
    me
        A name for whoever looks at the page (see ``core.base.requester``).
    """
    actions = [button("Open a definition", id=FILE, icon="file", title="A JSON file from an audience's page")]
    if latest is not None:
        actions.append(button("New audience", href=new_address(latest), kind="primary", icon="audience"))
    return page(
        dcc.Store(id=FILE_READ),
        dcc.Store(id=FILE_OPEN),
        html.Div(id=FILE_PROBLEM, role="alert", className="hide-empty"),
        _list(audiences, total, there, me) if audiences else _empty(latest),
        title="Audiences",
        subtitle="Who to contact, who is held out, and what the campaign achieved.",
        actions=actions,
    )


def new_address(result: Result) -> str:
    """Return the address where an audience is made of a result."""
    return f"{PATH}/new?result={quote(result.id)}"


def made_by(audience: Audience, me: str) -> str:
    """Say who has made an audience, as far as that is known."""
    if not audience.who:
        return "through the API"
    return "by you" if audience.who == me else "by someone else"


def _empty(latest: Result | None) -> Component:
    if latest is None:
        return card(
            empty_state(
                "No audiences yet",
                "Upload an export first; once it is scored, you can make an audience from it.",
                button("Upload an export", href="/upload", kind="primary", icon="upload"),
            )
        )
    return card(
        empty_state(
            "No audiences yet",
            "An audience is a list of people worth contacting, with a hold-out that shows whether it worked. "
            f"Start from the latest result, “{latest.dataset_name}”.",
            button("Make an audience", href=new_address(latest), kind="primary", icon="audience"),
        )
    )


def _list(audiences: Sequence[Audience], total: int, there: Collection[str], me: str) -> Component:
    more = f"The latest {number(len(audiences))} of {number(total)}." if total > len(audiences) else None
    table = simple_table(
        ["Audience", "Made from", "Size", "To contact", "Hold-out", "Average probability", "Made"],
        [_row(audience, audience.result_id in there, me) for audience in audiences],
        numeric=(2, 3, 4, 5),
        caption="Audiences",
        stack=True,
    )
    return card(
        table,
        *([html.P(more, className="audiences-below mb-0 smaller text-body-tertiary")] if more else []),
        flush=True,
    )


def _row(audience: Audience, is_there: bool, me: str) -> list[Component | str]:
    figures = audience.figures
    name: list[Component] = [
        dcc.Link(audience.name, href=f"{PATH}/{quote(audience.id)}", className="fw-medium text-break")
    ]
    if audience.synthetic:
        name.append(synthetic_badge())
    came_from: Component = (
        dcc.Link(audience.result_name, href=f"/results/{quote(audience.result_id)}")
        if is_there
        else html.Span([f"{audience.result_name} ", badge("deleted", "neutral")])
    )
    buyers = figures.get("buyers")
    expected = percent(buyers["value"] / figures["n"]) if buyers and figures["n"] else NOTHING
    made = html.Span(
        f"{ago(audience.created_at)}, {made_by(audience, me)}", title=date_time(audience.created_at)
    )
    return [
        html.Div(name, className="hstack flex-wrap gap-2"),
        came_from,
        counted(figures["n"], definition_of(audience).one_row_per),
        number(figures["treated"]),
        number(figures["held_out"]),
        expected,
        made,
    ]
