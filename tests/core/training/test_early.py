"""After 1, 2, 3, 5, 10, 15 events and at the end: judged on test sessions that still go on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from core.base.errors import CancelledError
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.bundle.repository import Bundle, read_manifest
from core.schema.events import Told
from core.training.data.loading import read_training_data
from core.training.data.splits import TEST
from core.training.early import markdown_early
from core.training.purchase.options import QUICK, TrainingOptions
from core.training.train import train
from tests.core.training.shops import Shop

OPTIONS = TrainingOptions(trials=2, seconds=600)


def bundle_of(
    shop: Shop, folder: Path, options: TrainingOptions = OPTIONS, *, events: bool = True, **more: object
) -> Bundle:
    return train(
        shop.sessions,
        name="shop",
        settings=Settings(models_dir=folder),
        source="simulated",
        synthetic=True,
        events=shop.events if events else None,
        told=Told.everything() if events else None,
        options=options,
        **more,
    ).bundle


@pytest.fixture(scope="module")
def bundle(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundle_of(shop, tmp_path_factory.mktemp("early"))


@pytest.mark.slow
def test_each_row_is_of_the_sessions_that_go_on(bundle: Bundle, shop: Shop) -> None:
    data = read_training_data(shop.sessions, events=shop.events)
    test = np.flatnonzero(data.split.rows(TEST)[: len(data.table)])
    n_events = data.table["n_events"].to_numpy()[test]
    bought = data.sessions[test]
    rows = {(row["k"], row["regime"]): row for row in bundle.manifest.early}

    assert (1, "all") in rows
    assert (None, "all") in rows
    for (k, regime), row in rows.items():
        assert row["metrics"]["roc_auc"]["n"] == row["n"]
        if regime == "all":
            going_on = n_events > k if k is not None else np.ones(len(test), dtype=bool)
            assert row["n"] == going_on.sum()
            assert row["buyers"] == bought[going_on].sum()
            assert row["metrics"]["base_rate"]["value"] == pytest.approx(bought[going_on].mean())
        else:
            assert row["n"] <= rows[k, "all"]["n"]
    # Before the first event can have been a cart add, both are the same sessions but those.
    assert rows[1, "before_cart"]["n"] <= rows[1, "all"]["n"]


@pytest.mark.slow
def test_the_end_agrees_with_the_other_figures(bundle: Bundle) -> None:
    end = next(row for row in bundle.manifest.early if row["k"] is None and row["regime"] == "all")
    for name in ("roc_auc", "pr_auc", "base_rate"):
        assert end["metrics"][name]["value"] == bundle.manifest.metrics["purchase"][name]["value"]


def test_whole_sessions_only_stand_beside_and_are_told_in_markdown(bundle: Bundle) -> None:
    early = bundle.manifest.early
    assert all(row["whole_only"] for row in early)
    table = markdown_early(early).splitlines()
    assert len(table) == len(early) + 2
    assert table[2].startswith("| 1 | everything |")
    assert len({line.count("|") for line in table}) == 1


def test_the_shipped_model_knows_earlier_than_one_of_whole_sessions() -> None:
    """Finished sessions alone teach to give up on short ones."""
    early = [row for row in read_manifest("demo-shop").early if row["regime"] == "all"]
    assert [row["k"] for row in early] == [1, 2, 3, 5, 10, 15, None]
    for row in early:
        assert row["metrics"]["calibration_error"]["value"] <= 0.02
        if row["k"] and row["k"] <= 5:
            assert row["metrics"]["calibration_error"]["high"] < row["whole_only"]["calibration_error"]["low"]
            assert row["metrics"]["roc_auc"]["value"] > row["whole_only"]["roc_auc"]["value"]
            assert row["metrics"]["pr_auc"]["value"] > row["whole_only"]["pr_auc"]["value"]


def test_what_the_manifest_says_of_the_search(bundle: Bundle) -> None:
    note = bundle.manifest.purchase
    assert note["search"]["trials"] == sum(note["search"]["by_kind"].values()) >= 3
    assert not note["search"]["cut_short"]
    assert bundle.manifest.training["snapshots"] > 4_000
    assert bundle.test_path.exists()


def test_a_session_that_goes_on_is_predicted_as_one(bundle: Bundle) -> None:
    predictor = Predictor(bundle)
    row = {"n_events": 1, "page_views": 1, "cart_adds": 0}
    finished, going_on = (predictor.predict_one(row | {"going_on": state}) for state in (False, True))
    table = pa.table(
        {"n_events": [1, 1], "page_views": [1, 1], "cart_adds": [0, 0], "going_on": [False, True]}
    )
    both = predictor.predict(table)["purchase_probability"].to_pylist()

    assert both == [finished["purchase_probability"], going_on["purchase_probability"]]
    assert both[1] > both[0], "who has left after one event bought nothing"
    assert predictor.predict_one(row) == finished


def test_sessions_that_go_on_are_told_from_finished_ones(bundle: Bundle, shop: Shop) -> None:
    data = read_training_data(shop.sessions, events=shop.events)
    model = Predictor(bundle).models.purchase
    rows = data.rows(TEST, whole=True)
    matrix = data.matrix[rows[data.matrix[rows, data.encoder.columns.index("n_events")] == 1]]
    finished = model.probability(matrix, 1)
    going_on = model.probability(matrix, 1, np.ones(len(matrix), dtype=bool))

    assert model.unfinished is not None
    # Who leaves after one event hardly ever bought; who goes on may.
    assert going_on.mean() > 1.5 * finished.mean()
    mixed = np.arange(len(matrix)) % 2 == 0
    np.testing.assert_allclose(
        model.probability(matrix, 1, mixed), np.where(mixed, going_on, finished), rtol=0, atol=1e-12
    )


@pytest.mark.slow
@pytest.mark.parametrize("at", ["Cutting sessions", "Training Random forest", "Saving"])
def test_cancelled_anywhere_nothing_is_left(shop: Shop, tmp_path: Path, at: str) -> None:
    def stop(share: float, message: str) -> None:
        if message.startswith(at):
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        # Up to the last step it takes its time; what is left is the same without events.
        bundle_of(shop, tmp_path / "models", QUICK, events=at != "Saving", progress=stop)
    assert not any(tmp_path.rglob("*"))
