"""The page of one dataset: what it was recognised as, what came of reading it, how its columns map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import ago, date_time, number, size
from components.base.layout import banner, button, card, facts, page, synthetic_badge
from components.shared.assumptions import assumptions_notice
from components.shared.model_links import train_address
from components.upload.fetching import fetching_page, is_on_its_way
from components.upload.history import ENTRY_DIALOG, NAME_LENGTH, delete_button, state_badge
from components.upload.mapping import mapping_form
from components.upload.mapping_options import asked_of
from components.upload.recognised import columns_table, files_card, read_facts, recognised, refused, told_card
from core.storage import Result
from core.training.data.loading import LEAST_BUYERS

if TYPE_CHECKING:
    from core.services.datasets import Opened

#: Ids of this component: ``DATASET`` holds the id of the dataset in view.
DATASET = "upload-dataset"
AGAIN = "upload-again"
#: Where its columns can be read in another way.
DIFFERENTLY = "differently"
MOST_WORDS = 8


def dataset_page(*, opened: Opened, change: str | None = None) -> Component:
    """Return the whole page; ``change`` has how its columns are read come first, that choice on top."""
    dataset, latest = opened.dataset, next(iter(opened.results), None)
    if is_on_its_way(dataset=dataset):
        return fetching_page(dataset=dataset)
    needs_mapping = dataset.state == "needs_mapping"
    is_open = needs_mapping or change is not None
    facts = [*_summary(opened), state_badge(dataset=dataset, result=latest)]
    if dataset.synthetic:
        facts.append(synthetic_badge())
    return page(
        dcc.Store(id=DATASET, data=dataset.id),
        _what_next(opened, latest),
        _uploaded_before(opened),
        _as_before(opened),
        assumptions_notice(dataset.report.assumptions, dataset.id) if dataset.report else None,
        _mapping(opened, change=change) if is_open else None,
        html.Div(
            [part for part in (recognised(dataset=dataset), _read(opened)) if part is not None],
            className="cards",
        ),
        told_card(recognition=dataset.recognition),
        refused(dataset=dataset),
        files_card(dataset=dataset),
        *([] if is_open else [columns_table(recognition=dataset.recognition), _mapping_on_request(opened)]),
        ENTRY_DIALOG.closed(longest=NAME_LENGTH, labelled=False),
        title=dataset.name,
        subtitle=html.Div(facts, className="hstack flex-wrap row-gap-1 column-gap-3"),
        actions=[
            *([] if needs_mapping else [*_train(dataset.id, latest), _recipe(dataset.id)]),
            button("Rename", id=ENTRY_DIALOG.rename(dataset.id), icon="pencil"),
            *delete_button(dataset.id, "Delete"),
        ],
    )


def _train(dataset_id: str, latest: Result | None) -> list[Component]:
    """Lead to training, unless it is known that there are too few purchases to learn from."""
    recorded = latest.recorded if latest is not None else None
    if recorded is not None and recorded.outcomes and recorded.buyers < LEAST_BUYERS:
        return []
    return [button("Train a model on it", href=train_address(dataset_id), icon="model")]


def _recipe(dataset_id: str) -> Component:
    return button(
        "Recipe",
        href=f"/api/datasets/{dataset_id}/recipe.json",
        icon="download",
        external=True,
        title="How its columns are read, as a file for another installation or the command line",
    )


def _uploaded_before(opened: Opened) -> Component | None:
    """Say that the same bytes were uploaded earlier, with the way to what became of them."""
    before = opened.earlier
    if before is None:
        return None
    words = {
        "scoring": ("It is still being scored.", "See its progress"),
        "done": ("It is already scored.", "Open its results"),
        "other": ("Both are kept.", "Open the earlier one"),
    }
    text, way = words[before.state]
    return banner(
        "info",
        "This file was uploaded before",
        f"Same content as “{before.name}”. {text}",
        button(way, href=before.href),
    )


def _as_before(opened: Opened) -> Component | None:
    """Say that it is read by the recipe of an earlier export, and what of it that one doesn't know."""
    name = opened.dataset.recipe
    if name is None:
        return None
    if opened.dataset.state != "needs_mapping":
        change = button("Change it", href=f"#{DIFFERENTLY}", external=True)
        return banner("info", f"Read as before: the recipe of “{name}”", "Its columns are the same.", change)
    new = opened.new_words()
    shown = ", ".join(new[:MOST_WORDS]) + (
        f" and {number(len(new) - MOST_WORDS)} more" * (len(new) > MOST_WORDS)
    )
    text = (
        f"These event names are new: {shown}. Choose what they mean." if new else "Check it before scoring."
    )
    return banner("info", f"The recipe of “{name}” is filled in", text)


def _summary(opened: Opened) -> list[Component]:
    dataset = opened.dataset
    return [
        html.Span(f"Uploaded {ago(dataset.created_at)}", title=date_time(dataset.created_at)),
        html.Span(size(dataset.size_bytes)),
    ]


def _what_next(opened: Opened, latest: Result | None) -> Component | None:
    question = opened.dataset.recognition.question
    if opened.dataset.state == "needs_mapping" and question and not opened.dataset.recipe:
        return banner("warning", "One question before it can be scored", question)
    if opened.dataset.state == "needs_mapping":
        return banner(
            "warning",
            "Its columns need mapping",
            "Choose below what each column means; then it can be scored.",
        )
    again = button("Score it again", id=AGAIN)
    if latest is None:
        return banner("info", "Not scored yet", action=button("Score it", id=AGAIN, kind="primary"))
    watch = button("Open its results", href=f"/results/{latest.id}", kind="primary")
    if latest.state == "done":
        has_model = latest.basis is None or latest.basis.kind != "none"
        what = "sessions have a prediction" if has_model else "sessions read, without predictions yet"
        title = f"{number(latest.n_sessions)} {what}"
        return banner("success", title, f"Scored {ago(latest.finished_at)}.", action=[watch, again])
    if latest.state == "failed":
        error = latest.error or {}
        text = " ".join(str(error[key]) for key in ("where", "remedy") if error.get(key))
        return banner("danger", str(error.get("message") or "Scoring failed."), text, action=again)
    if latest.state == "cancelled":
        return banner("info", "Scoring was cancelled", action=again)
    return banner("info", "Being scored", latest.message, action=watch)


def _read(opened: Opened) -> Component | None:
    report = opened.dataset.report
    if report is None:
        return None
    said = {made.text for made in report.assumptions}
    notes = [
        html.P(note, className="mt-3 mb-0 small text-body-tertiary")
        for note in report.notes
        if note not in opened.dataset.recognition.notes and note not in said
    ]
    return card(facts(*read_facts(report=report)), *notes, title="What was read")


def _mapping(opened: Opened, *, change: str | None = None) -> Component:
    mapping = opened.mapping
    question = opened.question(mapping)
    return mapping_form(
        kind=mapping.kind,
        mapping=mapping,
        sources=opened.sources,
        words=opened.words(mapping),
        time_zone=opened.time_zone,
        asked=question.about if question else asked_of(change),
        has_to_choose=bool(question),
        beside=columns_table(recognition=opened.dataset.recognition)
        if change is not None or opened.dataset.state == "needs_mapping"
        else None,
    )


def _mapping_on_request(opened: Opened) -> Component:
    return html.Details(
        [
            html.Summary(
                "Change how its columns are read", className="small fw-medium text-primary-emphasis"
            ),
            # Inside, so that a browser that follows the anchor opens what folds it away.
            html.Div(_mapping(opened), id=DIFFERENTLY, className="mt-3"),
        ],
        className="mt-3",
    )
