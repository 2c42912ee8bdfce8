"""A model of a shop's own from its first export: whether there is one, what it takes, and training it.

``decide`` says which model answers for an export. Where the shop has none and the export has enough buyers,
``train_own`` trains one into the result's own folder and scores every session by models that had not seen its
visitor; nothing of it is in the models folder before it is put in place (``core.scoring.own_place``).
"""

from __future__ import annotations

import logging
import shutil
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.base.atomic_write import atomic_write
from core.base.errors import CoreError, TrainingError
from core.base.memory_database import scratch_database
from core.base.progress import Progress, part
from core.base.settings import Settings
from core.base.shop import by_clock, written_date
from core.base.written import counted, number
from core.bundle.registry import in_use
from core.bundle.repository import Manifest, read_manifest
from core.storage import Basis, Dataset, Recorded, Result

if TYPE_CHECKING:
    from core.ingest import IngestReport
    from core.stats.arrays import Codes, Flags
    from core.training.purchase.options import TrainingOptions
    from core.training.train import Trained

log = logging.getLogger(__name__)

#: Folder inside a result's for what is trained; in it the sessions learned from, where they are not all of
#: the export as it is, and the sessions' predictions.
WORK, LEARNED, HELD_OUT = "own", "learned.parquet", "held-out.parquet"
#: Training is given up after so many times the seconds it was given: a busy machine is no reason to.
PATIENCE = 10.0
#: Sessions learned from a second of what training may take, on two cores; buyers learned from at least, where
#: there are as many, and sessions at most.
SESSIONS_A_SECOND, ENOUGH_BUYERS, MOST_SESSIONS = 500, 300, 300_000
#: Where training really is after each share of the way it reports, measured on 20,000 sessions.
REPORTED = (0.0, 0.15, 0.41, 0.64, 0.75, 0.85, 1.0)
REALLY = (0.0, 0.36, 0.37, 0.66, 0.7, 0.92, 1.0)
#: Share of the time that training takes; the rest is predicting what it hadn't seen.
TRAINING = 0.65
#: Why a model is trained although the shop has one.
SAME = "The model in use was trained on this export."


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What a model is trained on: an export's name and hash, and where its events are if it has any."""

    name: str
    sha256: str
    synthetic: bool
    events: Path


@dataclass(frozen=True, slots=True)
class Predicted:
    """A fresh model with each session's predictions by models that had not seen its visitor."""

    trained: Trained
    held_out: pa.Table


def count_recorded(sessions: Path, currency: str) -> Recorded:
    """Count sessions, buyers and revenue in session rows (Parquet)."""
    names = set(pq.read_schema(sessions).names)
    bought = "purchased" if "purchased" in names else "NULL::BOOLEAN"
    paid = "revenue" if "revenue" in names else "NULL::DOUBLE"
    query = f"""SELECT count(*), count({bought}), count(*) FILTER ({bought}),
        sum({paid}) FILTER ({bought} AND {paid} > 0) FROM read_parquet(?)"""
    with scratch_database() as connection:
        row: Any = connection.execute(query, [str(sessions)]).fetchone()
    n, outcomes, buyers, revenue = row
    return Recorded(
        sessions=n,
        outcomes=outcomes,
        buyers=buyers,
        conversion=buyers / outcomes if outcomes else None,
        revenue=None if revenue is None else float(revenue),
        currency=currency,
    )


def decide(result: Result, dataset: Dataset, recorded: Recorded, settings: Settings) -> Basis:
    """Return which model answers for an export: ``own`` where one is to be trained.

    Whatever was decided when the result was asked for stays.
    """
    if result.basis is not None:
        return result.basis
    if not settings.own_models or dataset.synthetic:
        return Basis(kind="chosen")
    known = Basis(kind="none", buyers=recorded.buyers, buyers_needed=settings.own_model_buyers)
    used = model_in_use(settings)
    if used is not None and is_own(used):
        same = used.training.get("dataset") == dataset.sha256
        return replace(known, kind="own", reason=SAME) if same else replace(known, kind="in_use")
    problem = cannot_train(recorded, settings)
    if problem and used is not None and not used.synthetic:
        # The shop's model knows clusters only: it predicts nothing, and says so itself.
        return replace(known, kind="in_use")
    return replace(known, reason=problem) if problem else replace(known, kind="own")


def cannot_train(recorded: Recorded, settings: Settings) -> str:
    """Return in a sentence why no model is trained on an export; nothing if one can be."""
    needed = settings.own_model_buyers
    if not recorded.outcomes:
        return "Purchases are missing from this file, so a model can't be trained on it."
    if recorded.buyers < needed:
        buyers = f"{number(recorded.buyers)} buyer{'' if recorded.buyers == 1 else 's'}"
        return f"{buyers} in this export; {number(needed)} are needed to train a model on it automatically."
    if recorded.outcomes - recorded.buyers < needed:
        return (
            f"{number(recorded.buyers)} of {number(recorded.outcomes)} sessions bought; "
            f"{number(needed)} that didn't are also "
            "needed to train a model automatically."
        )
    return ""


def model_in_use(settings: Settings) -> Manifest | None:
    """Return what the model in use says of itself; None if it can't be read."""
    try:
        return read_manifest(in_use(settings), settings)
    except CoreError:
        return None


def is_own(model: Manifest) -> bool:
    """Tell whether a model is a shop's own, and predicts purchases."""
    return not model.synthetic and model.predicts_purchase


def train_own(
    sessions: Path,
    work: Path,
    *,
    name: str,
    export: Export,
    report: IngestReport,
    settings: Settings,
    progress: Progress,
) -> Predicted:
    """Train a model on session rows into a folder of its own, and predict each session by those without it.

    Parameters
    ----------
    sessions
        Parquet of session rows.
    work
        Where the model goes, as a models folder of its own.
    progress
        Told how far it is, for how long it has run and how long it will go on.

    Raises
    ------
    TrainingError
        If no honest model can be trained on it, or not in time.
    """
    from core.training.cross_fit import cross_fit
    from core.training.purchase.options import TrainingOptions

    clock = _Clock(settings.own_model_seconds, progress)
    empty(work)
    table = pq.read_table(sessions)
    chosen, is_part = _learned_from(table, work / LEARNED, sessions, settings)
    has_events = report.kind == "events" and not (is_part and not report.told.has_session_key)
    trained = train_into(
        work,
        chosen,
        name=name,
        export=export,
        events=export.events if has_events else None,
        report=report,
        settings=settings,
        progress=_as_it_is(part(clock, 0.0, TRAINING)),
        # Kinds compete on two folds of five: time for all of them would double how long a shop waits.
        options=TrainingOptions(seconds=0.0, trials=0, contest_folds=2),
    )
    if trained.competition is None:
        raise TrainingError(
            "Purchases are missing from this file.", remedy="Include purchases in the export."
        )
    held_out = cross_fit(
        trained.data,
        trained.bundle.models,
        trained.competition,
        table,
        seed=0,
        progress=part(clock, TRAINING, 1.0),
    )
    return Predicted(trained, held_out)


def empty(work: Path) -> None:
    """Make the folder of what is trained, with nothing of an earlier try in it."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)


def train_into(
    work: Path,
    sessions: Path,
    *,
    name: str,
    export: Export,
    events: Path | None = None,
    report: IngestReport,
    settings: Settings,
    progress: Progress,
    options: TrainingOptions,
) -> Trained:
    """Train on session rows of an export, with ``work`` as the models folder; errors as from ``train``."""
    from core.training.train import train

    return train(
        sessions,
        name=name,
        settings=settings.model_copy(update={"models_dir": work}),
        source=export.name,
        synthetic=export.synthetic,
        events=events,
        told=report.told,
        currency=report.currency,
        progress=progress,
        options=options,
        more={"dataset": export.sha256},
    )


def keep_held_out(predicted: Predicted, work: Path) -> None:
    """Write the predictions beside the model: then all is there."""
    with atomic_write(work / HELD_OUT) as partial:
        pq.write_table(predicted.held_out, partial)


def quality_of(predicted: Predicted, sessions: pa.Table) -> dict[str, dict[str, Any]]:
    """Return how good the predictions are on the outcomes of the whole export, for ``Basis.quality``."""
    from core.stats.bootstrap import RESAMPLES
    from core.training.evaluation import FEW_RESAMPLES, MANY_SESSIONS
    from core.training.metrics import purchase_quality

    known, outcome, visitor = outcomes_of(sessions)
    probability = predicted.held_out["purchase_probability"].to_numpy()[known]
    threshold = predicted.trained.bundle.manifest.threshold or 0.5
    resamples = RESAMPLES if len(known) < MANY_SESSIONS else FEW_RESAMPLES
    figures = purchase_quality(probability, outcome, visitor[known], threshold, resamples=resamples)
    return {name: figure.to_dict() for name, figure in figures.items()}


def knows_visitors(sessions: pa.Table) -> bool:
    """Whether any session of an export says whose it is."""
    from core.training.data.splits import number_visitors

    return number_visitors(sessions)[1]


def outcomes_of(sessions: pa.Table) -> tuple[Codes, Flags, Codes]:
    """Return the rows whose outcome is known, whether each of them bought, and every row's visitor."""
    from core.training.data.splits import number_visitors

    known = np.flatnonzero(sessions["purchased"].is_valid().to_numpy())
    outcome = pc.fill_null(sessions["purchased"], False).to_numpy().astype(bool)[known]
    return known, outcome, number_visitors(sessions)[0]


def said_of(
    basis: Basis, trained: Trained, quality: dict[str, dict[str, Any]], seconds: float, *, by_visitor: bool
) -> Basis:
    """Return the basis of a result with what its training came to.

    Where the export has no visitors, sessions were kept apart, not visitors (not ``by_visitor``).
    """
    manifest = trained.bundle.manifest
    split = trained.data.split
    return replace(
        basis,
        out_of_sample=True,
        quality=quality,
        reason=_what_was_done(manifest, again=basis.reason == SAME, by_visitor=by_visitor),
        split=split.reason or _by_time(manifest, by_visitor=by_visitor),
        alarms=tuple(str(alarm.get("title", "")) for alarm in manifest.alarms),
        seconds=round(seconds, 1),
    )


def _what_was_done(manifest: Manifest, *, again: bool, by_visitor: bool) -> str:
    unseen = "its visitor" if by_visitor else "it"
    training = manifest.training
    learned = f"{counted(training['sessions'], 'session')} with {number(training['buyers'])} buyers"
    if again:
        return (
            "The model in use was trained on this export, so every session was scored by a model that "
            f"hadn't seen {unseen}."
        )
    return (
        f"A model was trained on this export ({learned}). Every session was scored by a model that had not "
        f"seen {unseen}."
    )


def _by_time(manifest: Manifest, *, by_visitor: bool) -> str:
    first = manifest.training["split"]["slices"]["test"]["first"]
    start = written_date(by_clock(datetime.fromisoformat(first)).date()) if first else "the last days"
    return (
        f"Sessions from {start} on were scored by a model trained on earlier days, the others by models "
        f"that hadn't seen {'their visitors' if by_visitor else 'them'}."
    )


def _learned_from(table: pa.Table, part_of: Path, whole: Path, settings: Settings) -> tuple[Path, bool]:
    """Return the sessions to learn from, and whether they are a part only: what training has time for."""
    from core.training.data.splits import number_visitors

    buyers = int(pc.sum(table["purchased"]).as_py() or 0)
    wanted = SESSIONS_A_SECOND * settings.own_model_seconds
    wanted = min(max(wanted, len(table) * ENOUGH_BUYERS / max(buyers, 1)), MOST_SESSIONS)
    if len(table) <= wanted:
        return whole, False
    visitor, _ = number_visitors(table)
    # Whole visitors: whoever is left out is scored by the model as somebody new.
    share = np.random.default_rng(0).random(int(visitor.max()) + 1)
    pq.write_table(table.filter(pa.array((share < wanted / len(table))[visitor])), part_of)
    return part_of, True


def _as_it_is(progress: Progress) -> Progress:
    """Turn the share a training reports into the share of its time."""
    return lambda share, message: progress(float(np.interp(share, REPORTED, REALLY)), message)


class _Clock:
    """Adds to what is reported how long training has gone on and will go on; ends it after a time."""

    def __init__(self, seconds: float, progress: Progress) -> None:
        self._seconds, self._progress = seconds, progress
        self._began = time.monotonic()

    def __call__(self, share: float, message: str) -> None:
        gone = time.monotonic() - self._began
        if gone > PATIENCE * self._seconds:
            raise TrainingError(
                f"Training was stopped after {gone:.0f} seconds.",
                remedy="Train a model on this export on the Train page, which takes as long as it needs.",
            )
        # The first steps say little of the pace of this machine, unless they have taken long.
        tells = share > 0.2 or (share > 0 and gone > self._seconds / 3)
        left = gone * (1 - share) / share if tells else max(self._seconds - gone, 0.0)
        # The step says what is done; what a model is made of is nobody's concern who waits for it.
        self._progress(share, f"{gone:.0f} s so far, {_about(left)} left")


def _about(seconds: float) -> str:
    if seconds < 7.5:
        return "a few seconds"
    return f"about {round(seconds / 5) * 5} s" if seconds < 120 else f"about {round(seconds / 60)} min"
