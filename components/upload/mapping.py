"""The mapping step: which column of the file is what, with a preview of how its rows would be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import dom_id
from components.base.format import number
from components.base.layout import banner, button, card, error_panel, simple_table
from components.upload.recognised import EVENT_LABELS, column_label, event_label
from core.ingest.base.model import EVERY_ROW, Kind
from core.ingest.base.rule_texts import read_internal, read_rates, write_internal, write_rates
from core.ingest.cells.sniff import looks_like_time
from core.schema.events import EventType
from core.schema.sessions import SESSION_FIELDS

if TYPE_CHECKING:
    from core.ingest import Mapping as ColumnMapping
    from core.services.preview import Preview

#: Ids of this component: ``COLUMN`` and ``EXAMPLES`` once a canonical column, ``WORD`` once a word,
#: ``OPTION`` once a key of ``OPTIONS``. ``RECIPE`` takes the file of a recipe.
KIND = "upload-kind"
FIELDS = "upload-fields"
COLUMN = "upload-column"
EXAMPLES = "upload-column-examples"
WORDS = "upload-words"
WORDS_OF = "upload-words-of"
WORD = "upload-word"
OPTION = "upload-option"
RECIPE = "upload-recipe"
PREVIEW = "upload-preview"
SCORE = "upload-score"

#: Keys of ``read_controls``' options.
OPTIONS = (
    "time_unit",
    "day_first",
    "time_zone",
    "local_times",
    "decimal",
    "currency",
    "keep_robots",
    "rates",
    "internal",
)

#: What a dropdown holds where the file has no such column, or an option is found out from the file.
#: No column is called like this: names are stripped. (An empty value would show no label.)
NONE = " "
#: What a list says, and a field shows, where the file is to tell by itself.
FIND_OUT = "Detect"
LONGEST_OPTION = 60
#: What the choice of which of day and month stands first is called, and says while it has to be made.
DATES, CHOOSE = "In dates like 03/04/2026", "Choose"
#: Title of the first group of a log's columns; the others are folded up while nothing of them is chosen.
NEEDED = "Needed: when, what, and either the visit or the person"

TIME_UNITS = {"s": "Seconds", "ms": "Milliseconds", "us": "Microseconds", "ns": "Nanoseconds"}
DAY_ORDERS = {"1": "The day is first", "0": "The month is first"}
DECIMALS = {".": "Point: 12.50", ",": "Comma: 12,50"}
CLOCKS = {"1": "The shop's clock"}
ROBOTS = {"1": "Count them"}

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


def option_id(name: str) -> dict[str, str]:
    """Return the id of what sets one of ``OPTIONS``."""
    return {"type": OPTION, "name": name}


def mapping_form(
    *,
    kind: str,
    mapping: ColumnMapping,
    sources: Mapping[str, Sequence[str]],
    words: Mapping[str, str],
    time_zone: str | None = None,
    dates: str | None = None,
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
    dates
        What the choice of which of day and month stands first says until it is made, if that choice is what
        the form is opened for: it then stands on top.
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
                html.Div(_date_order(mapping, dates), className="mt-3") if dates else None,
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
                _options(mapping, time_zone, has_date_order=dates is None),
                title="Say what the columns are",
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
                ],
                className="sticky-column vstack gap-3",
            ),
        ],
        className="columns columns-wide align-items-start",
    )


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
            _labelled(
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


def problem_panel(*, error: Mapping[str, Any]) -> Component:
    """Return what the mapping still lacks."""
    return error_panel(error=error)


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
    return text if len(text) <= LONGEST_OPTION else f"{text[: LONGEST_OPTION - 1]}…"


def _date_order(mapping: ColumnMapping, unless: str = FIND_OUT) -> Component:
    day_first = None if mapping.day_first is None else str(int(mapping.day_first))
    return _choice(DATES, "day_first", day_first, DAY_ORDERS, unless)


def _options(mapping: ColumnMapping, time_zone: str | None, *, has_date_order: bool) -> Component:
    local, robots = ("1" if chosen else None for chosen in (mapping.local_times, mapping.keep_robots))
    zones = {name: name for name in time_zones()}
    return html.Details(
        [
            html.Summary("Times, money and robots", className="small fw-medium text-primary-emphasis"),
            html.Div(
                [
                    _choice("Times as numbers are in", "time_unit", mapping.time_unit, TIME_UNITS),
                    _date_order(mapping) if has_date_order else None,
                    _choice(
                        "The shop's time zone",
                        "time_zone",
                        mapping.time_zone,
                        zones,
                        f"{time_zone}, as set" if time_zone else "As written, or UTC",
                    ),
                    _choice("Times without a time zone are by", "local_times", local, CLOCKS, "UTC"),
                    _choice("Decimal sign", "decimal", mapping.decimal, DECIMALS),
                    _labelled(
                        "Currency (ISO code)",
                        dbc.Input(
                            id=option_id("currency"),
                            value=mapping.currency or "",
                            type="text",
                            maxlength=3,
                            placeholder=FIND_OUT,
                            debounce=True,
                            size="sm",
                        ),
                        dom_id(option_id("currency")),
                    ),
                    _choice("Visits of robots", "keep_robots", robots, ROBOTS, "Leave them out"),
                    _lines("Currency rates, one per line", "rates", write_rates(mapping.rates), "USD = 0.92"),
                    _lines(
                        "Your team's own visits, one rule per line",
                        "internal",
                        write_internal(mapping.internal),
                        "user_id = qa-*",
                    ),
                    html.Div(
                        [
                            "A rate says what one unit is worth in the currency above, or else in the one "
                            "most orders are in. Left empty, both are as in the ",
                            dcc.Link("settings", href="/settings"),
                            ".",
                        ],
                        className="smaller text-body-tertiary",
                    ),
                ],
                className="cards-sm mt-3",
            ),
        ],
        className="mt-3",
    )


@lru_cache(maxsize=1)
def time_zones() -> tuple[str, ...]:
    """Return the names of the time zones there are, less those that are no place's."""
    return tuple(sorted(available_timezones() - {"Factory", "localtime"}))


def _choice(
    label: str, name: str, value: str | None, words: Mapping[str, str], unless: str = FIND_OUT
) -> Component:
    """Return a list of what to take the file's values for; ``unless`` one is chosen, it says what holds."""
    id = option_id(name)
    options = [{"value": key, "label": text} for key, text in {NONE: unless, **words}.items()]
    return _labelled(label, dbc.Select(id=id, value=value or NONE, options=options, size="sm"), dom_id(id))


def _lines(label: str, name: str, value: str, example: str) -> Component:
    """Return a field of rules, one per line; they count once it is left."""
    area = dbc.Textarea(
        id=option_id(name),
        value=value,
        placeholder=example,
        rows=2,
        size="sm",
        spellcheck="false",
        debounce=True,
    )
    return _labelled(label, area, dom_id(option_id(name)))


def _labelled(text: str, control: Component, id: str) -> Component:
    return html.Div([html.Label(text, htmlFor=id, className="form-label"), control])


def _session_help(name: str) -> str:
    return next(field.help for field in SESSION_FIELDS if field.name == name)


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
    told = {name: (options.get(name) or "").strip() or None for name in OPTIONS}
    day_first = told["day_first"]
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
        time_unit=told["time_unit"],
        day_first=None if day_first is None else day_first == "1",
        time_zone=told["time_zone"],
        local_times=told["local_times"] is not None,
        decimal=told["decimal"],
        currency=told["currency"].upper() if told["currency"] else None,
        keep_robots=told["keep_robots"] is not None,
        rates=read_rates(told["rates"]) if "rates" in options else base.rates,
        internal=read_internal(told["internal"]) if "internal" in options else base.internal,
    )
