"""A small real bundle, fitted in a second: simulated sessions, a logistic regression, three clusters.

For tests of what stands on a bundle; how good its answers are doesn't matter here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression

from core.base.settings import Settings
from core.bundle.encoder import Encoder, Feature, fit_encoder, numbers
from core.bundle.models import (
    Calibrator,
    ClusterModel,
    LogisticClassifier,
    Models,
    PurchaseModel,
    RevenueModel,
    signed_log,
)
from core.bundle.predictor import Predictor
from core.bundle.repository import Bundle, ClusterNote, FeatureNote, Manifest, save_bundle
from core.features import rows_of
from core.schema.sessions import FEATURES
from core.simulate import simulate_events

NAMES = ("Short visits", "Comparers", "Cart builders")
CLUSTERED = ("n_events", "duration_seconds", "product_views", "cart_adds", "price_mean")


@cache
def sessions(n: int = 1_500, seed: int = 5) -> pa.Table:
    """Return rows of simulated sessions."""
    return rows_of(simulate_events(n, seed=seed))


def make_bundle(
    settings: Settings, *, name: str = "demo-shop", rows: pa.Table | None = None, synthetic: bool = True
) -> Bundle:
    """Fit and save a bundle; columns of ``rows`` the session row doesn't have are features as well."""
    rows = sessions() if rows is None else rows
    known = set(sessions(5).column_names)
    extras = [column for column in rows.column_names if column not in known]
    encoder = fit_encoder(rows, [*FEATURES, *extras])
    matrix = encoder.transform(rows)
    bought = np.asarray(pc.fill_null(rows["purchased"], False))
    models = Models(
        encoder=encoder,
        purchase=_purchase(matrix, bought),
        revenue=RevenueModel(average=64.25, low=31.5, high=118.0, largest=1e6),
        clusters=_clusters(matrix, encoder),
    )
    manifest = Manifest(
        name=name,
        created_at=datetime.now(UTC).isoformat(),
        currency="EUR",
        synthetic=synthetic,
        base_rate=float(bought.mean()),
        threshold=models.purchase.threshold,
        features=tuple(_note(feature, rows) for feature in encoder.features),
        clusters=tuple(ClusterNote(name=name, sentence=f"{name}, in a sentence.") for name in NAMES),
        training={},
        purchase={},
        revenue=None,
        metrics={},
    )
    save_bundle(models, manifest, rows, settings)
    scored = scored_rows(rows, Predictor.load(name, settings))
    return save_bundle(models, manifest, scored, settings)


def scored_rows(rows: pa.Table, predictor: Predictor) -> pa.Table:
    """Return session rows with their predictions, as a result holds them."""
    return pa.Table.from_batches(list(predictor.predict_batches(rows.combine_chunks().to_batches())))


def _purchase(matrix: np.ndarray, bought: np.ndarray) -> PurchaseModel:
    values = signed_log(matrix.astype(np.float64))
    mean, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    filled = np.nan_to_num((values - mean) / scale)
    fitted = LogisticRegression(max_iter=500, C=0.1).fit(filled, bought)
    classifier = LogisticClassifier(
        mean=mean,
        scale=scale,
        weights=fitted.coef_[0],
        missing_weights=np.zeros(matrix.shape[1]),
        intercept=float(fitted.intercept_[0]),
    )
    line = np.array([-10.0, 10.0])
    return PurchaseModel(
        kind="logistic",
        classifier=classifier,
        calibrator=Calibrator(method="sigmoid", knots=line, values=line, slope=1.0),
        threshold=0.2,
    )


def _clusters(matrix: np.ndarray, encoder: Encoder) -> ClusterModel:
    positions = tuple(encoder.columns.index(name) for name in CLUSTERED)
    values = signed_log(matrix[:, list(positions)].astype(np.float64))
    mean, scale = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    points = np.nan_to_num((values - mean) / scale)
    centres = KMeans(len(NAMES), n_init=2, random_state=0).fit(points).cluster_centers_
    return ClusterModel(
        columns=CLUSTERED,
        positions=positions,
        mean=mean,
        scale=scale,
        centres=centres,
        plane=np.eye(len(CLUSTERED))[[0, 4]],
        names=NAMES,
    )


def _note(feature: Feature, rows: pa.Table) -> FeatureNote:
    column = rows[feature.name]
    low = high = typical = None
    choices = None
    if feature.kind == "number":
        values = numbers(column, feature.name)
        low, high, typical = (float(q) for q in np.nanquantile(values, (0.005, 0.995, 0.5)))
    else:
        typical = pc.mode(pc.dictionary_encode(column).combine_chunks().indices)[0]["mode"].as_py()
        typical = pc.dictionary_encode(column).combine_chunks().dictionary[typical].as_py()
    if feature.kind == "category":
        is_day = feature.name == "day_of_week"
        choices = tuple(sorted(int(c) for c in feature.categories)) if is_day else feature.categories
    return FeatureNote(
        name=feature.name,
        kind=feature.kind,
        dtype=feature.dtype,
        minimum=low,
        maximum=high,
        typical=typical,
        choices=choices,
        missing=column.null_count / len(column),
    )
