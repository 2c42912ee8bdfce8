"""One dataset: what it was recognised as, how its columns map, and scoring it."""

from __future__ import annotations

import base64
from typing import Any

import dash
from dash import ALL, Input, Output, State, callback, ctx, no_update, set_props
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.shared.time_zones import own_zone_first
from components.upload.dataset import AGAIN, DATASET, dataset_page
from components.upload.fetching import CLOCK, STATUS, WATCHED, status
from components.upload.mapping import (
    FIELDS,
    KIND,
    PREVIEW,
    RECIPE,
    SCORE,
    WORDS,
    WORDS_OF,
    preview_panel,
    problem_panel,
    read_controls,
    unanswered_panel,
)
from components.upload.mapping_fields import (
    COLUMN,
    EXAMPLES,
    WORD,
    examples_text,
    fields,
    word_fields,
    words_of,
)
from components.upload.mapping_options import OPTION, option_id
from core.base.errors import CoreError
from core.ingest.base.model import Kind
from core.services import datasets

#: Dash's own: the address, and the container of the page in view.
LOCATION = "_pages_location"
CONTENT = "_pages_content"
COLUMNS = {"type": COLUMN, "column": ALL}
MEANINGS = {"type": WORD, "word": ALL}
OPTIONS = {"type": OPTION, "name": ALL}

dash.register_page(__name__, path_template="/upload/<dataset_id>", name="Export", title="Export", nav=False)


def layout(dataset_id: str = "", change: str | None = None, **_: object) -> Component:
    """Return the page of one dataset; ``change`` opens what says how its columns are read."""
    return dataset_page(opened=datasets.open_dataset(dataset_id), change=change)


own_zone_first(option_id("time_zone"))


@callback(
    Output(STATUS, "children"),
    Output(LOCATION, "href", allow_duplicate=True),
    Input(CLOCK, "n_intervals"),
    State(WATCHED, "data"),
    prevent_initial_call=True,
)
def follow(_ticks: int | None, dataset_id: str) -> tuple[Any, Any]:
    """Say how far the fetching of files is; once it is over, show what came of it."""
    opened = datasets.open_dataset(dataset_id)
    if opened.results:
        return no_update, f"/results/{opened.results[0].id}"
    if opened.dataset.is_arriving:
        return status(dataset=opened.dataset), no_update
    set_props(CONTENT, {"children": layout(dataset_id)})
    return no_update, no_update


@callback(
    Output(FIELDS, "children"),
    Input(KIND, "value"),
    State(DATASET, "data"),
    prevent_initial_call=True,
)
def switch_kind(kind: Kind, dataset_id: str) -> list[Component]:
    """Show the columns of events or of session rows, with the best guess for each."""
    opened = datasets.open_dataset(dataset_id)
    return fields(kind=kind, mapping=opened.mapping_as(kind), sources=opened.sources)


@callback(
    Output(WORDS, "children"),
    Output(WORDS_OF, "data"),
    Input(COLUMNS, "value"),
    State(WORDS_OF, "data"),
    State(KIND, "value"),
    State(DATASET, "data"),
    prevent_initial_call=True,
)
def show_words(
    _values: list[Any], shown: list[str], kind: Kind, dataset_id: str
) -> tuple[list[Component], list[str]]:
    """Ask what the words of the event column mean, once it is another column."""
    opened = datasets.open_dataset(dataset_id)
    mapping = read_controls(base=opened.mapping, kind=kind, columns=_chosen(0), words={}, options={})
    wanted = words_of(kind=kind, mapping=mapping)
    # Not "was it this dropdown?": of two changes in a row Dash keeps only the later one's answer.
    if wanted == shown:
        raise PreventUpdate
    return word_fields(kind=kind, mapping=mapping, words=opened.words(mapping)), wanted


@callback(
    Output(PREVIEW, "children"),
    Output({"type": EXAMPLES, "column": ALL}, "children"),
    Output(SCORE, "disabled"),
    Input(COLUMNS, "value"),
    Input(MEANINGS, "value"),
    Input(OPTIONS, "value"),
    State(KIND, "value"),
    State(DATASET, "data"),
)
def show_preview(
    _columns: list[Any], _words: list[Any], _options: list[Any], kind: Kind, dataset_id: str
) -> tuple[Component, list[str], bool]:
    """Read the first rows as the form says, or say what is missing."""
    opened = datasets.open_dataset(dataset_id)
    columns = _chosen(0)
    examples = [
        examples_text(opened.sources.get(columns.get(place["id"]["column"]) or ""))
        for place in ctx.outputs_list[1]
    ]
    try:
        mapping = read_controls(
            base=opened.mapping,
            kind=kind,
            columns=columns,
            words=_chosen(1, "word"),
            options=_chosen(2, "name"),
        )
        if opened.is_asked(mapping):
            return unanswered_panel(), examples, True
        return preview_panel(preview=opened.preview(mapping), kind=kind), examples, False
    except CoreError as error:
        return problem_panel(error=error.to_dict()), examples, True


@callback(
    Output(LOCATION, "href", allow_duplicate=True),
    Input(SCORE, "n_clicks"),
    State(COLUMNS, "value"),
    State(MEANINGS, "value"),
    State(OPTIONS, "value"),
    State(KIND, "value"),
    State(DATASET, "data"),
    running=[(Output(SCORE, "disabled"), True, False)],
    prevent_initial_call=True,
)
def score_mapped(
    clicks: int,
    _columns: list[Any],
    _words: list[Any],
    _options: list[Any],
    kind: Kind,
    dataset_id: str,
) -> str:
    """Keep the mapping, queue the scoring and go where it can be watched."""
    if not clicks:
        raise PreventUpdate
    places = ctx.states_list
    mapping = read_controls(
        base=datasets.open_dataset(dataset_id).mapping,
        kind=kind,
        columns=_values(places[0], "column"),
        words=_values(places[1], "word"),
        options=_values(places[2], "name"),
    )
    return datasets.score(dataset_id, mapping)


@callback(
    Output(RECIPE, "contents"),
    Input(RECIPE, "contents"),
    State(DATASET, "data"),
    prevent_initial_call=True,
)
def take_recipe(contents: str | None, dataset_id: str) -> None:
    """Read the dataset by the recipe in a file, show the page as it is then, and wait for another file."""
    if not contents:
        raise PreventUpdate
    datasets.take_recipe(dataset_id, base64.b64decode(contents.partition(",")[2]))
    set_props(CONTENT, {"children": layout(dataset_id)})


@callback(
    Output(LOCATION, "href", allow_duplicate=True),
    Input(AGAIN, "n_clicks"),
    State(DATASET, "data"),
    prevent_initial_call=True,
)
def score_again(clicks: int, dataset_id: str) -> str:
    """Queue another scoring of the dataset and go where it can be watched."""
    if not clicks:
        raise PreventUpdate
    return datasets.score(dataset_id)


def _chosen(place: int, key: str = "column") -> dict[str, str | None]:
    return _values(ctx.inputs_list[place], key)


def _values(places: list[dict[str, Any]], key: str) -> dict[str, str | None]:
    return {place["id"][key]: place.get("value") for place in places}
