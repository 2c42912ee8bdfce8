"""The steps of a result that are about a model of the shop's own: count, train, and afterwards compare.

Like the others (``core.scoring.pipeline``), each can be run again from its beginning with the same outcome.
"""

from __future__ import annotations

import logging
import shutil
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.base.errors import CoreError, NotFoundError, TrainingError
from core.base.progress import Progress, silent
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.bundle.predictor import Predictor
from core.bundle.registry import in_use
from core.ingest.base.model import IngestReport, Mapping, conversion
from core.scoring import own_model
from core.scoring.model_names import suggest_name
from core.scoring.own_clusters import train_clusters
from core.scoring.own_model import WORK, Export
from core.scoring.own_place import put_in_place
from core.scoring.pipeline import features_path, report_of
from core.storage import Contest, Dataset, Result, Store

log = logging.getLogger(__name__)

#: Fewer buyers on days the model in use hasn't learned from, and nothing can be said of which is better.
LEAST_COMPARED = 30
RESAMPLES = 200


def record_step(store: Store, result: Result) -> None:
    """Count what the export says without any model, and say it: the first figures anybody sees."""
    dataset = store.dataset(result.dataset_id)
    report = report_of(dataset)
    currency = report.currency or store.settings.currency
    recorded = own_model.count_recorded(_sessions(store, result), currency)
    mapping = dataset.mapping or dataset.recognition.mapping
    recorded = replace(recorded, apart=paid_apart(report, mapping, shop_settings(store.settings)))
    store.update_result(result.id, unless_cancelled=True, recorded=recorded.to_dict())


def paid_apart(report: IngestReport, mapping: Mapping, settings: Settings) -> dict[str, float]:
    """Return what orders paid in currencies that nothing converts, and so no session's revenue holds."""
    _, rates = conversion(mapping, currency=settings.currency, rates=settings.rates)
    others = (made for made in report.money if made.currency not in (None, report.currency, *rates))
    return {str(made.currency): made.gross for made in others if made.gross > 0}


def own_model_step(store: Store, result: Result, progress: Progress = silent) -> None:
    """Decide which model answers; where the shop has none and the export is enough, train one."""
    result = store.result(result.id)
    dataset, settings = store.dataset(result.dataset_id), store.settings
    report, sessions = report_of(dataset), _sessions(store, result)
    recorded = result.recorded or own_model.count_recorded(sessions, report.currency or settings.currency)
    work = result.folder / WORK
    if (work / own_model.HELD_OUT).exists():
        progress(1.0, "Already trained")
        return
    basis = own_model.decide(result, dataset, recorded, settings)
    bundle = result.bundle if result.basis is not None else in_use(settings)
    if basis.kind == "in_use":
        basis = replace(basis, out_of_sample=_is_later(sessions, bundle, settings) or None)
    if basis.kind == "own":
        began = time.monotonic()
        # A model of this very export is there already; only how it does on what it hadn't seen is wanted.
        again = basis.reason == own_model.SAME
        name = bundle if again else suggest_name(dataset, settings)
        try:
            store.ensure_room(sessions.stat().st_size)
            predicted = own_model.train_own(
                sessions,
                work,
                name=name,
                export=_export(dataset),
                report=report,
                settings=settings,
                progress=progress,
            )
        except TrainingError as error:
            shutil.rmtree(work, ignore_errors=True)
            basis = replace(basis, kind="none", reason=error.message)
        else:
            table = pq.read_table(sessions)
            quality = own_model.quality_of(predicted, table)
            basis = own_model.said_of(
                basis,
                predicted.trained,
                quality,
                time.monotonic() - began,
                by_visitor=own_model.knows_visitors(table),
            )
            if again:
                shutil.rmtree(work / name)
            own_model.keep_held_out(predicted, work)
            bundle = name
    if basis.kind == "none":
        # The model in use, another shop's, gives the example; the kinds of visit are this export's own.
        basis, name = replace(basis, example=bundle), suggest_name(dataset, settings)
        if train_clusters(
            sessions,
            work,
            name=name,
            export=_export(dataset),
            report=report,
            settings=settings,
            progress=progress,
        ):
            bundle = name
    store.update_result(result.id, unless_cancelled=True, basis=basis.to_dict(), bundle=bundle)


def contest_step(store: Store, result: Result, progress: Progress = silent) -> None:
    """Find out whether a model trained on this export would do better than the one that answered.

    The result can be used meanwhile. Both are judged on the same sessions, of days and by models that hadn't
    seen them.
    """
    result = store.result(result.id)
    if result.basis is None or result.basis.contest is None or result.basis.contest.outcome != "pending":
        return
    work = result.folder / WORK
    try:
        contest = _contest(store, result, work, progress)
    except NotFoundError:
        raise
    except (CoreError, OSError) as error:
        log.warning("%s could not be compared: %s", result.id, error)
        contest = Contest(outcome="unknown", reason=getattr(error, "message", "It couldn't be trained."))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    store.update_result(result.id, basis=replace(result.basis, contest=contest).to_dict())


def _contest(store: Store, result: Result, work: Path, progress: Progress) -> Contest:
    from core.stats.bootstrap import with_intervals
    from core.stats.ranked import RankedOutcomes
    from core.stats.ranking import area_under_roc

    dataset, settings = store.dataset(result.dataset_id), store.settings
    scored = pq.read_table(result.path)
    known, outcome, visitor = own_model.outcomes_of(scored)
    unseen = _unseen(scored, result.bundle, settings)[known]
    buyers = int(outcome[unseen].sum())
    if buyers < LEAST_COMPARED:
        return Contest(
            outcome="unknown",
            buyers=buyers,
            reason="Nearly all of these sessions are from days the model in use learned from.",
        )
    name = suggest_name(dataset, settings)
    predicted = own_model.train_own(
        result.path,
        work,
        name=name,
        export=_export(dataset),
        report=report_of(dataset),
        settings=settings,
        progress=progress,
    )
    rows = known[unseen]
    truth, whose = outcome[unseen], visitor[rows]
    ranked = {
        "in_use": RankedOutcomes.of(scored["purchase_probability"].to_numpy()[rows], truth),
        "new": RankedOutcomes.of(predicted.held_out["purchase_probability"].to_numpy()[rows], truth),
    }

    def compute(weight: np.ndarray[Any, Any]) -> dict[str, float]:
        areas = {name: area_under_roc(ranking.weighed(weight)) for name, ranking in ranked.items()}
        return areas | {"difference": areas["new"] - areas["in_use"]}

    units = dict.fromkeys(("in_use", "new", "difference"), "score")
    found = with_intervals(compute, whose, units, resamples=RESAMPLES)
    gain = found["difference"].low
    better = gain is not None and gain > 0
    return Contest(
        outcome="better" if better else "level",
        in_use=found["in_use"].to_dict(),
        new=found["new"].to_dict(),
        difference=found["difference"].to_dict(),
        buyers=buyers,
        bundle=put_in_place(work, name, dataset.name, settings) if better else None,
    )


def _export(dataset: Dataset) -> Export:
    return Export(
        name=dataset.name, sha256=dataset.sha256, synthetic=dataset.synthetic, events=dataset.events_path
    )


def _sessions(store: Store, result: Result) -> Path:
    dataset = store.dataset(result.dataset_id)
    return dataset.sessions_path if report_of(dataset).kind == "sessions" else features_path(result)


def _unseen(sessions: Any, bundle: str, settings: Settings) -> np.ndarray[Any, np.dtype[np.bool_]]:  # noqa: ANN401
    """Return which sessions began after the last one a model has learned from; all where it isn't known."""
    last = Predictor.load(bundle, settings).manifest.training.get("last")
    if last is None or "started_at" not in sessions.column_names:
        return np.ones(len(sessions), dtype=bool)
    moment = pa.scalar(datetime.fromisoformat(str(last)), sessions["started_at"].type)
    return np.asarray(pc.fill_null(pc.greater(sessions["started_at"], moment), True).to_numpy(), dtype=bool)


def _is_later(sessions: Path, bundle: str, settings: Settings) -> bool:
    """Tell whether all sessions began after the last one the model in use has learned from."""
    if "started_at" not in pq.read_schema(sessions).names:
        return False
    table = pq.read_table(sessions, columns=["started_at"])
    known = Predictor.load(bundle, settings).manifest.training.get("last") is not None
    return known and not table["started_at"].null_count and bool(_unseen(table, bundle, settings).all())
