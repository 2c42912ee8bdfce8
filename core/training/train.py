"""From session rows to a bundle: read, split, fit, choose, judge, save."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.bundle import Bundle, ClusterNote, Manifest, check_name, save_bundle
from core.events import Told
from core.models import Models
from core.predict import predictions
from core.progress import Progress, part, silent
from core.sessions import PREDICTION_SCHEMA
from core.settings import Settings
from core.training.candidates import TRAINING_THREADS
from core.training.clusters import Clustering, train_clusters
from core.training.curves import curves
from core.training.data import TrainingData, fingerprint, read_training_data
from core.training.evaluation import Metrics, evaluate
from core.training.notes import feature_notes
from core.training.options import DEFAULTS, TrainingOptions
from core.training.purchase import Competition, train_purchase
from core.training.revenue import RevenueTraining, train_revenue
from core.training.splits import TEST, TRAIN, describe

#: Sessions of the test slice a bundle keeps: enough for a scatter, neighbours and drift.
REFERENCE_SESSIONS = 4_000
#: Better than this on real sessions, and something usually gives the outcome away.
SUSPICIOUS_AUC = 0.95


@dataclass(frozen=True, slots=True)
class _Fitted:
    purchase: Competition
    revenue: RevenueTraining | None
    clusters: Clustering


def train_bundle(
    sessions: Path,
    *,
    name: str,
    settings: Settings,
    source: str,
    synthetic: bool,
    events: Path | None = None,
    told: Told | None = None,
    progress: Progress = silent,
    seed: int = 0,
    currency: str | None = None,
    options: TrainingOptions = DEFAULTS,
) -> Bundle:
    """Train on session rows and save the bundle under the models folder.

    Parameters
    ----------
    sessions
        Parquet of session rows; those without a known outcome are left out.
    source
        What the data is, in words, for the manifest.
    events
        Parquet of the canonical events the sessions were made of, if there are any: models then
        learn from sessions cut short too, and are judged after so many events.
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

    Raises
    ------
    TrainingError
        If no honest model can be trained on these sessions, saying what was found and what to do.
    """
    check_name(name)
    progress(0.0, "Reading the sessions")
    data = read_training_data(
        sessions,
        events=events if options.snapshots else None,
        told=told,
        settings=settings,
        progress=part(progress, 0.0, 0.15),
    )
    fitted = _fit(data, seed, part(progress, 0.15, 0.8))
    models = Models(
        encoder=data.encoder,
        purchase=fitted.purchase.model,
        revenue=fitted.revenue.model if fitted.revenue else None,
        clusters=fitted.clusters.model,
    )
    progress(0.8, "Testing on sessions the model has not seen")
    currency = currency or settings.currency
    scored = _score_test(data, models)
    metrics = _judge(data, models, scored, currency, seed)
    manifest = Manifest(
        name=name,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        currency=currency,
        synthetic=synthetic,
        base_rate=float(data.sessions.mean()),
        threshold=models.purchase.threshold,
        features=feature_notes(data.table.take(pa.array(data.rows(TRAIN, whole=True))), data.encoder),
        clusters=tuple(
            ClusterNote(name=cluster, sentence=sentence)
            for cluster, sentence in zip(models.clusters.names, fitted.clusters.sentences, strict=True)
        ),
        training=_training_note(data, sessions, source, told, seed),
        purchase=_purchase_note(fitted.purchase),
        revenue=fitted.revenue.note if fitted.revenue else None,
        metrics=metrics,
        curves=curves(scored, models.purchase.threshold) | {"silhouettes": _keyed(fitted.clusters)},
        notes=tuple(_notes(data, metrics)),
    )
    progress(0.97, "Saving the model")
    return save_bundle(models, manifest, _reference(scored), settings)


def _fit(data: TrainingData, seed: int, progress: Progress) -> _Fitted:
    from threadpoolctl import threadpool_limits

    # One thread for linear algebra, on every machine: sums in another order give another model.
    with threadpool_limits(1, user_api="blas"):
        return _fit_models(data, seed, progress)


def _fit_models(data: TrainingData, seed: int, progress: Progress) -> _Fitted:
    purchase = train_purchase(data, seed=seed, progress=part(progress, 0.0, 0.6))
    progress(0.6, "Training revenue on buyers")
    revenue = train_revenue(data, seed=seed)
    clusters = train_clusters(data, seed=seed, progress=part(progress, 0.75, 1.0))
    return _Fitted(purchase, revenue, clusters)


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
        threshold=models.purchase.threshold,
        currency=currency,
        clusters=models.clusters,
        points=models.clusters.space(data.matrix[rows]),
        seed=seed,
    )


def _reference(scored: pa.Table) -> pa.Table:
    """Return the sample a bundle keeps: always the same sessions, in the order they came."""
    picked = np.random.default_rng(0).permutation(len(scored))[:REFERENCE_SESSIONS]
    return scored.take(pa.array(np.sort(picked)))


def _training_note(
    data: TrainingData, sessions: Path, source: str, told: Told | None, seed: int
) -> dict[str, Any]:
    table = data.table
    started = table["started_at"].to_pylist() if "started_at" in table.column_names else [None] * len(table)
    known = [moment for moment in started if moment is not None]
    return {
        "source": source,
        "fingerprint": fingerprint(sessions),
        "sessions": len(table),
        "visitors": len(np.unique(data.split.visitor)),
        "buyers": int(data.sessions.sum()),
        "first": min(known).isoformat() if known else None,
        "last": max(known).isoformat() if known else None,
        "split": describe(data.split.first(len(table)), data.sessions, started),
        "told": told.to_dict() if told else None,
        "revenue": _total(table),
        "seed": seed,
    }


def _total(table: pa.Table) -> float | None:
    total = pc.sum(table["revenue"]).as_py() if "revenue" in table.column_names else None
    return None if total is None else float(total)


def _purchase_note(competition: Competition) -> dict[str, Any]:
    model = competition.model
    chosen = next(candidate for candidate in competition.candidates if candidate["chosen"])
    return {
        "kind": model.kind,
        "name": chosen["name"],
        "calibration": model.calibrator.method,
        "threshold_rule": "best F1 on the validation and calibration slices",
        "candidates": competition.candidates,
    }


def _keyed(clusters: Clustering) -> dict[str, float]:
    return {str(k): round(score, 6) for k, score in clusters.silhouettes.items()}


def _notes(data: TrainingData, metrics: Metrics) -> list[str]:
    """Return what whoever reads the figures should know, a sentence each."""
    split, notes = data.split, []
    if split.method != "time":
        apart = "visitor" if split.method == "visitor" else "session"
        notes.append(f"No start times are told, so sessions were split by {apart}, not by time.")
    notes += [f"{reason}: {n:,} sessions left out." for reason, n in split.dropped.items()]
    if np.isnan(data.revenue[data.purchased]).all():
        notes.append("No amounts are told, so the model doesn't predict revenue.")
    auc = metrics["purchase"]["roc_auc"]["value"]
    if auc is not None and auc > SUSPICIOUS_AUC:
        notes.append(
            f"A ROC-AUC of {auc:.3f} is better than browsing usually allows: "
            "check that no column gives the outcome away."
        )
    return notes
