"""The mapping step: which column of the file is what, with a preview of how its rows would be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import number
from components.base.layout import banner, button, card, error_panel, simple_table
from components.upload.mapping_fields import fields, word_fields, words_of
from components.upload.mapping_options import NONE, Asked, asked_option, options_section, read_options
from components.upload.recognised import column_label, event_label
from core.ingest.base.model import Kind

if TYPE_CHECKING:
    from core.ingest import Mapping as ColumnMapping
    from core.services.preview import Preview

#: Ids of this component; ``RECIPE`` takes the file of a recipe.
KIND = "upload-kind"
FIELDS = "upload-fields"
WORDS = "upload-words"
WORDS_OF = "upload-words-of"
RECIPE = "upload-recipe"
PREVIEW = "upload-preview"
SCORE = "upload-score"


def mapping_form(
    *,
    kind: str,
    mapping: ColumnMapping,
    sources: Mapping[str, Sequence[str]],
    words: Mapping[str, str],
    time_zone: str | None = None,
    asked: Asked | None = None,
    has_to_choose: bool = False,
    beside: Component | None = None,
) -> Component:
    """Return the whole step.

    Parameters
    ----------
    sources
        The file's columns, with examples.
    words
        Words for events, with what they mean.
    time_zone
        The shop's, where the mapping names none.
    asked
        The choice of reading the form is opened for: it stands on top.
    has_to_choose
        Whether nothing can be scored before it is made.
    beside
        What else stands beside the form, below the preview.
    """
    return html.Div(
        [
            card(
                html.Fieldset(
                    [
                        html.Legend("What is one row of the file?", className="mb-1"),
                        dbc.RadioItems(
                            id=KIND,
                            value=kind,
                            options=[
                                {"value": "events", "label": "One event: a page, a search, a purchase"},
                                {"value": "sessions", "label": "One session: a whole visit in one row"},
                            ],
                        ),
                    ]
                ),
                html.Div(
                    asked_option(mapping=mapping, asked=asked, has_to_choose=has_to_choose), className="mt-3"
                )
                if asked
                else None,
                html.Div(
                    fields(kind=kind, mapping=mapping, sources=sources),
                    id=FIELDS,
                    className="vstack gap-3 mt-3",
                ),
                html.Div(
                    word_fields(kind=kind, mapping=mapping, words=words),
                    id=WORDS,
                    className="vstack gap-2 mt-3",
                ),
                dcc.Store(id=WORDS_OF, data=words_of(kind=kind, mapping=mapping)),
                options_section(mapping=mapping, time_zone=time_zone, asked=asked),
                title="Match your columns",
                subtitle="Best guesses are filled in. Leave out what the file doesn't have.",
                # Any file is taken: one that is no recipe is told, which ``accept`` would do without a word.
                actions=dcc.Upload(button("Use a recipe file", icon="upload", small=True), id=RECIPE),
            ),
            html.Div(
                [
                    html.Div(id=PREVIEW, className="upload-preview", role="status"),
                    html.Div(
                        button("Score this export", id=SCORE, kind="primary"),
                        className="d-flex justify-content-end",
                    ),
                    *([html.Div(beside, className="upload-beside")] if beside else []),
                ],
                className="sticky-column vstack gap-3",
            ),
        ],
        className="columns columns-wide align-items-start",
    )


def preview_panel(*, preview: Preview, kind: str) -> Component:
    """Return the first rows as they would be read."""
    names = [column_label(name, kind) for name in preview.columns]
    rows = [
        [
            event_label(cell) if name == "event_type" else cell
            for name, cell in zip(preview.columns, row, strict=True)
        ]
        for row in preview.rows
    ]
    kept = f"{number(preview.rows_kept)} of the first {number(preview.rows_read)} rows can be used"
    parts: list[Component] = []
    if preview.rejected:
        reasons = "; ".join(f"{reason} ({number(count)})" for reason, count in preview.rejected.items())
        parts.append(banner("warning", "Some rows will be left out", reasons))
    parts.append(simple_table(names, rows, caption="The first rows as they will be read"))
    return card(*parts, title="Preview", subtitle=kept, flush=not preview.rejected)


def unanswered_panel() -> Component:
    """Return what stands in place of the first rows until the question on top is answered."""
    return card(
        html.P("The first rows appear here once the question is answered.", className="mb-0 small"),
        title="Preview",
    )


def problem_panel(*, error: Mapping[str, Any]) -> Component:
    """Return what the mapping still lacks."""
    return error_panel(error=error)


def read_controls(
    *,
    base: ColumnMapping,
    kind: Kind,
    columns: Mapping[str, str | None],
    words: Mapping[str, str | None],
    options: Mapping[str, str | None],
) -> ColumnMapping:
    """Return the mapping the form's controls say; what the form doesn't show stays as in ``base``.

    Raises
    ------
    MappingError
        If a line of rates or rules can't be read.
    """
    event_types = {word: str(value) for word, value in words.items() if value and value != NONE}
    chosen = {name: source for name, source in columns.items() if source and source != NONE}
    if kind == base.kind and chosen.get("event_type") == base.columns.get("event_type"):
        # A format knows more words than the first rows show.
        event_types = {**{w: t for w, t in base.event_types.items() if w not in words}, **event_types}
    return replace(
        base,
        kind=kind,
        format=base.format if kind == base.kind else None,
        columns=chosen,
        event_types=event_types if kind == "events" else {},
        **read_options(options, base),
    )
