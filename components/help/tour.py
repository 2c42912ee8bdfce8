"""The tour: from the first export to a measured campaign, beside whatever page is open.

Four steps, of which everybody sees those their role includes.
"""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from components.base.layout import button, icon_button
from core.base.identity import Permission, may

#: Ids of this component, which ``assets/js/tour.js`` knows.
TOUR = "tour"
START = "tour-start"
CLOSE = "tour-close"
BACK = "tour-back"
NEXT = "tour-next"

#: Each step: its title, what to do, the page it happens on, and what one has to be allowed there.
STEPS: tuple[tuple[str, str, str, str, Permission], ...] = (
    (
        "Upload an export",
        "Drop in a file from your shop or analytics tool: CSV, JSON, Parquet or Excel. We detect the format. "
        "If the export has enough purchases, a model of your own is trained from it right away.",
        "/upload",
        "Upload",
        "uploads.write",
    ),
    (
        "Read the answer",
        "Each result opens with how many sessions will buy, what they are worth and how far you can trust "
        "that. "
        "Below are the likeliest buyers, each with its strongest reason.",
        "/results",
        "Results",
        "results.read",
    ),
    (
        "Choose who to contact",
        "“Make an audience” on a result ranks people by probability or expected revenue and holds some out "
        "at "
        "random. Download the list for your mailing or ad platform.",
        "/audiences",
        "Audiences",
        "audiences.write",
    ),
    (
        "Measure it",
        "After the campaign, upload who bought on the audience's page. Comparing the contacted with the "
        "hold-out "
        "shows what the campaign really achieved.",
        "/audiences",
        "Audiences",
        "audiences.write",
    ),
)


def tour() -> Component:
    """Return the tour, closed; it opens by itself on a first visit to home, and from the page of help."""
    steps = [step[:4] for step in STEPS if may(step[4])]
    return html.Div(
        [
            html.Div([_step(place, len(steps), *step) for place, step in enumerate(steps)]),
            html.Div(
                [
                    button("Back", id=BACK, small=True),
                    button("Next", id=NEXT, kind="primary", small=True),
                ],
                className="hstack gap-2 justify-content-end",
            ),
            html.Div(icon_button("x", "Close the tour", id=CLOSE, small=True), className="tour-close"),
        ],
        id=TOUR,
        role="dialog",
        hidden=True,
        className="tour",
        tabIndex=-1,
        **{"aria-labelledby": "tour-title-1"},
    )


def _step(place: int, of: int, title: str, text: str, href: str, page: str) -> Component:
    return html.Div(
        [
            html.Div(f"Tour, step {place + 1} of {of}", className="smaller text-body-tertiary"),
            html.H2(title, id=f"tour-title-{place + 1}", className="tour-title"),
            html.P(text, className="mb-2 small text-body-secondary"),
            dcc.Link(f"Open {page}", href=href, className="small"),
        ],
        hidden=place > 0,
        className="tour-step",
        **{"data-page": href},
    )
