"""What the store hands out: a dataset (an upload), a result (it scored), a training (a model of it)."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from core.storage._basis import Basis, Recorded

if TYPE_CHECKING:
    from core.ingest import IngestReport, Mapping, Recognition

DatasetState = Literal["fetching", "not_fetched", "needs_mapping", "ready", "deleting"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]

_LIVE_DAY = re.compile(r"live-[\dT-]+\.parquet")
#: Folder of the demo model's predictions inside a result's, and what the result's id ends in then.
EXAMPLE, EXAMPLE_SUFFIX = "example", "-example"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFile:
    """One of the files a dataset consists of; ``filename`` is what it was called where it came from."""

    filename: str
    path: Path
    size_bytes: int
    sha256: str

    @property
    def is_live_day(self) -> bool:
        """Whether it holds live sessions as they were closed (``core.live.closing``), canonical already."""
        return _LIVE_DAY.fullmatch(self.filename) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """How a dataset comes, or came, from a source on the server's side.

    ``share`` (0 to 1) and ``message`` say how far it is; ``error`` is a ``CoreError.to_dict()``, there once
    it has failed. ``who`` has asked for it (see ``core.base.requester``). ``scored`` is whether it is scored
    as soon as it is here; until ``settled``, whether that needs questions isn't known.
    """

    source: str
    paths: tuple[str, ...]
    share: float = 0.0
    message: str = ""
    error: dict[str, str | None] | None = None
    who: str = ""
    scored: bool = True
    settled: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {**asdict(self), "paths": list(self.paths)}

    @classmethod
    def from_dict(cls, fetch: dict[str, Any]) -> Self:
        """Read what ``to_dict`` wrote."""
        return cls(**{**fetch, "paths": tuple(fetch["paths"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """An export as it was uploaded, and what is known of it.

    ``files`` are its files, mostly one (then that is ``upload_path``); ``size_bytes`` is their sum,
    ``filename`` stands for all of them. ``mapping`` is what a user chose, null where the recognised one is
    used; ``recipe`` is the name of the recipe it comes from, if it does. ``report`` is there once the files
    have been read to their end.

    While ``state`` is "fetching" its files are on their way from a source (``fetch`` says how far), and
    nothing is known of them; "not_fetched" says that this has failed.
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
    files: tuple[DatasetFile, ...] = ()
    fetch: Fetch | None = None
    recipe: str | None = None

    def __post_init__(self) -> None:
        """Name the one file of a dataset nobody has named files for."""
        if not self.files:
            only = DatasetFile(
                filename=self.filename,
                path=self.upload_path,
                size_bytes=self.size_bytes,
                sha256=self.sha256,
            )
            object.__setattr__(self, "files", (only,))

    @property
    def is_arriving(self) -> bool:
        """Whether its files are on their way, or have come and are about to be scored."""
        about_to = self.fetch is not None and not self.fetch.settled
        return self.state == "fetching" or (self.state == "ready" and about_to)

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
        # Here, not above: it brings DuckDB and Arrow (see ``_adding``).
        from core.ingest import IngestReport, Mapping, Recognition

        values = dict(row)
        stored_as = values.pop("stored_as")
        values.pop("made_of")
        source = values.pop("source")
        values["fetch"] = Fetch.from_dict(source) if source else None
        values["files"] = tuple(
            DatasetFile(
                filename=file["filename"],
                path=folder / file["stored_as"],
                size_bytes=file["size_bytes"],
                sha256=file["sha256"],
            )
            for file in values["files"] or ()
        )
        values["recognition"] = Recognition.from_dict(values["recognition"])
        values["mapping"] = Mapping.from_dict(values["mapping"]) if values["mapping"] else None
        values["report"] = IngestReport.from_dict(values["report"]) if values["report"] else None
        return cls(**values, folder=folder, upload_path=folder / stored_as)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What every job has, whatever it does with a dataset.

    ``share`` is how far it is as a whole (0 to 1), ``step`` and ``message`` what it is doing; ``error`` is
    a ``CoreError.to_dict()``. ``cancelling`` says that somebody has asked it to stop. ``who`` is whom it
    belongs to in its queue (``lane`` is which one), ``turn`` when it comes there, ``cost`` the seconds it is
    expected to take; ``request`` is the id of the request that handed it in.
    """

    id: str
    dataset_id: str
    dataset_name: str
    bundle: str
    state: JobState
    step: str
    share: float
    message: str
    error: dict[str, str | None] | None
    created_at: datetime
    finished_at: datetime | None
    folder: Path
    cancelling: bool = False
    started_at: datetime | None = None
    who: str = ""
    lane: str = ""
    turn: int = 1
    cost: float = 60.0
    request: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("done", "failed", "cancelled")

    @classmethod
    def from_row(cls, row: dict[str, Any], *, folder: Path) -> Self:
        """Build it from a database row joined with its dataset's name."""
        values = dict(row)
        values["cancelling"] = values.pop("cancel")
        return cls(**values, folder=folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Job):
    """A dataset scored by a bundle, or on the way to it.

    ``path`` exists once ``state`` is "done": session rows, the export's extra columns, predictions.
    ``recorded`` is what the export itself says, there before any model is asked; ``basis`` is which model
    answered and why. Both are null in results of earlier versions.
    """

    synthetic: bool
    n_sessions: int | None
    currency: str | None
    has_outcomes: bool
    has_revenue: bool
    notes: tuple[str, ...]
    recorded: Recorded | None = None
    # Its figures are dictionaries, which have no hash; the id tells results apart.
    basis: Basis | None = field(default=None, hash=False)

    @property
    def path(self) -> Path:
        """The scored sessions."""
        return self.folder / "sessions.parquet"

    @property
    def example_path(self) -> Path:
        """The sessions with the demo model's predictions, where the result itself has none."""
        return self.folder / EXAMPLE / "sessions.parquet"

    @property
    def predicts(self) -> bool:
        """Whether there are predictions of its own, once it is done."""
        return self.basis is None or self.basis.predicts

    @property
    def is_example(self) -> bool:
        """Whether these are the demo model's predictions, looked at as an example."""
        return self.basis is not None and self.basis.kind == "example"

    @property
    def own_id(self) -> str:
        """The id of the result itself, also where these are its example's predictions."""
        return self.id.removesuffix(EXAMPLE_SUFFIX) if self.is_example else self.id

    def as_example(self) -> Self:
        """Return the demo model's predictions of the same sessions as a result of its own address."""
        basis = replace(self.basis or Basis(kind="none"), kind="example")
        return replace(
            self,
            id=f"{self.id}{EXAMPLE_SUFFIX}",
            folder=self.folder / EXAMPLE,
            basis=basis,
            bundle=basis.example or self.bundle,
        )

    @classmethod
    def from_row(cls, row: dict[str, Any], *, folder: Path) -> Self:
        """Build it from a database row joined with its dataset's name."""
        values = dict(row)
        values["cancelling"] = values.pop("cancel")
        values["notes"] = tuple(values["notes"])
        values["recorded"] = Recorded.from_dict(values["recorded"]) if values["recorded"] else None
        values["basis"] = Basis.from_dict(values["basis"]) if values["basis"] else None
        return cls(**values, folder=folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Training(Job):
    """A model trained on a dataset, or on the way to it.

    ``bundle`` is the model's name, there once ``state`` is "done"; ``who`` has started it. ``options`` is
    what ``TrainingOptions.from_dict`` reads; ``comparison`` is what ``Comparison.to_dict`` tells of it
    against the model that was in use then. ``folder`` is only there while it runs.
    """

    options: dict[str, Any]
    comparison: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom to act on: a definition under a name, and what it was when it was made.

    ``definition`` is what ``core.audiences.Definition.from_dict`` reads. ``result_id`` is the result it was
    made from, which may have been deleted since; ``bundle``, ``currency`` and ``synthetic`` are that
    result's. ``figures`` is what ``core.audiences`` told of it then, ``who`` has made it (see
    ``core.base.requester``).
    """

    id: str
    name: str
    definition: dict[str, Any]
    result_id: str
    result_name: str
    bundle: str
    currency: str | None
    synthetic: bool
    figures: dict[str, Any]
    who: str
    created_at: datetime
