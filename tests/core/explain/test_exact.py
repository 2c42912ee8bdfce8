"""Contributions add up to the prediction that is shown, whatever the model and the session."""

from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from core.base.errors import ExplainError
from core.bundle.encoder import Encoder, Feature
from core.bundle.models import BoostedTrees, Calibrator, LogisticClassifier, PurchaseModel, with_state
from core.explain import explain, explain_one
from core.explain.curves import steepness, stretched
from core.explain.margins import margins
from tests.core.explain import kinds

SHOWN = {"purchase": "purchase_probability", "revenue": "revenue_if_purchase"}
EXACT = 1e-9
EVERY = list(itertools.product(kinds.KINDS, ("isotonic", "sigmoid"), (True, False)))


@pytest.fixture(scope="module")
def sessions() -> pa.Table:
    """Three hundred ordinary sessions and the strange ones."""
    return pa.concat_tables([kinds.rows().slice(0, 300), kinds.strange()])


@pytest.mark.parametrize(("kind", "calibrator", "snapshots"), EVERY)
def test_purchase_adds_up(kind: str, calibrator: str, snapshots: bool, sessions: pa.Table) -> None:
    predictor = kinds.predictor(kind, calibrator, snapshots=snapshots)
    found = explain(predictor, sessions, "purchase")
    shown = predictor.predict(sessions)[SHOWN["purchase"]].to_numpy()
    np.testing.assert_array_equal(found.prediction, shown)
    np.testing.assert_allclose(found.base + found.points.sum(axis=1), shown, rtol=0, atol=EXACT)
    logs = math.log(found.base / (1 - found.base)) + found.effects.sum(axis=1)
    np.testing.assert_allclose(1 / (1 + np.exp(-logs)), shown, rtol=0, atol=EXACT)
    assert ("going_on" in found.features) == snapshots
    assert len(np.unique(shown.round(6))) > 50


@pytest.mark.parametrize("snapshots", [True, False])
def test_revenue_adds_up_where_it_is_cut_off_too(snapshots: bool, sessions: pa.Table) -> None:
    predictor = kinds.predictor(snapshots=snapshots)
    found = explain(predictor, sessions, "revenue")
    shown = predictor.predict(sessions)[SHOWN["revenue"]].to_numpy()
    np.testing.assert_array_equal(found.prediction, shown)
    np.testing.assert_allclose(found.base + found.points.sum(axis=1), shown, rtol=0, atol=1e-7)
    np.testing.assert_allclose(np.log(found.base) + found.effects.sum(axis=1), np.log(shown), atol=EXACT)
    largest = predictor.models.revenue.largest
    assert (shown == largest).sum() > 3
    assert (shown < largest).sum() > 100


def test_revenue_of_an_average_session_beyond_the_largest(sessions: pa.Table) -> None:
    predictor = kinds.with_revenue(kinds.predictor(), largest=20.0)
    found = explain(predictor, sessions, "revenue")
    assert found.base == pytest.approx(20.0)
    np.testing.assert_allclose(found.base + found.points.sum(axis=1), found.prediction, atol=1e-9)


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_a_session_alone_gets_what_it_gets_in_a_batch(kind: str, sessions: pa.Table) -> None:
    predictor = kinds.predictor(kind)
    for target in SHOWN:
        found = explain(predictor, sessions, target)
        turned = explain(predictor, sessions.take(np.arange(sessions.num_rows)[::-1]), target)
        np.testing.assert_allclose(turned.points[::-1], found.points, rtol=0, atol=1e-12)
        for place in (0, 17, sessions.num_rows - 3):
            alone = explain_one(predictor, sessions.slice(place, 1).to_pylist()[0], target)
            told = {part.feature: part.points for part in alone.contributions}
            in_batch = dict(zip(found.features, found.points[place], strict=True))
            assert told == pytest.approx(in_batch, abs=1e-12)
            assert alone.prediction == found.prediction[place]
            assert alone.base + sum(told.values()) == pytest.approx(alone.prediction, abs=EXACT)
            sizes = [abs(part.points) for part in alone.contributions]
            assert sizes == sorted(sizes, reverse=True)


def test_going_on_is_a_contribution_of_its_own() -> None:
    predictor = kinds.predictor()
    row = {"n_events": 4, "cart_adds": 1, "cart_value": 40.0}
    for target in SHOWN:
        over = explain_one(predictor, row, target)
        still = explain_one(predictor, row | {"going_on": True}, target)
        assert over.base == still.base
        told = {part.feature: part for part in still.contributions}
        assert told["going_on"].label == "The visit goes on"
        assert told["going_on"].value is True
        assert {part.label for part in over.contributions if part.feature == "going_on"} == {
            "The visit is over"
        }
        assert told["cart_adds"].value == 1
        assert told["searches"].value is None


@pytest.mark.parametrize("kind", ["xgboost", "forest"])
def test_trees_agree_with_another_implementation(kind: str, sessions: pa.Table) -> None:
    import shap

    classifier = kinds.predictor(kind).models.purchase.classifier
    matrix = kinds.predictor(kind).models.encoder.transform(sessions)
    told = with_state(matrix, np.asarray(sessions["going_on"].fill_null(False)))[-60:]
    independent = shap.TreeExplainer(classifier.booster(1), feature_perturbation="tree_path_dependent")
    # For XGBoost's own trees it would ask XGBoost; its own walk through them is wanted.
    independent.model.model_type = "internal"
    # It takes trees grown side by side for as many outputs; the forest has one, their sum.
    independent.model.num_stacked_models = 1
    found = margins(classifier, told, 1)
    other = independent.shap_values(told, check_additivity=False).reshape(told.shape)
    np.testing.assert_allclose(found.effects, other, rtol=0, atol=2e-5)
    raw = classifier.booster(1).inplace_predict(told, predict_type="margin")
    np.testing.assert_allclose(raw - other.sum(axis=1), found.base, rtol=0, atol=5e-5)
    assert np.abs(found.effects).max() > 0.1


def test_logistic_agrees_with_shapley_by_all_coalitions() -> None:
    model = LogisticClassifier(
        mean=np.array([1.0, 0.4, 0.2, 0.1]),
        scale=np.array([0.5, 1.0, 0.4, 0.3]),
        weights=np.array([0.8, -1.1, 0.3, 0.6]),
        missing_weights=np.array([0.0, -0.7, 0.0, 0.0]),
        intercept=-1.3,
    )
    row = np.array([[3.0, np.nan, 1.0, 0.0]], dtype=np.float32)

    def worth(present: tuple[int, ...]) -> float:
        """Return the log odds with all other columns as in the average session."""
        scaled = (np.log1p(row[0].astype(float)) - model.mean) / model.scale
        total = model.intercept
        for column in present:
            gap = math.isnan(scaled[column])
            total += model.missing_weights[column] if gap else scaled[column] * model.weights[column]
        return total

    exact = [0.0] * 4
    for column in range(4):
        others = [other for other in range(4) if other != column]
        for size in range(4):
            share = math.factorial(size) * math.factorial(3 - size) / math.factorial(4)
            for present in itertools.combinations(others, size):
                exact[column] += share * (worth((*present, column)) - worth(present))
    found = margins(model, row, 1)
    assert found.effects[0] == pytest.approx(exact, abs=1e-12)
    score = float(model.score(row, 1)[0])
    assert found.total[0] == pytest.approx(math.log(score / (1 - score)), abs=1e-9)


def test_columns_of_a_category_are_summed(sessions: pa.Table) -> None:
    predictor = kinds.predictor("xgboost", "sigmoid", snapshots=False)
    raw = margins(predictor.models.purchase.classifier, predictor.models.encoder.transform(sessions), 1)
    found = explain(predictor, sessions)
    spans = {feature.name: (start, stop) for feature, start, stop in predictor.models.encoder.spans()}
    start, stop = spans["dominant_category"]
    assert stop - start > 3
    # A straight calibration makes every log odds of the trees the same so much larger.
    slope = predictor.models.purchase.calibrator.slope
    summed = raw.effects[:, start:stop].sum(axis=1) * slope
    np.testing.assert_allclose(found.effects[:, found.column("dominant_category")], summed, rtol=0, atol=1e-5)


def test_a_model_that_is_sure_still_adds_up() -> None:
    """Beyond the ends where scores are kept, and where a probability is all but 1."""
    steep = LogisticClassifier(np.zeros(2), np.ones(2), np.array([30.0, -2.0]), np.zeros(2), -40.0)
    features = (
        Feature(name="n_events", kind="number", dtype="int64"),
        Feature(name="clicks", kind="number", dtype="int64"),
    )
    calibrator = Calibrator("sigmoid", np.array([-5.0, 5.0]), np.array([-10.0, 10.0]), 2.0)
    models = replace(
        kinds.predictor().models,
        encoder=Encoder(features),
        purchase=PurchaseModel("logistic", steep, calibrator, 0.5),
        revenue=None,
    )
    table = pa.table({"n_events": [0, 1, 3, 50, 10**6], "clicks": [0, 0, 1, 2, 9]})
    found = explain(kinds.of(models), table)
    np.testing.assert_allclose(found.base + found.points.sum(axis=1), found.prediction, atol=EXACT)
    assert found.prediction.min() < 1e-8
    assert found.prediction.max() > 1 - 1e-8


def test_curves_keep_signs_and_order() -> None:
    effects = np.array([[0.5, -0.2, 0.1], [1e-9, -1e-9, 0.0], [0.0, 0.0, 0.0]])
    start = np.zeros(3)
    end = start + effects.sum(axis=1)
    curved = stretched(effects, steepness(np.tanh, start, end), np.tanh(end) + np.array([1e-8, 0, 0]))
    assert (np.sign(curved) == np.sign(effects)).all()
    assert (
        np.argsort(-np.abs(curved), axis=1, kind="stable")
        == np.argsort(-np.abs(effects), axis=1, kind="stable")
    ).all()
    assert curved[0].sum() == pytest.approx(np.tanh(0.4) + 1e-8, abs=1e-15)


def test_no_session_at_all() -> None:
    found = explain(kinds.predictor(), kinds.rows().slice(0, 0))
    assert found.points.shape == (0, len(found.features))
    assert 0 < found.base < 1


def test_what_can_not_be_explained_is_said_in_words() -> None:
    models = kinds.predictor().models
    with pytest.raises(ExplainError, match="clusters only"):
        explain_one(kinds.of(replace(models, purchase=None, revenue=None)), {})
    for revenue in (None, replace(models.revenue, trees=None)):
        with pytest.raises(ExplainError, match="same revenue from every buyer"):
            explain_one(kinds.of(replace(models, revenue=revenue)), {}, "revenue")
    with pytest.raises(ExplainError, match="isn't predicted"):
        explain_one(kinds.predictor(), {}, "weather")
    with pytest.raises(ExplainError, match="There are no reasons"):
        margins(object(), np.zeros((1, 2), dtype=np.float32), 1)


def test_trees_come_back_from_disk_with_the_same_answers(sessions: pa.Table) -> None:
    trees = kinds.predictor().models.purchase.classifier
    matrix = with_state(
        kinds.predictor().models.encoder.transform(sessions), np.zeros(sessions.num_rows, dtype=bool)
    )
    again = BoostedTrees(trees.raw)
    np.testing.assert_array_equal(margins(again, matrix, 2).effects, margins(trees, matrix, 1).effects)


def test_many_may_ask_at_once(sessions: pa.Table) -> None:
    predictor = kinds.predictor()
    found = explain(predictor, sessions, "revenue").points
    rows = sessions.to_pylist()[:40]

    def ask(place: int) -> float:
        told = explain_one(predictor, rows[place], "revenue").contributions
        return max(abs(part.points - found[place, column[part.feature]]) for part in told)

    column = {name: place for place, name in enumerate(explain(predictor, sessions, "revenue").features)}
    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(ask, range(40))) < EXACT
