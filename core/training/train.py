"""From session rows to a bundle: read, split, fit, choose, judge, save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.base.progress import Progress, part, silent
from core.base.settings import Settings
from core.base.written import counted
from core.bundle.models import Models
from core.bundle.predictor import predictions
from core.bundle.repository import Bundle, ClusterNote, Manifest, check_name, load_bundle, save_bundle
from core.schema.events import Told
from core.schema.sessions import PREDICTION_SCHEMA
from core.training.alarms import find_alarms
from core.training.clusters import Clustering, train_clusters
from core.training.curves import curves
from core.training.data.loading import (
    TrainingData,
    fingerprint,
    read_training_data,
    read_without_outcomes,
    tells_outcomes,
)
from core.training.data.snapshots import Cut
from core.training.data.splits import TEST, TRAIN, describe
from core.training.early import judge_early
from core.training.evaluation import Metrics, evaluate
from core.training.feature_notes import feature_notes
from core.training.purchase.candidates import TRAINING_THREADS, load_libraries
from core.training.purchase.options import DEFAULTS, TrainingOptions
from core.training.purchase.side_by_side import side_by_side
from core.training.purchase.training import Competition, train_on_whole_sessions, train_purchase
from core.training.revenue import RevenueTraining, train_revenue

#: Sessions of the test slice a bundle keeps: enough for a scatter, neighbours and drift.
REFERENCE_SESSIONS = 4_000
#: Sessions of the test slice a bundle keeps to be compared with others on.
TEST_SESSIONS = 50_000


@dataclass(frozen=True, slots=True)
class _Fitted:
    """What was fitted; an export that tells no outcome has clusters only."""

    purchase: Competition | None
    revenue: RevenueTraining | None
    clusters: Clustering


@dataclass(frozen=True, slots=True)
class Trained:
    """A bundle with what it was learned from, and how its purchase model was chosen."""

    bundle: Bundle
    data: TrainingData
    competition: Competition | None


def train(
    sessions: Path,
    *,
    name: str,
    settings: Settings,
    source: str,
    synthetic: bool,
    events: Path | Cut | None = None,
    told: Told | None = None,
    progress: Progress = silent,
    seed: int = 0,
    currency: str | None = None,
    options: TrainingOptions = DEFAULTS,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Trained:
    """Train on session rows, save the bundle under the models folder, and return what it learned from too.

    Parameters
    ----------
    sessions
        Parquet of session rows; those without a known outcome are left out. If none has one, the bundle
        has clusters only.
    source
        What the data is, in words, for the manifest.
    events
        Parquet of the canonical events the sessions were made of, if there are any (or how another engine
        cuts them): models then learn from sessions cut short too, and are judged after so many events.
    told
        What the export could tell, for the manifest.
    progress
        Called often; whatever it raises ends the training, and nothing of it is left.
    seed
        The same rows and seed give the same predictions.
    currency
        ISO code of the amounts; the setting's where none is given.
    options
        How long to search, how many clusters, which threshold.
    more
        What the manifest shall say of the training besides.

    Raises
    ------
    TrainingError
        If no honest model can be trained on these sessions, saying what was found and what to do.
    """
    check_name(name)
    progress(0.0, "Reading the sessions")
    if tells_outcomes(sessions):
        data = read_training_data(
            sessions, events=events, told=told, settings=settings, progress=part(progress, 0.0, 0.15)
        )
    else:
        data = read_without_outcomes(sessions)
    fitted = _fit(data, seed, options, settings, part(progress, 0.15, 0.85))
    models = Models(
        encoder=data.encoder,
        purchase=fitted.purchase.model if fitted.purchase else None,
        revenue=fitted.revenue.model if fitted.revenue else None,
        clusters=fitted.clusters.model,
    )
    known = _Known(name, source, synthetic, currency or settings.currency, seed, options, more)
    bundle = _judged(data, fitted, models, known, sessions, told, settings, part(progress, 0.85, 1.0))
    return Trained(bundle, data, fitted.purchase)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was told of a training before it began."""

    name: str
    source: str
    synthetic: bool
    currency: str
    seed: int
    options: TrainingOptions
    more: Mapping[str, Any]


def _judged(
    data: TrainingData,
    fitted: _Fitted,
    models: Models,
    known: _Known,
    sessions: Path,
    told: Told | None,
    settings: Settings,
    progress: Progress,
) -> Bundle:
    """Judge the models on the test slice, and save them with what was found."""
    progress(0.0, "Testing on sessions the model has not seen")
    scored = _score_test(data, models)
    metrics = _judge(data, models, scored, known.currency, known.seed)
    early = _early(data, fitted, models, known, part(progress, 0.2, 0.8))
    progress(0.8, "Looking for signs of a leak")
    manifest = Manifest(
        name=known.name,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        currency=known.currency,
        synthetic=known.synthetic,
        base_rate=float(data.sessions.mean()) if models.purchase else None,
        threshold=models.purchase.threshold if models.purchase else None,
        features=feature_notes(data.table.take(pa.array(data.rows(TRAIN, whole=True))), data.encoder),
        clusters=tuple(
            ClusterNote(name=cluster, sentence=sentence)
            for cluster, sentence in zip(models.clusters.names, fitted.clusters.sentences, strict=True)
        ),
        training=_training_note(data, sessions, known, told, has_outcomes=models.purchase is not None),
        purchase=_purchase_note(fitted.purchase, known.options) if fitted.purchase else None,
        revenue=fitted.revenue.note if fitted.revenue else None,
        metrics=metrics,
        curves=_curves(scored, models) | {"silhouettes": _keyed(fitted.clusters)},
        threshold_rule=_rule(known.options),
        early=early,
        clustering=fitted.clusters.note,
        alarms=_alarms(data, fitted, metrics, early, synthetic=known.synthetic),
        notes=tuple(_notes(data, fitted, known.options)),
    )
    progress(0.9, "Saving the model")
    return save_bundle(
        models,
        manifest,
        _some(scored, REFERENCE_SESSIONS),
        settings,
        test=_some(scored, TEST_SESSIONS) if models.purchase else None,
    )


def _fit(
    data: TrainingData, seed: int, options: TrainingOptions, settings: Settings, progress: Progress
) -> _Fitted:
    from threadpoolctl import threadpool_limits

    previous = load_bundle(options.previous, settings) if options.previous else None
    # One thread for linear algebra, on every machine: sums in another order give another model.
    learned = data if options.snapshots else data.only_whole()

    def purchases(progress: Progress) -> Competition | None:
        if not data.purchased.any():
            return None
        return train_purchase(learned, seed=seed, progress=progress, options=options)

    def others(progress: Progress) -> tuple[RevenueTraining | None, Clustering]:
        revenue = train_revenue(learned, seed=seed, progress=progress) if data.purchased.any() else None
        clusters = train_clusters(
            data,
            seed=seed,
            progress=progress,
            k=options.clusters,
            names=options.cluster_names,
            previous=previous,
        )
        return revenue, clusters

    load_libraries()
    with threadpool_limits(1, user_api="blas"):
        purchase, (revenue, clusters) = side_by_side(purchases, others, progress)
    return _Fitted(purchase, revenue, clusters)


def _early(
    data: TrainingData, fitted: _Fitted, models: Models, known: _Known, progress: Progress
) -> tuple[dict[str, Any], ...]:
    if models.purchase is None or fitted.purchase is None or not data.has_snapshots:
        return ()
    beside = None
    if known.options.snapshots:
        progress(0.0, "Training on whole sessions only, to see what the others are worth")
        beside = train_on_whole_sessions(data, fitted.purchase.found.best("xgboost"), seed=known.seed)
    return judge_early(
        data, models.purchase, seed=known.seed, progress=part(progress, 0.3, 1.0), whole_only=beside
    )


def _alarms(
    data: TrainingData,
    fitted: _Fitted,
    metrics: Metrics,
    early: tuple[dict[str, Any], ...],
    *,
    synthetic: bool,
) -> tuple[dict[str, Any], ...]:
    if fitted.purchase is None:
        return ()
    return find_alarms(
        data,
        synthetic=synthetic,
        test=metrics["purchase"]["roc_auc"],
        judged_auc=fitted.purchase.judged_auc,
        early=early,
    )


def _curves(scored: pa.Table, models: Models) -> dict[str, Any]:
    return curves(scored, models.purchase.threshold) if models.purchase else {}


def _rule(options: TrainingOptions) -> dict[str, Any]:
    rule = options.threshold_rule
    return rule.to_dict() if rule is not None and rule.kind == "money" else {"kind": "f1"}


def _score_test(data: TrainingData, models: Models) -> pa.Table:
    """Return the whole sessions of the test slice with their predictions."""
    rows = _test_rows(data)
    answer = predictions(models, data.matrix[rows], TRAINING_THREADS)
    scored = data.table.take(pa.array(rows))
    scored = scored.drop_columns([name for name in PREDICTION_SCHEMA.names if name in scored.column_names])
    for name in PREDICTION_SCHEMA.names:
        scored = scored.append_column(PREDICTION_SCHEMA.field(name), answer[name])
    return scored


def _test_rows(data: TrainingData) -> Any:  # noqa: ANN401
    return data.rows(TEST, whole=True)


def _judge(data: TrainingData, models: Models, scored: pa.Table, currency: str, seed: int) -> Metrics:
    rows = _test_rows(data)
    return evaluate(
        scored,
        data.split.visitor[rows],
        threshold=models.purchase.threshold if models.purchase else None,
        currency=currency,
        clusters=models.clusters,
        points=models.clusters.space(data.matrix[rows]),
        seed=seed,
    )


def _some(scored: pa.Table, most: int) -> pa.Table:
    """Return at most so many sessions: always the same ones, in the order they came."""
    picked = np.random.default_rng(0).permutation(len(scored))[:most]
    return scored.take(pa.array(np.sort(picked)))


def _training_note(
    data: TrainingData, sessions: Path, known: _Known, told: Told | None, *, has_outcomes: bool
) -> dict[str, Any]:
    table = data.table
    started = table["started_at"].to_pylist() if "started_at" in table.column_names else [None] * len(table)
    moments = [moment for moment in started if moment is not None]
    return {
        "source": known.source,
        "fingerprint": fingerprint(sessions),
        "sessions": len(table),
        "visitors": len(np.unique(data.split.visitor)),
        "buyers": int(data.sessions.sum()) if has_outcomes else None,
        "first": min(moments).isoformat() if moments else None,
        "last": max(moments).isoformat() if moments else None,
        "split": describe(data.split.first(len(table)), data.sessions, started),
        "told": told.to_dict() if told else None,
        "revenue": _total(table),
        "snapshots": int((data.k > 0).sum()) if known.options.snapshots else 0,
        "options": known.options.to_dict(),
        "seed": known.seed,
        **known.more,
    }


def _total(table: pa.Table) -> float | None:
    total = pc.sum(table["revenue"]).as_py() if "revenue" in table.column_names else None
    return None if total is None else float(total)


def _purchase_note(competition: Competition, options: TrainingOptions) -> dict[str, Any]:
    model, found = competition.model, competition.found
    chosen = next(candidate for candidate in competition.candidates if candidate["chosen"])
    return {
        "kind": model.kind,
        "name": chosen["name"],
        "calibration": model.calibrator.method,
        "threshold_rule": (
            "profit of contacts"
            if _rule(options)["kind"] == "money"
            else "best F1 on sessions before the test"
        ),
        "candidates": competition.candidates,
        "judged_on": competition.judged_on,
        "search": {
            "trials": found.n,
            "cut_short": found.cut_short,
            "by_kind": {kind: len(trials) for kind, trials in found.trials.items()},
        },
        "settings": competition.settings,
    }


def _keyed(clusters: Clustering) -> dict[str, float]:
    return {str(k): round(score, 6) for k, score in clusters.silhouettes.items()}


def _notes(data: TrainingData, fitted: _Fitted, options: TrainingOptions) -> list[str]:
    """Return what whoever reads the figures should know, a sentence each."""
    split, notes = data.split, []
    if fitted.purchase is None:
        return ["No purchases to learn from, so this model has clusters only."]
    if split.reason:
        notes.append(split.reason)
    notes += [f"{reason}: {counted(n, 'session')} left out." for reason, n in split.dropped.items()]
    if np.isnan(data.revenue[data.purchased]).all():
        notes.append("Amounts are missing from the file, so the model doesn't predict revenue.")
    if fitted.purchase.found.cut_short:
        notes.append(
            f"The search ended after {fitted.purchase.found.n} of {options.trials} trials, when its time was "
            "up: training again may give a slightly different model."
        )
    return notes
