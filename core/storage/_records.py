"""What the store hands out: a dataset (an upload), a result (it scored), a training (a model of it)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from core.ingest import IngestReport, Mapping, Recognition
    from core.training.options import TrainingOptions

DatasetState = Literal["needs_mapping", "ready", "deleting"]
ResultState = Literal["queued", "running", "done", "failed"]
TrainingState = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """An export as it was uploaded, and what is known of it.

    ``mapping`` is what a user chose, null where the recognised one is used; ``report`` is there
    once the file has been read to its end.
    """

    id: str
    name: str
    filename: str
    size_bytes: int
    sha256: str
    created_at: datetime
    synthetic: bool
    recognition: Recognition
    mapping: Mapping | None
    report: IngestReport | None
    state: DatasetState
    folder: Path
    upload_path: Path

    @property
    def events_path(self) -> Path:
        """Canonical events, once ingested (event exports)."""
        return self.folder / "events.parquet"

    @property
    def sessions_path(self) -> Path:
        """Session rows, once ingested (session-row exports)."""
        return self.folder / "sessions.parquet"

    @property
    def rejected_path(self) -> Path:
        """Rows that were refused and why; only there if any was."""
        return self.folder / "rejected.csv"

    @classmethod
    def from_row(cls, row: dict[str, Any], *, folder: Path) -> Self:
        """Build it from a database row."""
        from core.ingest import IngestReport, Mapping, Recognition

        values = dict(row)
        stored_as = values.pop("stored_as")
        values["recognition"] = Recognition.from_dict(values["recognition"])
        values["mapping"] = Mapping.from_dict(values["mapping"]) if values["mapping"] else None
        values["report"] = IngestReport.from_dict(values["report"]) if values["report"] else None
        return cls(**values, folder=folder, upload_path=folder / stored_as)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A dataset scored by a bundle, or on the way to it.

    ``share`` is how far the whole job is (0 to 1), ``step`` and ``message`` what it is doing;
    ``error`` is a ``CoreError.to_dict()``. ``path`` exists once ``state`` is "done": session rows,
    the export's extra columns, predictions.
    """

    id: str
    dataset_id: str
    dataset_name: str
    synthetic: bool
    bundle: str
    state: ResultState
    step: str
    share: float
    message: str
    error: dict[str, str | None] | None
    created_at: datetime
    finished_at: datetime | None
    n_sessions: int | None
    currency: str | None
    has_outcomes: bool
    has_revenue: bool
    notes: tuple[str, ...]
    folder: Path

    @property
    def path(self) -> Path:
        """The scored sessions."""
        return self.folder / "sessions.parquet"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("done", "failed")

    @classmethod
    def from_row(cls, row: dict[str, Any], *, folder: Path) -> Self:
        """Build it from a database row joined with its dataset's name."""
        return cls(**{**row, "notes": tuple(row["notes"])}, folder=folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A model trained on a dataset, or on the way to it.

    ``bundle`` is the model's name, there once ``state`` is "done"; ``comparison`` is what
    ``Comparison.to_dict`` tells of it against the model that was in use then. ``cancelling`` says that
    somebody has asked it to stop. ``folder`` is only there while it runs.
    """

    id: str
    dataset_id: str
    dataset_name: str
    bundle: str
    options: TrainingOptions
    who: str
    state: TrainingState
    step: str
    share: float
    message: str
    error: dict[str, str | None] | None
    created_at: datetime
    finished_at: datetime | None
    comparison: dict[str, Any] | None
    cancelling: bool
    folder: Path

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("done", "failed", "cancelled")

    @classmethod
    def from_row(cls, row: dict[str, Any], *, folder: Path) -> Self:
        """Build it from a database row."""
        from core.training.options import TrainingOptions

        values = dict(row)
        values["options"] = TrainingOptions.from_dict(values["options"])
        values["cancelling"] = values.pop("cancel")
        return cls(**values, folder=folder)
