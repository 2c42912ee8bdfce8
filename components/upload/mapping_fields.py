"""The columns and words of the mapping step: which column of the file is what, and what its words mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.control import dom_id
from components.base.format import number
from components.base.layout import banner
from components.upload.mapping_options import NONE, labelled
from components.upload.recognised import EVENT_LABELS, column_label, event_label
from core.base.written import shortened
from core.ingest.base.model import EVERY_ROW
from core.ingest.cells.sniff import looks_like_time
from core.schema.events import EventType
from core.schema.sessions import SESSION_FIELDS

if TYPE_CHECKING:
    from core.ingest import Mapping as ColumnMapping

#: Ids of this component: ``COLUMN`` and ``EXAMPLES`` once a canonical column, ``WORD`` once a word.
COLUMN = "upload-column"
EXAMPLES = "upload-column-examples"
WORD = "upload-word"

LONGEST_OPTION = 60
#: Title of the first group of a log's columns; the others are folded up while nothing of them is chosen.
NEEDED = "Needed: when, what, and either the visit or the person"


#: What a log can't be read without, as the questions its columns answer; one of the last two is enough.
QUESTIONS: dict[str, str] = {
    "timestamp": "When did it happen?",
    "event_type": "What happened?",
    "session_id": "Which visit was it in?",
    "visitor_id": "Who did it?",
}
EVENT_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (NEEDED, tuple(QUESTIONS)),
    ("More about the visit", ("user_id", "date", "order", "event_id")),
    ("Product", ("product_id", "category", "colour", "brand")),
    ("Money", ("price", "quantity", "revenue", "currency", "order_id", "order_status")),
    ("Visitor", ("country", "device", "channel", "page", "is_returning", "user_agent")),
)


def column_id(name: str) -> dict[str, str]:
    """Return the id of the dropdown of a canonical column."""
    return {"type": COLUMN, "column": name}


def examples_id(name: str) -> dict[str, str]:
    """Return the id of the examples beside it."""
    return {"type": EXAMPLES, "column": name}


def word_id(word: str) -> dict[str, str]:
    """Return the id of the dropdown that says what a word of the file means."""
    return {"type": WORD, "word": word}


def fields(*, kind: str, mapping: ColumnMapping, sources: Mapping[str, Sequence[str]]) -> list[Component]:
    """Return a row for each canonical column, under headings."""
    return [
        _group(
            title,
            [_field(name, kind, mapping.columns.get(name), sources) for name in names],
            sum(name in mapping.columns for name in names),
        )
        for title, names in _groups(kind)
    ]


def _group(title: str, rows: list[Component], filled: int) -> Component:
    """Return the columns of a group; those that nothing needs are folded up where none is filled in."""
    heading = "smaller fw-medium text-body-tertiary pb-1 mb-1 border-bottom"
    if title == NEEDED:
        return html.Fieldset([html.Legend(title, className=heading), *rows], className="vstack gap-2")
    summary = f"{title} · {number(filled)} of {number(len(rows))} chosen"
    return html.Details(
        [html.Summary(summary, className=heading), html.Div(rows, className="vstack gap-2 mt-2")],
        open=filled > 0,
    )


def words_of(*, kind: str, mapping: ColumnMapping) -> list[str]:
    """Return what the words shown depend on: the kind, and the column that says what happened."""
    return [kind, mapping.columns.get("event_type") or NONE]


def word_fields(*, kind: str, mapping: ColumnMapping, words: Mapping[str, str]) -> list[Component]:
    """Return a dropdown for each word of the event column, or one for what every row is."""
    if kind != "events":
        return []
    types = [{"value": str(value), "label": event_label(value)} for value in EventType]
    if not mapping.columns.get("event_type"):
        return [
            html.Div(
                "No column says what happened",
                className="smaller fw-medium text-body-tertiary pb-1 mb-1 border-bottom",
            ),
            labelled(
                "Every row is a",
                dbc.Select(
                    id=word_id(EVERY_ROW),
                    value=mapping.event_types.get(EVERY_ROW, NONE),
                    options=[{"value": NONE, "label": "Choose"}, *types],
                    size="sm",
                ),
                dom_id(word_id(EVERY_ROW)),
            ),
        ]
    if not words:
        return [
            banner(
                "warning",
                "This column has too many different values to say what happened.",
                "Choose another one, or leave it out and choose what every row is.",
            )
        ]
    return [
        html.Div(
            "What its values mean (unknown ones count as Other)",
            className="smaller fw-medium text-body-tertiary pb-1 mb-1 border-bottom",
        ),
        *(
            html.Div(
                [
                    html.Label(html.Code(word), htmlFor=dom_id(word_id(word))),
                    dbc.Select(id=word_id(word), value=str(meaning), options=types, size="sm"),
                ],
                className="upload-word align-items-center",
            )
            for word, meaning in words.items()
        ),
    ]


def examples_text(examples: Iterable[str] | None) -> str:
    """Return the examples of a column as one short line."""
    return ", ".join(list(examples or ())[:3])


def _groups(kind: str) -> list[tuple[str, tuple[str, ...]]]:
    if kind == "events":
        return list(EVENT_GROUPS)
    groups: dict[str, list[str]] = {}
    for field in SESSION_FIELDS:
        groups.setdefault(field.group, []).append(field.name)
    return [(title, tuple(names)) for title, names in groups.items()]


def _field(name: str, kind: str, chosen: str | None, sources: Mapping[str, Sequence[str]]) -> Component:
    label = column_label(name, kind)
    text = EVENT_LABELS[name][1] if kind == "events" else _session_help(name)
    if kind == "events" and name in QUESTIONS:
        label = QUESTIONS[name]
    return html.Div(
        [
            html.Label(
                [
                    html.Span(label, className="d-block small fw-medium"),
                    html.Span(text, className="d-block smaller text-body-tertiary"),
                ],
                htmlFor=dom_id(column_id(name)),
            ),
            html.Div(
                [
                    dbc.Select(
                        id=column_id(name),
                        value=chosen or NONE,
                        options=[
                            {"value": NONE, "label": "Not in the file"},
                            *(
                                {"value": source, "label": _option(source, sources[source])}
                                for source in _likely_first(name, sources)
                            ),
                        ],
                        size="sm",
                    ),
                    html.Div(
                        examples_text(sources.get(chosen or "")),
                        id=examples_id(name),
                        className="upload-examples smaller text-body-tertiary text-break",
                    ),
                ]
            ),
        ],
        className="upload-field align-items-start",
    )


def _likely_first(name: str, sources: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the columns of the file; for a time, those that look like one come first."""
    if name not in ("timestamp", "date", "started_at"):
        return list(sources)
    return sorted(sources, key=lambda source: not looks_like_time(list(sources[source])))


def _option(source: str, examples: Sequence[str]) -> str:
    text = f"{source} · {examples[0]}" if examples else source
    return shortened(text, LONGEST_OPTION)


def _session_help(name: str) -> str:
    return next(field.help for field in SESSION_FIELDS if field.name == name)
