"""Clusters of an export no model can be trained on: its own kinds of visit, not those of another shop."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.base.errors import TrainingError
from core.base.progress import Progress
from core.base.settings import Settings
from core.scoring.own_model import LEARNED, Export, empty, train_into

if TYPE_CHECKING:
    from core.ingest import IngestReport

#: Clusters of more sessions than this are hardly others, and their description takes longer.
MOST_SESSIONS = 100_000


def train_clusters(
    sessions: Path,
    work: Path,
    *,
    name: str,
    export: Export,
    report: IngestReport,
    settings: Settings,
    progress: Progress,
) -> bool:
    """Train a model that knows clusters only into a folder of its own; tell whether there is one.

    Outcomes are left out, also where a few are known: they are too few to learn from.

    Parameters
    ----------
    sessions
        Parquet of session rows.
    work
        Where the model goes, as a models folder of its own.
    """
    from core.training.purchase.options import QUICK

    empty(work)
    table = pq.read_table(sessions)
    for outcome in {"purchased", "revenue"}.intersection(table.column_names):
        place, field = table.column_names.index(outcome), table.schema.field(outcome)
        table = table.set_column(place, field.with_nullable(True), pa.nulls(len(table), field.type))
    if len(table) > MOST_SESSIONS:
        table = table.take(np.sort(np.random.default_rng(0).choice(len(table), MOST_SESSIONS, replace=False)))
    pq.write_table(table, work / LEARNED)
    try:
        train_into(
            work,
            work / LEARNED,
            name=name,
            export=export,
            report=report,
            settings=settings,
            progress=lambda share, _: progress(share, "Finding the kinds of visit in this export"),
            options=QUICK,
        )
    except TrainingError:
        # Too few sessions, or all alike: then there is nothing to say of kinds of visit.
        shutil.rmtree(work / name, ignore_errors=True)
        return False
    return True
