from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.bundle.predictor import Predictor
from core.features import rows_of
from core.results.caveats import notes_for
from core.simulate import simulate_events


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load("demo-shop")


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    return rows_of(simulate_events(200, seed=4))


def notes(
    rows: pa.Table,
    folder: Path,
    predictor: Predictor,
    *,
    currency: str | None = "EUR",
    synthetic: bool = True,
    shown_in: str | None = None,
) -> tuple[str, ...]:
    pq.write_table(rows, folder / "scored.parquet")
    return notes_for(
        folder / "scored.parquet",
        predictor=predictor,
        currency=currency,
        synthetic=synthetic,
        shown_in=shown_in,
    )


def with_column(rows: pa.Table, name: str, values: list[object]) -> pa.Table:
    place = rows.schema.get_field_index(name)
    return rows.set_column(place, name, pa.array(values, rows.schema.field(name).type))


def test_what_a_model_was_made_for_needs_no_note(
    rows: pa.Table, tmp_path: Path, predictor: Predictor
) -> None:
    assert notes(rows, tmp_path, predictor) == ()


def test_a_model_of_the_demo_shop_is_only_an_example_for_a_real_shop(
    rows: pa.Table, tmp_path: Path, predictor: Predictor
) -> None:
    (note,) = notes(rows, tmp_path, predictor, synthetic=False)
    assert "synthetic demo shop" in note
    assert "demo-shop" in note


def test_another_currency_is_said_and_an_untold_one_is_not(
    rows: pa.Table, tmp_path: Path, predictor: Predictor
) -> None:
    (note,) = notes(rows, tmp_path, predictor, currency="USD")
    assert "USD" in note
    assert "EUR" in note
    assert notes(rows, tmp_path, predictor, currency=None) == ()


def test_a_currency_that_no_file_names_is_said_to_be_taken_for_granted(
    rows: pa.Table, tmp_path: Path, predictor: Predictor
) -> None:
    (note,) = notes(rows, tmp_path, predictor, currency=None, shown_in="SEK")
    assert note.startswith("This file names no currency: its amounts are taken to be in SEK")
    assert notes(rows, tmp_path, predictor, currency="EUR", shown_in="SEK") == ()
    bare = rows
    for name in ("revenue", "cart_value", "price_mean", "price_max"):
        bare = with_column(bare, name, [None] * rows.num_rows)
    assert not any(
        "no currency" in said for said in notes(bare, tmp_path, predictor, currency=None, shown_in="SEK")
    )


def test_features_that_no_session_tells_are_listed(
    rows: pa.Table, tmp_path: Path, predictor: Predictor
) -> None:
    nothing = [None] * rows.num_rows
    silent = with_column(with_column(rows, "searches", nothing), "checkouts", nothing)
    (note,) = notes(silent, tmp_path, predictor)
    assert f"2 of the model's {len(predictor.form_fields())} inputs are missing" in note
    assert "searches and checkout steps" in note
    some = with_column(rows, "searches", [1, *nothing[1:]])
    assert notes(some, tmp_path, predictor) == ()


@pytest.mark.parametrize(("share", "said"), [(0.9, True), (0.3, False)])
def test_categories_the_model_never_saw_are_said_when_they_are_most(
    share: float, said: bool, rows: pa.Table, tmp_path: Path, predictor: Predictor
) -> None:
    new = round(rows.num_rows * share)
    values = ["spaceships"] * new + ["dresses"] * (rows.num_rows - new)
    found = notes(with_column(rows, "dominant_category", values), tmp_path, predictor)
    assert [("main category" in note, "90%" in note) for note in found] == [(True, True)] * said
    # It may have seen some that were too rare to have a place of their own.
    assert ["never saw, or too rarely to learn from" in note for note in found] == [True] * said
