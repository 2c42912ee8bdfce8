"""The parts of the upload pages."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dash_bootstrap_components as dbc
import pytest
from dash import dcc, html

from components.upload.dataset import dataset_page
from components.upload.drop import DROP, FILE, PICKER, drop_zone, sample_cards
from components.upload.history import (
    dialog_content,
    history,
    state_badge,
)
from components.upload.mapping import mapping_form, preview_panel, read_controls
from components.upload.mapping_fields import column_id, word_id
from components.upload.mapping_options import NONE, Asked, option_id
from components.upload.recognised import columns_table, files_card, read_facts, recognised, refused, told_card
from components.upload.source import listing, summary
from core.ingest import IngestReport, Mapping, Recognition, inspect
from core.ingest.base.assumptions import Money
from core.ingest.base.model import READ_ALREADY, FileReport
from core.services.datasets import Earlier, Opened
from core.services.preview import Preview
from core.services.samples import samples
from core.sources.base import Entry
from core.storage import Basis, Dataset, DatasetFile, Fetch, Recorded, Result
from core.training.data.loading import LEAST_BUYERS
from tests.components.reading import of_type, text, walk

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OPTIONS = {"time_unit": NONE, "day_first": NONE, "decimal": NONE, "currency": ""}


@pytest.fixture
def recognition(tmp_path: Path) -> Recognition:
    path = tmp_path / "clicks.csv"
    path.write_text("who;when;did;shade\nv1;2026-03-01 10:00:00;view;red\nv1;2026-03-01 10:01:00;zap;blue\n")
    return inspect(path)


@pytest.fixture
def dataset(recognition: Recognition, tmp_path: Path) -> Dataset:
    return Dataset(
        id="d1",
        name="<b>March</b>",
        filename="clicks.csv",
        size_bytes=1_300_000,
        sha256="0",
        created_at=NOW,
        synthetic=False,
        recognition=recognition,
        mapping=None,
        report=None,
        state="needs_mapping",
        folder=tmp_path,
        upload_path=tmp_path / "clicks.csv",
    )


def make_result(**changes: Any) -> Result:
    told: dict[str, Any] = {
        "id": "r1", "dataset_id": "d1", "dataset_name": "March", "synthetic": False, "bundle": "demo-shop",
        "state": "done", "step": "done", "share": 1.0, "message": "", "error": None, "created_at": NOW,
        "finished_at": NOW, "n_sessions": 1234, "currency": "EUR", "has_outcomes": True, "has_revenue": True,
        "notes": (), "folder": Path(),
    }  # fmt: skip
    return Result(**{**told, **changes})


def test_the_drop_zone_tells_the_script_its_limits() -> None:
    zone = drop_zone(limit=5_000_000, suffixes=(".csv", ".gz"))
    drop = next(part for part in walk(zone) if getattr(part, "id", None) == DROP)

    assert getattr(drop, "data-limit") == "5000000"
    assert getattr(drop, "data-accept") == ".csv,.gz"
    assert next(part for part in of_type(zone, html.Label)).htmlFor == FILE
    assert any(getattr(part, "id", None) == PICKER for part in walk(zone))
    assert "5 MB" in text(zone)


def test_every_sample_can_be_tried_and_looked_into() -> None:
    cards = sample_cards(samples=samples())
    for sample in samples():
        assert any(getattr(part, "href", None) == f"/api/samples/{sample.name}" for part in walk(cards))
        assert any(
            getattr(part, "id", None) == {"type": "upload-sample", "sample": sample.name}
            for part in walk(cards)
        )


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"state": "done"}, "Scored"),
        ({"state": "done", "basis": Basis(kind="none")}, "No predictions"),
        ({"state": "running", "share": 0.45}, "45%"),
        ({"state": "queued"}, "Waiting"),
        ({"state": "failed", "error": {"message": "No room."}}, "Failed"),
    ],
)
def test_a_state_is_told_in_a_word(dataset: Dataset, changes: dict[str, Any], word: str) -> None:
    ready = replace(dataset, state="ready")
    assert word in text(state_badge(dataset=ready, result=make_result(**changes)))
    assert "Columns need mapping" in text(state_badge(dataset=dataset, result=None))
    assert "Not scored yet" in text(state_badge(dataset=ready, result=None))


def test_the_list_leads_to_what_can_be_done(dataset: Dataset) -> None:
    scored = replace(dataset, id="d2", state="ready")
    shown = history(datasets=[dataset, scored], latest={"d2": make_result()})
    links = {getattr(part, "href", None) for part in walk(shown)}

    assert {"/upload/d1", "/upload/d2", "/results/r1"} <= links
    assert "1,234" in text(shown)
    labels = [getattr(part, "aria-label", None) for part in of_type(shown, html.Button)]
    assert labels.count("Delete <b>March</b>") == 2
    assert "No exports yet" in text(history(datasets=[], latest={}))


def test_deleting_names_what_goes_and_renaming_starts_from_the_name(dataset: Dataset) -> None:
    title, told, name, style, label, _ = dialog_content(deletes=True, dataset=dataset)
    assert "March" in text(told)
    assert style == {"display": "none"}
    assert (title, name, label) == ("Delete this export?", "", "Delete")

    told = str(dialog_content(deletes=True, dataset=dataset, audiences={"Spring": True})[1])
    assert "One audience was made from it: “Spring”. Its contact list" in told
    assert "Campaigns can still be measured" in told
    lost = dict.fromkeys(("A", "B", "C", "D"), False)
    told = str(dialog_content(deletes=True, dataset=dataset, audiences=lost)[1])
    assert "4 audiences were made from it: “A”, “B”, “C” and 1 more." in told
    assert "can still be read" not in told
    assert "“A”, “B”, “C” and 1 more can no longer be measured" in told
    assert dialog_content(deletes=False, dataset=dataset)[2] == "<b>March</b>"


def test_what_was_recognised_says_how_it_is_written(dataset: Dataset) -> None:
    shown = text(recognised(dataset=dataset))
    assert "Not recognised" in shown
    assert "semicolon" in shown
    assert "1.3 MB" in shown
    for reason in dataset.recognition.reasons:
        assert reason in shown


def test_the_files_of_an_export_in_several_are_listed_with_their_rows(
    dataset: Dataset, recognition: Recognition, tmp_path: Path
) -> None:
    files = tuple(
        DatasetFile(filename=name, path=tmp_path / name, size_bytes=1000, sha256="")
        for name in ("a.csv", "b.csv")
    )
    several = replace(dataset, files=files)
    assert files_card(dataset=dataset) is None
    assert "2, read as one export" in text(files_card(dataset=several))
    assert "Rows read" not in text(files_card(dataset=several))

    report = IngestReport(
        format=None, title="x", kind="events", rows_read=3, rows_kept=2, rejected={},
        told=recognition.told,
        files=(FileReport(filename="a.csv", rows_read=1234, rows_kept=7),),
    )  # fmt: skip
    shown = text(files_card(dataset=replace(several, report=report)))
    assert "1,234" in shown
    assert "–" in shown, "nothing is told of b.csv"
    assert "Readable rows" in shown, "five were left out once both were seen together"
    assert "Rows kept" in text(files_card(dataset=replace(several, report=replace(report, rows_kept=7))))


def test_a_dataset_that_is_on_its_way_says_how_far_or_why_not(dataset: Dataset) -> None:
    fetch = Fetch(source="s3://shop/exports", paths=("2026/a.csv",), share=0.4, message="Taking a.csv")
    coming = replace(dataset, state="fetching", fetch=fetch)
    shown = dataset_page(opened=Opened(dataset=coming, results=()))
    assert "Taking a.csv" in text(shown)
    assert "40%" in text(shown)
    assert "2026/a.csv" in text(shown)
    assert "fetching: 40%" in text(state_badge(dataset=coming, result=None))
    about_to = replace(dataset, state="ready", fetch=replace(fetch, settled=False))
    assert "Taking a.csv" in text(dataset_page(opened=Opened(dataset=about_to, results=())))

    error = {"message": "The bucket is gone.", "where": None, "remedy": "Ask for it."}
    never = replace(
        dataset, state="not_fetched", fetch=replace(fetch, error=error, message="The bucket is gone.")
    )
    assert "Ask for it." in text(dataset_page(opened=Opened(dataset=never, results=())))
    assert "not fetched" in text(state_badge(dataset=never, result=None))


def test_a_place_to_take_from_shows_folders_files_and_the_way_up() -> None:
    entries = (
        Entry(name="11", path="2026/11", is_folder=True),
        Entry(name="a.csv", path="2026/a.csv", is_folder=False, size=1_200_000, modified=NOW),
        Entry(name="b.csv", path="2026/b.csv", is_folder=False, size=0),
    )
    shown = html.Div(listing(source="s3://shop/exports", path="2026", entries=entries))
    opens = {
        part.id["path"] for part in of_type(shown, html.Button) if isinstance(getattr(part, "id", None), dict)
    }
    options = of_type(shown, dbc.Checklist)[0].options

    assert opens == {"", "2026/11"}
    assert [(option["value"], option["disabled"]) for option in options] == [
        ("2026/a.csv", False), ("2026/b.csv", True)
    ]  # fmt: skip
    assert "1.2 MB" in text(options[0]["label"])
    assert [summary(count=count) for count in (0, 1, 31)] == [
        "Nothing selected yet", "1 file", "31 files, as one export"
    ]  # fmt: skip


def test_unused_columns_are_named(recognition: Recognition) -> None:
    shown = text(columns_table(recognition=recognition))
    assert "shade" in shown
    assert "not used" in shown


def test_a_column_that_is_read_under_another_name_is_not_called_unused(recognition: Recognition) -> None:
    shade = replace(recognition.columns[-1], note=READ_ALREADY)
    shown = text(columns_table(recognition=replace(recognition, columns=(shade,))))
    assert READ_ALREADY in shown
    assert "not used" not in shown


@pytest.mark.parametrize(
    ("asked", "name"), [("dates", "day_first"), ("decimals", "decimal"), ("robots", "keep_robots")]
)
def test_a_choice_of_reading_stands_on_top_where_it_is_asked_for(asked: Asked, name: str) -> None:
    mapping = Mapping(kind="events", columns={"timestamp": "when", "event_type": "did", "session_id": "who"})
    for on_top in (None, asked):
        form = mapping_form(
            kind="events", mapping=mapping, sources={"when": (), "did": (), "who": ()}, words={}, asked=on_top
        )
        ids = [str(part.id) for part in of_type(form, dbc.Select)]
        order, first_column = ids.index(str(option_id(name))), ids.index(str(column_id("timestamp")))
        assert ids.count(str(option_id(name))) == 1
        assert (order < first_column) == (on_top is not None)


def test_amounts_of_orders_are_in_the_shops_currency_where_the_file_names_none(
    recognition: Recognition,
) -> None:
    def orders(*money: Money, currency: str | None = None) -> str:
        report = IngestReport(
            format=None, title="x", kind="events", rows_read=2, rows_kept=2, rejected={},
            told=recognition.told, money=money, currency=currency,
        )  # fmt: skip
        return dict(read_facts(report=report))["Orders"]

    unnamed = Money(currency=None, orders=1, gross=0.0, refunded=1896.7)
    assert orders(unnamed) == "€0.00 paid, €1,896.70 refunded, −€1,896.70 net"
    assert orders(unnamed, currency="USD").startswith("$0.00 paid, $1,896.70 refunded")
    other = Money(currency="USD", orders=1, gross=5.0, refunded=0.0)
    assert orders(unnamed, other).startswith("0.00 paid, 1,896.70 refunded")


def test_the_period_is_by_the_clock_the_export_was_read_with(recognition: Recognition) -> None:
    def period(first: str, last: str, zone: str | None) -> str:
        report = IngestReport(
            format=None, title="x", kind="events", rows_read=2, rows_kept=2, rejected={},
            told=recognition.told, first=first, last=last, time_zone=zone,
        )  # fmt: skip
        return dict(read_facts(report=report))["Period"]

    night, noon = "2026-03-01T23:30:00+00:00", "2026-03-02T11:00:00+00:00"
    assert period(night, noon, "Europe/Berlin") == "2 Mar 2026, 00:30 CET to 2 Mar 2026, 12:00 CET"
    assert period(night, noon, None) == "1 Mar 2026, 23:30 UTC to 2 Mar 2026, 11:00 UTC"
    assert period(night, noon, "as written") == "1 Mar 2026, 23:30 UTC to 2 Mar 2026, 11:00 UTC"
    days = "2026-03-01T00:00:00+00:00", "2026-03-02T00:00:00+00:00"
    assert period(*days, "America/New_York") == "1 Mar 2026 to 2 Mar 2026"
    berlin = "2026-02-28T23:00:00+00:00", "2026-03-01T23:00:00+00:00"
    assert period(*berlin, "Europe/Berlin") == "1 Mar 2026 to 2 Mar 2026"


def test_what_an_export_cannot_tell_is_said_once_it_is_known(recognition: Recognition) -> None:
    known = replace(recognition, needs_mapping=False, told=replace(recognition.told, event_types=frozenset()))
    said = "Missing from the file: purchases, additions to the cart and searches."
    assert said in text(told_card(recognition=known))
    assert told_card(recognition=recognition) is None


def test_refused_rows_are_counted_by_reason_with_their_file(
    dataset: Dataset, recognition: Recognition
) -> None:
    report = IngestReport(
        format=None, title="x", kind="events", rows_read=1000, rows_kept=990,
        rejected={"No time": 3, "No session": 7}, told=recognition.told,
    )  # fmt: skip
    shown = refused(dataset=replace(dataset, report=report))

    words = text(shown)
    assert words.index("No session") < words.index("No time"), "the largest first"
    assert "10 of 1,000" in words
    assert "/api/datasets/d1/rejected.csv" in {getattr(part, "href", None) for part in walk(shown)}
    assert refused(dataset=dataset) is None


def test_the_form_shows_the_guess_and_labels_every_control(dataset: Dataset) -> None:
    mapping = Mapping(kind="events", columns={"timestamp": "when", "event_type": "did"})
    form = mapping_form(
        kind="events",
        mapping=mapping,
        sources={"when": ("2026-03-01",), "did": ("view", "zap")},
        words={"view": "product_view", "zap": "other"},
    )
    selects = {str(part.id): part for part in of_type(form, dbc.Select)}

    assert selects[str(column_id("timestamp"))].value == "when"
    assert selects[str(column_id("brand"))].value == NONE
    assert selects[str(word_id("view"))].value == "product_view"
    (zones,) = of_type(form, dcc.Dropdown)
    offered = {option["value"] for option in zones.options}
    assert "Europe/Zurich" in offered
    assert not {"Factory", "localtime", "US/Eastern", "Etc/GMT+5"} & offered, (
        "no place's clock, or an old name"
    )
    labelled = {part.htmlFor for part in of_type(form, html.Label)}
    for part in of_type(form, dbc.Select):
        name = (
            part.id
            if isinstance(part.id, str)
            else json.dumps(part.id, sort_keys=True, separators=(",", ":"))
        )
        assert name in labelled


def test_without_an_event_column_every_row_is_asked(dataset: Dataset) -> None:
    form = mapping_form(kind="events", mapping=Mapping(kind="events"), sources={}, words={})
    assert any(getattr(part, "id", None) == word_id("*") for part in walk(form))
    sessions = mapping_form(kind="sessions", mapping=Mapping(kind="sessions"), sources={}, words={})
    assert not any(getattr(part, "id", None) == word_id("*") for part in walk(sessions))


def test_the_controls_are_read_back() -> None:
    base = Mapping(kind="events", columns={"event_type": "did"}, event_types={"rare": "search"})
    told = read_controls(
        base=base,
        kind="events",
        columns={"session_id": "sid", "event_type": "did", "brand": NONE},
        words={"view": "click"},
        options={"time_unit": "ms", "day_first": "0", "decimal": ",", "currency": "chf"},
    )
    assert told.columns == {"session_id": "sid", "event_type": "did"}
    assert told.event_types == {"rare": "search", "view": "click"}, "words beyond the first rows stay known"
    assert (told.time_unit, told.day_first, told.decimal, told.currency) == ("ms", False, ",", "CHF")

    other = read_controls(
        base=base, kind="events", columns={"event_type": "kind"}, words={"x": "click"}, options=OPTIONS
    )
    assert other.event_types == {"x": "click"}, "words of another column mean nothing"
    assert (other.time_unit, other.day_first, other.decimal, other.currency) == (None, None, None, None)


def test_another_kind_leaves_the_format_and_its_words() -> None:
    base = Mapping(kind="events", format="rees46", columns={"event_type": "did"}, event_types={"a": "click"})
    told = read_controls(base=base, kind="sessions", columns={"clicks": "n"}, words={}, options=OPTIONS)
    assert (told.kind, told.format, told.event_types) == ("sessions", None, {})


def test_a_preview_speaks_of_rows_left_out() -> None:
    preview = Preview(
        columns=("session_id", "event_type"), rows=(("a", "cart_add"),), rows_read=9, rows_kept=8,
        rejected={"No session": 1},
    )  # fmt: skip
    shown = text(preview_panel(preview=preview, kind="events"))
    assert "8 of the first 9" in shown
    assert "No session (1)" in shown
    assert "Cart add" in shown


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, "Not scored yet"),
        (make_result(), "1,234 sessions have a prediction"),
        (make_result(basis=Basis(kind="none")), "1,234 sessions read, without predictions yet"),
        (make_result(state="running", message="Reading"), "Being scored"),
        (
            make_result(state="failed", error={"message": "No room.", "where": None, "remedy": "Free some."}),
            "No room.",
        ),
    ],
)
def test_a_dataset_page_says_what_comes_next(dataset: Dataset, result: Result | None, words: str) -> None:
    ready = replace(dataset, state="ready")
    ready.upload_path.write_text("who;when;did;shade\nv1;2026-03-01 10:00:00;view;red\n")
    opened = Opened(dataset=ready, results=(result,) if result else ())
    assert words in text(dataset_page(opened=opened))


@pytest.mark.parametrize(("buyers", "trained"), [(LEAST_BUYERS, True), (LEAST_BUYERS - 1, False)])
def test_training_is_offered_where_there_are_buyers_to_learn_from(
    dataset: Dataset, *, buyers: int, trained: bool
) -> None:
    ready = replace(dataset, state="ready")
    ready.upload_path.write_text("who;when;did;shade\nv1;2026-03-01 10:00:00;view;red\n")
    told = Recorded(
        sessions=1234, outcomes=1234, buyers=buyers, conversion=None, revenue=None, currency="EUR"
    )
    result = make_result(recorded=told)
    for shown in (
        history(datasets=[ready], latest={"d1": result}),
        dataset_page(opened=Opened(dataset=ready, results=(result,))),
    ):
        links = [str(getattr(part, "href", "")) for part in walk(shown)]
        assert any(link.startswith("/train?") for link in links) == trained


@pytest.mark.parametrize(
    ("state", "href", "words"),
    [
        ("scoring", "/results/r0", "See its progress"),
        ("done", "/results/r0", "Open its results"),
        ("other", "/upload/d0", "Open the earlier one"),
    ],
)
def test_a_dataset_page_leads_to_what_became_of_the_same_file(
    dataset: Dataset, state: Any, href: str, words: str
) -> None:
    ready = replace(dataset, state="ready")
    ready.upload_path.write_text("who;when;did;shade\nv1;2026-03-01 10:00:00;view;red\n")
    earlier = Earlier(name="April", href=href, state=state)
    shown = dataset_page(opened=Opened(dataset=ready, results=(), earlier=earlier))

    assert "This file was uploaded before" in text(shown)
    assert "Same content as “April”" in text(shown)
    assert words in text(shown)
    assert href in str(shown)
    assert "uploaded before" not in text(dataset_page(opened=Opened(dataset=ready, results=())))
