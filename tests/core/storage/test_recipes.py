"""Recipes: kept by columns, used for the next export that has them, on both databases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect

from core.base.settings import Settings
from core.ingest import Mapping
from core.ingest.recipes import fingerprint
from core.storage import Dataset, NewFile, Store
from tests.core.storage.first_release import take_back

OCTOBER = "vorgang;wann;was\na;01.10.2026 10:00:00;angesehen\na;01.10.2026 10:01:00;gekauft\n"
NOVEMBER = OCTOBER.replace(".10.2026", ".11.2026")
MAPPING = Mapping(
    kind="events",
    columns={"session_id": "vorgang", "timestamp": "wann", "event_type": "was"},
    event_types={"angesehen": "product_view", "gekauft": "purchase"},
    time_zone="Europe/Berlin",
    local_times=True,
)
GA4_NAMES = "event_date,event_timestamp,event_name,user_pseudo_id,ga_session_id"
GA4_ROW = "20260302,1772445600000000,{},u.1,1772445600\n"


def _added(store: Store, text: str, filename: str = "export.csv") -> Dataset:
    path = store.incoming_dir / filename
    path.write_text(text, encoding="utf-8")
    return store.add_dataset(path, filename=filename)


def _kept(store: Store, dataset: Dataset, mapping: Mapping = MAPPING) -> str:
    columns = fingerprint(dataset.recognition)
    assert columns is not None
    store.keep_recipe(columns, name=dataset.name, mapping=mapping)
    return columns


def test_the_next_export_with_the_same_columns_is_read_as_the_one_before(store: Store) -> None:
    october = _added(store, OCTOBER, "october.csv")
    assert (october.state, october.mapping, october.recipe) == ("needs_mapping", None, None)
    columns = _kept(store, october)

    november = _added(store, NOVEMBER)

    assert (november.state, november.mapping, november.recipe) == ("ready", MAPPING, "october.csv")
    store.forget_recipe(columns)
    store.forget_recipe(columns)
    assert store.recipe(columns) is None
    assert _added(store, NOVEMBER).state == "needs_mapping"


def test_what_was_kept_last_counts_and_what_somebody_says_is_no_recipe(store: Store) -> None:
    october = _added(store, OCTOBER)
    columns = _kept(store, october)
    _kept(store, october, replace(MAPPING, day_first=True))
    recipe = store.recipe(columns)
    assert recipe is not None
    assert recipe.mapping.day_first is True

    november = _added(store, NOVEMBER)

    assert store.set_mapping(november.id, MAPPING).recipe is None


def test_words_nobody_has_given_a_meaning_are_asked_for(store: Store) -> None:
    _kept(store, _added(store, OCTOBER))

    december = _added(store, NOVEMBER.replace("gekauft", "zurückgegeben"))

    assert (december.state, december.mapping) == ("needs_mapping", MAPPING)
    assert _added(store, NOVEMBER.replace("gekauft", "Gekauft")).state == "ready"


@pytest.mark.parametrize(
    "text", [NOVEMBER.replace("was\n", "what\n", 1), "wann;vorgang;was\n" + NOVEMBER.partition("\n")[2]]
)
def test_other_columns_are_another_kind_of_export(store: Store, text: str) -> None:
    _kept(store, _added(store, OCTOBER))
    assert _added(store, text).mapping is None


def test_columns_without_names_have_no_recipe(store: Store) -> None:
    rows = "".join(f"7{n};0{n % 10}.10.2026 10:00:00;{n}\n" for n in range(1, 30))
    assert fingerprint(_added(store, rows).recognition) is None


def test_files_of_one_export_are_read_by_the_recipe_together(store: Store) -> None:
    _kept(store, _added(store, OCTOBER))
    paths = [store.incoming_dir / f"day-{day}.csv" for day in (1, 2)]
    for path, text in zip(paths, (OCTOBER, NOVEMBER), strict=True):
        path.write_text(text, encoding="utf-8")

    both = store.add_dataset_of([NewFile(path=path, filename=path.name) for path in paths])

    assert (both.state, both.mapping) == ("ready", MAPPING)


def test_a_recipe_of_a_known_format_leaves_an_export_the_words_of_its_own(store: Store) -> None:
    first = _added(store, f"{GA4_NAMES}\n{GA4_ROW.format('add_to_cart')}")
    assert first.recognition.format == "ga4"
    chosen = {"add_to_cart": "product_view"}
    _kept(store, first, replace(first.recognition.mapping, time_zone="Europe/Berlin", event_types=chosen))

    second = _added(store, f"{GA4_NAMES}\n{GA4_ROW.format('purchase')}")

    assert second.state == "ready"
    assert second.mapping is not None
    assert second.mapping.time_zone == "Europe/Berlin"
    assert second.mapping.event_types == {**second.recognition.mapping.event_types, **chosen}
    assert second.mapping.event_types["purchase"] == "purchase"


def test_a_database_from_before_there_were_recipes_opens(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, min_free_bytes=0)
    store = Store(settings)
    old = _added(store, OCTOBER)
    with store._engine.begin() as connection:
        take_back(connection)
        connection.exec_driver_sql("drop table recipes")
        connection.exec_driver_sql("alter table datasets drop column recipe")
    store.close()

    reopened = Store(settings)

    assert reopened.dataset(old.id) == old
    assert "recipes" in inspect(reopened._engine).get_table_names()
    reopened.close()
