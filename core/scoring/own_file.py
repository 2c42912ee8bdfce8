"""Scoring one file by a model trained on it, for the command line: no session by one that has seen it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.base.errors import TrainingError
from core.base.progress import Progress, part
from core.base.settings import Settings
from core.scoring import own_model
from core.scoring.model_names import free_name
from core.scoring.own_place import put_in_place
from core.scoring.steps import Scored, make_sessions, predict_sessions

if TYPE_CHECKING:
    from core.bundle.predictor import Predictor
    from core.ingest import IngestReport


def score_by_own(
    folder: Path, report: IngestReport, out: Path, *, file: Path, settings: Settings, progress: Progress
) -> tuple[Scored, Predictor]:
    """Train a model on an ingested export, save it, and score the export without looking at itself.

    Raises
    ------
    TrainingError
        If the export is not enough for a model.
    """
    from core.bundle.predictor import Predictor
    from core.training.data.loading import fingerprint

    sessions = make_sessions(
        folder, report, folder / "features.parquet", settings=settings, progress=part(progress, 0.0, 0.1)
    )
    recorded = own_model.count_recorded(sessions, report.currency or settings.currency)
    if problem := own_model.cannot_train(recorded, settings):
        raise TrainingError(
            problem, where=file.name, remedy="Leave --own-model away to use a model there is."
        )
    work = folder / own_model.WORK
    name = free_name(file.name, lambda other: (settings.models_dir / other).exists())
    predicted = own_model.train_own(
        sessions,
        work,
        name=name,
        export=own_model.Export(
            name=file.name, sha256=fingerprint(file), synthetic=False, events=folder / "events.parquet"
        ),
        report=report,
        settings=settings,
        progress=part(progress, 0.1, 0.9),
    )
    predictor = Predictor.load(put_in_place(work, name, file.name, settings), settings)
    scored = predict_sessions(
        sessions, out, predictor=predictor, held_out=predicted.held_out, progress=part(progress, 0.9, 1.0)
    )
    return scored, predictor
