"""What the upload pages do with datasets, on a store of their own; and previews of mappings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.base.errors import MappingError, NotFoundError
from core.base.settings import get_settings
from core.ingest import Mapping
from core.schema.events import EventType
from core.services import datasets
from core.storage import Dataset, get_store

EVENTS = """vorgang;wann;was;ding;kostet
a;01.03.2026 10:00:00;angesehen;p1;1.019,50
a;01.03.2026 10:01:00;eingelegt;p1;1.019,50
a;01.03.2026 10:02:00;gekauft;p1;1.019,50
b;01.03.2026 11:00:00;angesehen;p2;5,00
;01.03.2026 11:00:00;angesehen;p2;5,00
"""
MAPPED = Mapping(
    kind="events",
    columns={
        "session_id": "vorgang",
        "timestamp": "wann",
        "event_type": "was",
        "product_id": "ding",
        "price": "kostet",
    },
    event_types={"angesehen": "product_view", "eingelegt": "cart_add", "gekauft": "purchase"},
)


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def unknown(tmp_path: Path) -> Dataset:
    path = tmp_path / "unknown.csv"
    path.write_text(EVENTS, encoding="utf-8")
    return get_store().add_dataset(path, filename="unknown.csv")


def test_a_new_installation_lists_nothing() -> None:
    found = datasets.listing()
    assert found.datasets == ()
    assert not found.is_busy


def test_a_preview_reads_the_first_rows_as_mapped(unknown: Dataset) -> None:
    found = datasets.open_dataset(unknown.id).preview(MAPPED)

    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    assert [row["event_type"] for row in rows if row["session_id"] == "a"] == [
        "product_view",
        "cart_add",
        "purchase",
    ]
    assert {row["price"] for row in rows if row["session_id"] == "a"} == {"1019.5"}
    assert (found.rows_read, found.rows_kept) == (5, 4)
    assert sum(found.rejected.values()) == 1


def test_a_mapping_that_lacks_something_is_no_preview(unknown: Dataset) -> None:
    opened = datasets.open_dataset(unknown.id)
    with pytest.raises(MappingError, match="belong together"):
        opened.preview(replace(MAPPED, columns={"timestamp": "wann", "event_type": "was"}))
    with pytest.raises(MappingError, match="no column “nowhere”"):
        opened.preview(replace(MAPPED, columns={**MAPPED.columns, "brand": "nowhere"}))


def test_words_are_guessed_and_choices_are_kept(unknown: Dataset) -> None:
    opened = datasets.open_dataset(unknown.id)
    mapping = replace(MAPPED, event_types={"angesehen": "click"})

    assert opened.words(mapping) == {
        "angesehen": "click",
        "gekauft": EventType.PURCHASE,
        "eingelegt": EventType.OTHER,
    }
    assert opened.words(replace(mapping, columns={})) == {}


def test_the_other_kind_starts_from_its_own_guess(unknown: Dataset) -> None:
    opened = datasets.open_dataset(unknown.id)
    assert opened.mapping_as("events") == opened.mapping
    assert opened.mapping_as("sessions").kind == "sessions"


def test_nothing_unmapped_is_scored(unknown: Dataset) -> None:
    with pytest.raises(MappingError):
        datasets.score(unknown.id)
    assert get_store().results(unknown.id) == ()


def test_a_mapped_dataset_is_queued_and_remembers_its_mapping(unknown: Dataset) -> None:
    href = datasets.score(unknown.id, MAPPED)

    found = datasets.listing()
    assert found.latest[unknown.id].id == href.removeprefix("/results/")
    assert found.is_busy
    assert datasets.open_dataset(unknown.id).mapping == MAPPED


def _next(text: str = EVENTS) -> Dataset:
    path = get_store().incoming_dir / "next.csv"
    path.write_text(text, encoding="utf-8")
    return get_store().add_dataset(path, filename="next.csv")


def test_the_next_export_with_the_same_columns_is_scored_without_a_question(unknown: Dataset) -> None:
    datasets.score(unknown.id, MAPPED)

    following = _next()

    assert (following.recipe, following.mapping) == ("unknown.csv", MAPPED)
    assert datasets.begin(following)[1] is not None


def test_a_new_word_is_asked_for_and_then_known_too(unknown: Dataset) -> None:
    datasets.score(unknown.id, MAPPED)
    with_more = EVENTS + "b;01.03.2026 11:05:00;gemerkt;p2;5,00\n"
    following = _next(with_more)
    assert datasets.begin(following)[1] is None
    opened = datasets.open_dataset(following.id)
    assert opened.new_words() == ("gemerkt",)

    datasets.score(following.id, replace(opened.mapping, event_types=opened.words(opened.mapping)))

    assert _next(with_more).state == "ready"
    assert _next().state == "ready"


def test_a_recognised_export_read_in_another_way_is_a_recipe_until_it_is_read_as_recognised() -> None:
    rows = "Session ID,Clicks,Avg Price\na,3,20.5\nb,4,8\n"
    known = _next(rows)
    recognised = datasets.open_dataset(known.id).mapping
    datasets.score(known.id, recognised)
    assert _next(rows).recipe is None, "as recognised is no recipe"

    datasets.score(known.id, replace(recognised, currency="CHF"))
    following = _next(rows)
    assert following.mapping == replace(recognised, currency="CHF")

    datasets.score(following.id, recognised)
    assert _next(rows).mapping is None


def test_a_recipe_is_taken_from_a_file(unknown: Dataset) -> None:
    datasets.take_recipe(unknown.id, json.dumps(MAPPED.to_dict()).encode())

    opened = datasets.open_dataset(unknown.id)
    assert (opened.dataset.state, opened.mapping, opened.results) == ("ready", MAPPED, ())
    assert _next().recipe == "unknown.csv"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{kind:", "can't be read"),
        ("\0", "can't be read"),
        ("[]", "JSON object"),
        ('{"kind": "events", "colums": {}}', "colums"),
        (json.dumps(MAPPED.to_dict() | {"columns": {**MAPPED.columns, "brand": "nowhere"}}), "nowhere"),
    ],
)
def test_a_file_that_is_no_recipe_of_this_export_changes_nothing(
    unknown: Dataset, text: str, message: str
) -> None:
    with pytest.raises(MappingError, match=message):
        datasets.take_recipe(unknown.id, text.encode())
    assert get_store().dataset(unknown.id) == unknown


def test_an_incomplete_mapping_is_not_kept(unknown: Dataset) -> None:
    with pytest.raises(MappingError):
        datasets.score(unknown.id, replace(MAPPED, columns={}))
    assert get_store().dataset(unknown.id).state == "needs_mapping"


def test_a_sample_nobody_knows_leads_to_the_mapping_step() -> None:
    href = datasets.try_sample("unknown")

    dataset = get_store().dataset(href.removeprefix("/upload/"))
    assert dataset.synthetic
    assert dataset.state == "needs_mapping"
    assert list(get_store().incoming_dir.iterdir()) == []


def test_a_dataset_can_be_renamed_and_deleted(unknown: Dataset) -> None:
    datasets.rename(unknown.id, "  Autumn   sale ")
    assert datasets.listing().datasets[0].name == "Autumn sale"

    datasets.delete(unknown.id)

    assert datasets.listing().datasets == ()
    with pytest.raises(NotFoundError):
        datasets.open_dataset(unknown.id)


def test_dates_that_can_be_turned_are_asked_for_before_anything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "turned.csv"
    rows = [f"s{n},{day},product_view" for n, day in enumerate(("3/2/2026 10:00", "4/5/2026 11:00"))]
    path.write_text("\n".join(["vorgang,wann,was", *rows]), encoding="utf-8")
    opened = datasets.open_dataset(get_store().add_dataset(path, filename=path.name).id)
    names = {"session_id": "vorgang", "timestamp": "wann", "event_type": "was"}
    mapping = Mapping(kind="events", columns=names)

    asked = opened.question(mapping)
    assert asked is not None
    assert "3/2/2026 10:00" in asked.text
    with pytest.raises(MappingError, match="Choose which comes first") as error:
        opened.preview(mapping)
    assert "In dates like 03/04/2026" in str(error.value.remedy)
    for day_first, moment in ((True, "2026-02-03 10:00:00"), (False, "2026-03-02 10:00:00")):
        answered = replace(mapping, day_first=day_first)
        assert opened.question(answered) is None
        assert moment in opened.preview(answered).rows[0]
