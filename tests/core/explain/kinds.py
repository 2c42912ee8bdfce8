"""Models of every kind the product trains, fitted on simulated sessions in a second, as predictors."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xgboost

from core.bundle.encoder import Encoder, fit_encoder
from core.bundle.models import (
    AmountScale,
    Blend,
    BoostedTrees,
    Calibrator,
    Classifier,
    ClusterModel,
    Models,
    PurchaseModel,
    RevenueModel,
    with_state,
)
from core.bundle.predictor import Predictor
from core.bundle.repository import Bundle, FeatureNote, Manifest
from core.schema.sessions import FEATURES
from core.training.purchase.calibration import fit_isotonic, fit_sigmoid
from core.training.purchase.candidates import TRIED, fit
from core.training.purchase.samples import Sample
from core.training.revenue import SPREAD, XGBOOST
from tests.core.whatif.handmade import sessions

KINDS = ("xgboost", "forest", "logistic", "blend")


@cache
def rows() -> pa.Table:
    """Return sessions with a column of the shop's own, missing values, and half of them going on."""
    table = sessions(1_200, seed=3)
    random = np.random.default_rng(0)
    n = table.num_rows
    for name in ("duration_seconds", "is_returning", "dominant_category", "price_mean"):
        hidden = pa.array(random.random(n) < 0.15)
        table = table.set_column(
            table.column_names.index(name), name, pc.if_else(hidden, pa.scalar(None), table[name])
        )
    table = table.append_column("Loyalty points", pa.array(random.integers(0, 500, n)))
    return table.append_column("going_on", pa.array(random.random(n) < 0.5))


@cache
def strange() -> pa.Table:
    """Return sessions no model has seen the like of: unknown categories, nothing at all, absurd numbers."""
    nothing: dict[str, object] = {}
    return pa.Table.from_pylist(
        [
            nothing,
            {
                "dominant_category": "submarines",
                "country_group": "Atlantis",
                "cart_adds": 3,
                "going_on": True,
            },
            {"n_events": 10**9, "cart_value": 1e12, "duration_seconds": 1e9, "price_max": 1e9},
            {"n_events": 1, "going_on": True},
        ],
        schema=rows().schema,
    )


@cache
def predictor(kind: str = "xgboost", calibrator: str = "isotonic", *, snapshots: bool = True) -> Predictor:
    """Return a predictor whose purchase model is of a kind; its revenue model has trees."""
    models = Models(
        encoder=_encoder(),
        purchase=_purchase(kind, calibrator, snapshots),
        revenue=_revenue(snapshots),
        clusters=_clusters(),
    )
    return of(models)


@cache
def _encoder() -> Encoder:
    return fit_encoder(rows(), [*FEATURES, "Loyalty points"])


@cache
def _told(snapshots: bool) -> np.ndarray:
    matrix = _encoder().transform(rows())
    return with_state(matrix, np.asarray(rows()["going_on"])) if snapshots else matrix


def _bought() -> np.ndarray:
    return np.asarray(pc.fill_null(rows()["purchased"], False))


def of(models: Models, folder: Path = Path("nowhere")) -> Predictor:
    """Return a predictor of models that are on no disk."""
    notes = tuple(
        FeatureNote(
            name=feature.name,
            kind=feature.kind,
            dtype=feature.dtype,
            minimum=None,
            maximum=None,
            typical=None,
            choices=feature.categories or None,
            missing=0.0,
        )
        for feature in models.encoder.features
    )
    manifest = Manifest(
        name="made",
        created_at="2026-01-01T00:00:00+00:00",
        currency="EUR",
        synthetic=True,
        base_rate=0.1,
        threshold=0.3,
        features=notes,
        clusters=(),
        training={},
        purchase={},
        revenue=None,
        metrics={},
    )
    return Predictor(Bundle(models=models, manifest=manifest, folder=folder))


def with_revenue(told: Predictor, **changed: object) -> Predictor:
    """Return a predictor with another revenue model."""
    models = told.models
    return of(replace(models, revenue=replace(models.revenue, **changed)))


@cache
def _classifier(kind: str, snapshots: bool) -> Classifier:
    if kind == "blend":
        return Blend(tuple(_classifier(one, snapshots) for one in KINDS[:3]))
    sample = Sample(_told(snapshots), _bought(), np.ones(len(_bought())))
    return fit(kind, TRIED[kind], sample, seed=1, rounds=25 if kind == "xgboost" else None).classifier


def _purchase(kind: str, calibrator: str, snapshots: bool) -> PurchaseModel:
    classifier = _classifier(kind, snapshots)
    fits = {"isotonic": fit_isotonic, "sigmoid": fit_sigmoid}
    bought = _bought()
    calibrated = fits[calibrator](classifier.score(_told(snapshots), 1), bought, np.ones(len(bought)))
    other = Calibrator("sigmoid", np.array([-3.0, 1.0]), np.array([-2.0, 0.5]), 0.625)
    return PurchaseModel(kind, classifier, calibrated, 0.3, other if snapshots else None)


@cache
def _revenue(snapshots: bool) -> RevenueModel:
    told, revenue = _told(snapshots), np.asarray(rows()["revenue"])
    chosen = _bought() & (np.nan_to_num(revenue) > 0)
    target = np.log(revenue[chosen])
    amounts = xgboost.DMatrix(told[chosen], label=target)
    trees = xgboost.train({**XGBOOST, "base_score": float(target.mean())}, amounts, 20)
    off = np.maximum(np.abs(target - trees.predict(amounts)), 0.01)
    spread = xgboost.train(
        {**SPREAD, "base_score": float(off.mean())}, xgboost.DMatrix(told[chosen], label=off), 10
    )
    return RevenueModel(
        average=float(revenue[chosen].mean()),
        low=10.0,
        high=200.0,
        largest=float(np.quantile(revenue[chosen], 0.7)),
        trees=BoostedTrees.of(trees),
        spread=BoostedTrees.of(spread),
        finished=AmountScale(1.07, -1.0, 1.0),
        unfinished=AmountScale(1.31, -1.0, 1.0) if snapshots else None,
    )


def _clusters() -> ClusterModel:
    one = np.ones(1)
    return ClusterModel(
        columns=("n_events",),
        positions=(0,),
        mean=one,
        scale=one,
        centres=np.array([[0.0], [1.0]]),
        plane=np.array([[1.0], [0.5]]),
        names=("Short", "Long"),
    )
