"""The page that makes an audience: the form on the left, what follows from it on the right."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.audiences.form import form_cards
from components.audiences.labels import default_name, filter_words
from components.audiences.summary import bands_card, curve_card, headline, notes_card, verdict
from components.base.control import typed
from components.base.layout import banner, button, card, empty_state, error_panel, page, synthetic_badge
from components.shared.clusters_only import clusters_only_notice
from components.shared.source_picker import source_options
from components.shared.trust import warning
from core.audiences import Definition, bands, figures, profit_curve
from core.audiences.selection import Selection
from core.base.errors import CoreError
from core.results.sources import Source
from core.results.trust import Trust

PATH = "/audiences/new"

#: Ids of this component. ``START`` holds the result's id and the filters; ``STATE`` the page's address as it
#: is, ``OPEN`` one to go to.
START = "audiences-start"
STATE = "audiences-state"
OPEN = "audiences-open"
RESULT = "audiences-result"
ANSWER = "audiences-answer"
BODY = "audiences-body"
SAVE = "audiences-save"
PROBLEM = "audiences-save-problem"
NAME = "audiences-name"


def new_page(
    *,
    sources: Sequence[Source],
    source: Source,
    definition: Definition,
    selection: Selection | CoreError,
    default: Definition,
    told: frozenset[str],
    clusters: dict[int, str],
    name: str = "",
    notes: Sequence[str] = (),
    trust: Trust | None = None,
) -> Component:
    """Return the page for a result.

    Parameters
    ----------
    sources
        The results an audience may be made of.
    source, definition
        The result, and what the form says.
    selection
        The definition applied to the result; an error where it can't be.
    default
        What the form starts with for this result.
    told
        The columns its sessions tell.
    name
        What the audience is to be called, if somebody has said so.
    trust
        How far to trust the result's predictions: where one shouldn't act on them, that comes first.
    """
    return page(
        dcc.Store(id=START, data={"result": source.id, "filters": definition.filters}),
        dcc.Store(id=STATE),
        dcc.Store(id=OPEN),
        *([banner("warning", "Parts of this link couldn't be used", " ".join(notes))] if notes else []),
        *(
            []
            if "purchase_probability" in told
            else [clusters_only_notice(bundle=source.bundle, basis=source.basis)]
        ),
        warning(trust, button("Back to the result", href=result_address(source.id, definition))),
        html.Div(
            [
                html.Div(
                    [
                        html.A(
                            "Skip to the figures and Save",
                            href=f"#{ANSWER}",
                            className="small fw-medium d-lg-none",
                        ),
                        _of_what(sources, source, definition, clusters),
                        *form_cards(definition=definition, told=told, currency=source.currency),
                    ],
                    className="vstack gap-3",
                ),
                html.Div(
                    [
                        _save(definition, source, name, trust),
                        html.Div(
                            body(source=source, definition=definition, selection=selection, default=default),
                            id=BODY,
                            className="audiences-body fades vstack gap-3",
                            role="region",
                            **{"aria-label": "The audience and what it may earn"},
                        ),
                    ],
                    id=ANSWER,
                    className="audiences-answer vstack gap-3",
                ),
            ],
            className="audiences-columns columns column-gap-4 align-items-start",
        ),
        title="New audience",
        subtitle="Choose who to contact, and hold some out to measure the effect.",
        actions=synthetic_badge() if source.synthetic else None,
    )


def body(
    *, source: Source, definition: Definition, selection: Selection | CoreError, default: Definition
) -> list[Component]:
    """Return what follows from the form, or why nothing does."""
    change = button("Change the filters", href=result_address(source.id, definition))
    if isinstance(selection, CoreError):
        return [error_panel(selection.to_dict(), change)]
    found = figures(selection)
    currency = source.currency
    if not found.people:
        return [
            card(
                empty_state(
                    "Nobody matches these filters",
                    "Remove some filters on the result page, or include people who have already bought.",
                    change,
                )
            )
        ]
    parts = [
        headline(figures=found, definition=definition, currency=currency),
        verdict(figures=found, definition=definition, currency=currency),
    ]
    if found.buyers is not None:
        parts.append(
            curve_card(curve=profit_curve(selection), figures=found, definition=definition, currency=currency)
        )
    shown = bands_card(
        bands=bands(source, definition),
        definition=definition,
        default=default,
        result_id=source.id,
        over=bool(found.known),
    )
    return [*parts, *([shown] if shown else []), notes_card(figures=found)]


def waiting() -> list[Component]:
    """Return what stands there while a field is invalid: figures would be of another audience."""
    text = "Correct the field marked in the form to see the figures."
    return [card(empty_state("A field is invalid", text))]


def no_result_page() -> Component:
    """Return the page where there is no result to choose from."""
    return page(
        card(
            empty_state(
                "No results yet",
                "Upload an export first; once it is scored, you can make an audience from it.",
                button("Upload an export", href="/upload", kind="primary", icon="upload"),
            )
        ),
        title="New audience",
    )


def result_address(result_id: str, definition: Definition) -> str:
    """Return the address of the result's page with the definition's filters."""
    query = definition.filters
    return f"/results/{quote(result_id)}{'?' + query if query else ''}"


def _of_what(
    sources: Sequence[Source], source: Source, definition: Definition, clusters: dict[int, str]
) -> Component:
    words = filter_words(definition.chosen, clusters, source.currency)
    said: list[Component | str] = (
        [
            html.Span(
                text,
                className="chip text-break",
            )
            for text in words
        ]
        if words
        else [html.Span("All sessions of this result", className="mb-0 smaller text-body-tertiary")]
    )
    return card(
        html.Div(
            [
                html.Label("Result", htmlFor=RESULT, className="smaller fw-medium text-body-secondary"),
                dbc.Select(id=RESULT, options=source_options(sources, source), value=source.id, size="sm"),
            ],
            className="vstack gap-1",
        ),
        html.Div(said, className="d-flex flex-wrap gap-2"),
        dcc.Link(
            "Change the filters" if words else "Add filters",
            href=result_address(source.id, definition),
            className="small fw-medium text-nowrap",
            title="On the result page; “Make an audience” leads back here with the filters",
        ),
        title="Sessions",
        stack=True,
    )


def _save(definition: Definition, source: Source, name: str, trust: Trust | None) -> Component:
    doubtful = trust is not None and not trust.act
    return dbc.Card(
        [
            html.Label("Audience name", htmlFor=NAME, className="smaller fw-medium text-body-secondary"),
            html.Div(
                [
                    typed(
                        id=NAME,
                        type="text",
                        value=name,
                        placeholder=default_name(definition, source.name, source.currency),
                        maxlength=120,
                        class_name="flex-words",
                    ),
                    button(
                        "Save anyway" if doubtful else "Save audience",
                        id=SAVE,
                        kind="secondary" if doubtful else "primary",
                        icon="save",
                    ),
                ],
                className="d-flex flex-wrap gap-2",
            ),
            html.Div(id=PROBLEM, role="alert"),
        ],
        body=True,
    )
