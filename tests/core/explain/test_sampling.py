"""What moves a whole result's predictions: on a sample that says so, the same in every process."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import spearmanr

from core.base.errors import ExplainError
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.explain import Explained, Sample, explain, importance, sampled, sampling, strongest_interaction
from core.explain.margins import tree_bytes
from core.results import sources
from core.results.filters import Filters
from core.results.sources import find_source
from tests.conftest import ROOT
from tests.core.explain import kinds
from tests.core.whatif.shop import Shop


def of(values: dict[str, list[object]], points: dict[str, np.ndarray]) -> Sample:
    """Return a sample of made-up points."""
    made = np.column_stack(list(points.values()))
    explained = Explained(
        target="purchase",
        features=tuple(points),
        base=0.1,
        effects=made,
        points=made,
        prediction=0.1 + made.sum(axis=1),
        table=pa.table(values),
    )
    return Sample(explained=explained, n=len(made), total=len(made), bundle="made", currency="EUR")


def test_a_sample_says_how_many_of_how_many_and_is_kept(shop: Shop) -> None:
    source, filters = find_source(shop.result.id), Filters.from_query({"min_p": "0.02", "sort": "clicks"})
    few = sampled(source, filters, limit=100)
    every = sampled(source, filters)
    wanted = {row["session_id"] for row in shop.rows if row["purchase_probability"] >= 0.02}
    assert (few.n, few.total, every.n) == (100, len(wanted), len(wanted))
    assert not few.complete
    assert every.complete
    assert set(every.explained.table["session_id"].to_pylist()) == wanted
    # The smaller sample is the beginning of the larger one, and nothing is found twice.
    np.testing.assert_array_equal(few.explained.points, every.explained.points[:100])
    assert sampled(source, replace(filters, sort=())) is every
    shown = dict(
        zip(every.explained.table["session_id"].to_pylist(), every.explained.prediction, strict=True)
    )
    assert all(
        shown[row["session_id"]] == pytest.approx(row["purchase_probability"], abs=1e-9)
        for row in shop.rows
        if row["session_id"] in wanted
    )


def test_nothing_left_by_the_filters(shop: Shop) -> None:
    found = sampled(find_source(shop.result.id), Filters.from_query({"q": "no such session"}))
    assert (found.n, found.total) == (0, 0)
    assert importance(found) == ()
    assert strongest_interaction(found, "clicks") is None


def test_a_model_trained_anew_is_not_taken_for_the_old_one(shop: Shop) -> None:
    old = replace(find_source(shop.result.id), made=sources._moment("2020-01-01T00:00:00"))
    with pytest.raises(ExplainError, match="deleted or retrained"):
        sampled(old, Filters())
    with pytest.raises(ExplainError, match="was deleted or retrained"):
        sampled(replace(old, bundle="gone"), Filters())


def test_importance_has_an_interval_and_a_direction() -> None:
    random = np.random.default_rng(1)
    n = 4_000
    clicks, kind = random.integers(0, 20, n), random.choice(["a", "b"], n)
    points = {
        "clicks": 0.01 * clicks,
        "page_views": -0.001 * clicks + random.normal(0, 0.0001, n),
        "Segment": np.where(kind == "a", 0.05, -0.05),
        "n_events": random.normal(0, 0.02, n),
        "going_on": np.full(n, -0.3),
    }
    values = {
        "clicks": clicks,
        "page_views": clicks * 2.0,
        "Segment": kind,
        "n_events": random.integers(0, 9, n),
    }
    found = {one.feature: one for one in importance(of(values, points))}
    assert list(found) == ["clicks", "Segment", "n_events", "page_views"]
    assert [found[name].direction for name in found] == ["up", None, None, "down"]
    half = 1.96 * points["clicks"].std(ddof=1) / n**0.5
    assert found["clicks"].mean_points == pytest.approx(points["clicks"].mean())
    assert (found["clicks"].low, found["clicks"].high) == pytest.approx(
        (points["clicks"].mean() - half, points["clicks"].mean() + half)
    )
    assert found["Segment"].low == pytest.approx(0.05)
    assert found["clicks"].label == "Clicks"


def test_the_interval_of_importance_covers() -> None:
    random = np.random.default_rng(2)
    true, held = np.sqrt(2 / np.pi) * 0.03, 0
    for _ in range(400):
        points = {"clicks": random.normal(0, 0.03, 300)}
        (one,) = importance(of({"clicks": np.zeros(300)}, points))
        held += one.low <= true <= one.high
    assert 0.92 <= held / 400 <= 0.98


def test_the_interaction_is_the_one_that_was_put_in() -> None:
    random = np.random.default_rng(3)
    n = 3_000
    clicks, kind = random.integers(0, 20, n), random.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    other, near = random.normal(0, 1, n), clicks + random.normal(0, 0.5, n)
    noise = random.normal(0, 0.01, n)
    values = {"clicks": clicks, "Segment": kind, "price_mean": other, "page_views": near}
    apart = np.where(kind == "a", 0.02, -0.01) * clicks + noise
    points = dict.fromkeys(values, noise)
    assert strongest_interaction(of(values, points | {"clicks": apart}), "clicks") == "Segment"
    crossed = 0.02 * (clicks - 10) * np.sign(other) + noise
    assert strongest_interaction(of(values, points | {"clicks": crossed}), "clicks") == "price_mean"
    assert strongest_interaction(of(values, points | {"clicks": 0.02 * clicks + noise}), "clicks") is None
    assert strongest_interaction(of(values, points), "going_on") is None


@pytest.mark.parametrize("target", ["purchase", "revenue"])
def test_two_samples_of_the_demo_shop_agree_on_what_matters(target: str) -> None:
    """Of the model that is shipped, on sessions it hasn't seen: none of them in both halves."""
    predictor = Predictor.load("demo-shop", Settings(models_dir=ROOT / "models"))
    table = pq.read_table(predictor.reference_path)
    ranks = []
    for half in (table.slice(0, 2_000), table.slice(2_000)):
        found = explain(predictor, half, target)
        sample = Sample(explained=found, n=half.num_rows, total=half.num_rows, bundle="x", currency="EUR")
        ranks.append({one.feature: one.mean_points for one in importance(sample)})
    first, second = ranks
    assert spearmanr(list(first.values()), [second[name] for name in first]).statistic >= 0.95
    assert len(first) > 15


def test_heavy_models_take_fewer_sessions(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    source = find_source(shop.result.id)
    assert sampled(source, Filters()).n == shop.result.n_sessions
    monkeypatch.setattr(sampling, "LIMIT_HEAVY", 60)
    monkeypatch.setattr(sampling, "HEAVY", -1)
    assert (sampled(source, Filters()).n, sampled(source, Filters(), limit=70).n) == (60, 70)
    assert tree_bytes(kinds.predictor("blend").models.purchase.classifier) == sum(
        tree_bytes(kinds.predictor(kind).models.purchase.classifier) for kind in ("xgboost", "forest")
    )
    assert tree_bytes(kinds.predictor("logistic").models.purchase.classifier) == 0
