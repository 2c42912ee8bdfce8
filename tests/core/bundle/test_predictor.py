"""A row's prediction depends on that row alone, however it comes, and whatever is in it."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from core.base.errors import BundleError, SchemaError
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.schema.sessions import FEATURES, FIELD, PREDICTION_SCHEMA
from tests.core.training.sessions import as_table, session_frame

EXACT = 1e-12


@pytest.fixture(scope="module")
def predictor(trained) -> Predictor:
    return Predictor.load(settings=trained.settings)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return as_table(session_frame(600, seed=11))


def numbers(answer: pa.Table) -> np.ndarray:
    names = [field.name for field in PREDICTION_SCHEMA if pa.types.is_floating(field.type)]
    return np.column_stack([answer[name].to_numpy() for name in (*names, "cluster_id")])


def test_every_row_gets_every_prediction_in_order(predictor: Predictor, table: pa.Table) -> None:
    answer = predictor.predict(table)

    assert answer.schema == PREDICTION_SCHEMA
    assert answer.num_rows == table.num_rows
    assert all(column.null_count == 0 for column in answer.columns)
    probability = answer["purchase_probability"].to_numpy()
    assert ((probability > 0) & (probability < 1)).all()
    assert set(answer["cluster_name"].to_pylist()) <= set(predictor.cluster_names)


def test_a_row_doesnt_depend_on_the_rows_beside_it(predictor: Predictor, table: pa.Table) -> None:
    """The seed scaled and encoded each upload by itself: a score changed with the rest of the file."""
    together = numbers(predictor.predict(table))
    order = np.random.default_rng(2).permutation(len(table))
    shuffled = numbers(predictor.predict(table.take(pa.array(order))))
    absurd = as_table(session_frame(3_000, seed=12).assign(cart_value=1e12, duration_seconds=1e9))
    beside = numbers(predictor.predict(pa.concat_tables([absurd, table])))

    np.testing.assert_allclose(shuffled, together[order], rtol=0, atol=EXACT)
    np.testing.assert_allclose(beside[3_000:], together, rtol=0, atol=EXACT)
    for index in range(0, len(table), 60):
        alone = numbers(predictor.predict(table.slice(index, 1)))
        np.testing.assert_allclose(alone[0], together[index], rtol=0, atol=EXACT)


def test_the_form_gives_what_the_file_gives(predictor: Predictor, table: pa.Table) -> None:
    answers = predictor.predict(table).to_pylist()
    for index in range(0, len(table), 30):
        one = predictor.predict_one(table.slice(index, 1).to_pylist()[0])
        assert one == pytest.approx(answers[index], abs=EXACT)


def test_other_inputs_give_other_answers(predictor: Predictor, table: pa.Table) -> None:
    """The seed scaled the one row of the form by itself: every input became 0, every answer the same."""
    rows = table.slice(0, 200).to_pylist()
    answers = {predictor.predict_one(row)["purchase_probability"] for row in rows}
    plain = {field.name: field.default for field in predictor.form_fields()}
    empty = predictor.predict_one(plain | {"cart_adds": 0, "cart_value": 0.0, "checkouts": 0})
    full = predictor.predict_one(plain | {"cart_adds": 2, "cart_value": 120.0, "checkouts": 1})

    assert len(answers) > 50
    assert full["purchase_probability"] > 2 * empty["purchase_probability"]
    assert full["revenue_if_purchase"] != empty["revenue_if_purchase"]
    assert full["cluster_id"] != empty["cluster_id"]


def test_amounts_follow_from_probability_and_threshold(predictor: Predictor, table: pa.Table) -> None:
    answer = predictor.predict(table).to_pandas()
    yes = answer["purchase_probability"] >= predictor.threshold

    assert 0 < yes.sum() < len(answer)
    assert (answer["predicted_purchase"] == yes).all()
    np.testing.assert_array_equal(
        answer["predicted_revenue"], np.where(yes, answer["revenue_if_purchase"], 0.0)
    )
    np.testing.assert_allclose(
        answer["expected_revenue"], answer["purchase_probability"] * answer["revenue_if_purchase"]
    )
    assert (answer["revenue_if_purchase"] > 0).all()


def test_outcomes_in_the_upload_change_nothing(predictor: Predictor, table: pa.Table) -> None:
    flipped = table.set_column(
        table.schema.get_field_index("purchased"), "purchased", pc.invert(table["purchased"])
    )
    flipped = flipped.set_column(
        table.schema.get_field_index("revenue"), "revenue", pa.array(np.full(len(table), 1e6))
    )

    assert predictor.predict(flipped).equals(predictor.predict(table))


@pytest.mark.parametrize(
    "row",
    [
        {},
        dict.fromkeys(FEATURES),
        {"dominant_category": "never seen", "country_group": "Atlantis", "day_of_week": 99},
        {"cart_adds": 10**400, "duration_seconds": -1e308, "price_mean": float("nan")},
        {"cart_value": float("inf"), "is_returning": 1, "hour": 12.5, "unknown column": object()},
        {"day_of_week": 3.0, "dominant_category": 7},
    ],
)
def test_missing_unknown_and_absurd_values_get_an_answer(predictor: Predictor, row: dict) -> None:
    answer = predictor.predict_one(row)

    assert list(answer) == PREDICTION_SCHEMA.names
    assert all(value is not None for value in answer.values())
    assert np.isfinite([value for value in answer.values() if isinstance(value, float)]).all()
    assert 0 < answer["purchase_probability"] < 1


def test_text_where_a_number_belongs_is_said(predictor: Predictor) -> None:
    with pytest.raises(SchemaError, match="cart_adds"):
        predictor.predict_one({"cart_adds": "many"})


@pytest.mark.parametrize(
    "kept",
    [
        ["clicks", "price_mean", "dominant_colour_group", "country_group", "day_of_week"],
        ["n_events", "duration_seconds"],
        ["cart_adds", "is_returning"],
    ],
)
def test_few_columns_get_a_sane_answer(predictor: Predictor, kept: list[str]) -> None:
    frame = session_frame(3_000, seed=13)
    answer = predictor.predict(as_table(frame).select(["session_id", *kept]))

    average = pc.mean(answer["purchase_probability"]).as_py()
    assert frame["purchased"].mean() / 2.5 < average < frame["purchased"].mean() * 2.5


def test_batches_come_back_with_predictions_beside_their_rows(predictor: Predictor, table: pa.Table) -> None:
    batches = list(predictor.predict_batches(table.to_batches(max_chunksize=250)))
    again = list(predictor.predict_batches(batches))

    assert [batch.num_rows for batch in batches] == [250, 250, 100]
    scored = pa.Table.from_batches(batches)
    assert scored.column_names == [*table.column_names, *PREDICTION_SCHEMA.names]
    assert scored.select(table.column_names).equals(table)
    assert scored.select(PREDICTION_SCHEMA.names).equals(predictor.predict(table))
    assert pa.Table.from_batches(again).equals(scored)


def test_no_rows_and_no_columns_are_no_trouble(predictor: Predictor, table: pa.Table) -> None:
    assert predictor.predict(table.slice(0, 0)).equals(PREDICTION_SCHEMA.empty_table())
    assert predictor.predict(table.select(["session_id"])).num_rows == len(table)


def test_neighbours_are_the_most_alike_sessions_of_the_reference(predictor: Predictor) -> None:
    reference = pq.read_table(predictor.reference_path)
    row = reference.slice(17, 1).to_pylist()[0]

    found = predictor.neighbours(row, n=8)

    assert found[0]["session_id"] == row["session_id"]
    assert found[0]["distance"] == 0
    distances = [neighbour["distance"] for neighbour in found]
    assert distances == sorted(distances)
    assert len(found) == 8
    assert {"purchased", "revenue", "purchase_probability", "cluster_name"} <= set(found[0])
    carts = [neighbour["cart_adds"] for neighbour in predictor.neighbours({"cart_adds": 3}, n=10)]
    assert min(carts) >= 1


def test_the_reference_is_scored_by_the_bundle_itself(predictor: Predictor) -> None:
    reference = pq.read_table(predictor.reference_path)

    again = predictor.predict(reference)

    np.testing.assert_allclose(numbers(reference), numbers(again), rtol=0, atol=EXACT)


def test_the_form_asks_for_every_feature(predictor: Predictor) -> None:
    fields = {field.name: field for field in predictor.form_fields()}

    assert set(fields) == {feature.name for feature in predictor.manifest.features}
    assert set(fields) <= set(FEATURES)
    for name, field in fields.items():
        assert (field.label, field.kind, field.group) == (
            FIELD[name].label,
            FIELD[name].kind,
            FIELD[name].group,
        )
        if field.kind == "category":
            assert field.default in field.choices
        elif field.kind != "flag":
            assert field.minimum <= field.default <= field.maximum
    assert fields["day_of_week"].choices == (1, 2, 3, 4, 5, 6, 7)
    assert fields["country_group"].choices == ("Germany", "EU", "Non-EU")
    assert fields["unique_products"].default <= fields["product_views"].default


def test_a_bundle_is_read_once_a_process_and_again_when_replaced(trained, tmp_path: Path) -> None:
    shutil.copytree(trained.settings.models_dir, tmp_path / "models")
    settings = Settings(models_dir=tmp_path / "models", bundle="small-shop")

    first = Predictor.load(settings=settings)
    assert Predictor.load("small-shop", settings) is first
    shutil.copytree(trained.bundle.folder, tmp_path / "new")
    os.utime(tmp_path / "new" / "manifest.json", ns=(1, 1))
    shutil.rmtree(tmp_path / "models" / "small-shop")
    with pytest.raises(BundleError):
        Predictor.load(settings=settings)
    (tmp_path / "new").rename(tmp_path / "models" / "small-shop")
    assert Predictor.load(settings=settings) is not first


def _load_fork_predict(settings: Settings, table: pa.Table, queue: object) -> None:
    """Load in a fresh process, fork it, and predict in the fork, with several threads."""
    predictor = Predictor.load(settings=settings)
    child = multiprocessing.get_context("fork").Process(target=_predict, args=(predictor, table, queue))
    child.start()
    child.join(timeout=240)
    child.kill()


def _predict(predictor: Predictor, table: pa.Table, queue: object) -> None:
    queue.put(predictor.predict(table)["purchase_probability"].to_pylist())


def test_loaded_before_a_fork_it_predicts_after_it(trained) -> None:
    """Building boosters starts OpenMP threads; done while loading, every worker would hang."""
    settings = trained.settings.model_copy(update={"threads": 2})
    table = as_table(session_frame(3_000, seed=14))
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    parent = context.Process(target=_load_fork_predict, args=(settings, table, queue))
    parent.start()
    answer = queue.get(timeout=240)
    parent.join(timeout=240)

    expected = Predictor.load(settings=settings).predict(table)["purchase_probability"].to_pylist()
    assert answer == expected
