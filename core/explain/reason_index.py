"""Where every session's strongest reasons lie, for sessions to be filtered by them.

They are found when they are first asked for, of all sessions at once (``core.explain.build_reason_index``),
and lie beside the sessions for as long as these stay the same: a Parquet of ``session_id`` and up to three
texts ``feature:up`` or ``feature:down``, strongest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from core.base.errors import CoreError, ExplainError
from core.base.settings import get_settings
from core.bundle.predictor import Predictor
from core.explain.sampling import is_heavy
from core.results.cache import file_beside, whole_of
from core.results.reason_filter import COLUMN
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source, find_source, training_source

#: More sessions than this aren't filtered by their reasons: finding those would take many minutes. By heavy
#: models (see ``core.explain.sampling``) it would for a tenth of them.
MOST_SESSIONS, MOST_SESSIONS_HEAVY = 3_000_000, 300_000
FILE = "because.parquet"
#: Folder in the data folder for the samples of bundles, whose own folders are left as they are.
FOLDER = "reasons"
SCHEMA = pa.schema([("session_id", pa.string()), (COLUMN, pa.list_(pa.string()))])


@dataclass(frozen=True, slots=True)
class ReasonIndex:
    """The index of a source's ``sessions``, whether it has been built or not."""

    source: Source
    sessions: ScoredSessions

    @property
    def file(self) -> Path:
        """Where it lies, or will."""
        if self.source.is_training:
            folder = get_settings().data_dir / FOLDER
            return folder / f"{self.source.bundle}-{self.sessions.stamp}.parquet"
        return file_beside(self.sessions, FILE)

    @property
    def is_built(self) -> bool:
        """Whether it can be read."""
        return self.file.exists()


def reason_index_of(sessions: ScoredSessions) -> ReasonIndex:
    """Return the index of scored sessions; of all of them, where these were laid aside by a cache.

    Raises
    ------
    ExplainError
        If it is not known which model scored them.
    """
    whole = whole_of(sessions)
    return ReasonIndex(_source_of(whole.path), whole)


def most_sessions(predictor: Predictor) -> int:
    """Return how many sessions can be filtered by their reasons."""
    return min(MOST_SESSIONS, MOST_SESSIONS_HEAVY) if is_heavy(predictor) else MOST_SESSIONS


def _source_of(path: Path) -> Source:
    """Return the result (or the bundle's sample) a file of sessions is."""
    try:
        if path.parent.parent.resolve() == get_settings().models_dir.resolve():
            return training_source(path.parent.name)
        return find_source(path.parent.name)
    except CoreError as error:
        raise ExplainError(
            "The model that scored these sessions isn't known, so there are no reasons to filter by.",
            remedy="Score the export again.",
        ) from error
