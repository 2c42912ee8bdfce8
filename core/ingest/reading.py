"""Read a whole file: events or session rows as Parquet, refused rows as CSV, and a report of both."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from core.base.errors import IngestError, MappingError, StorageError
from core.base.failures import NO_ROOM
from core.base.progress import Progress, part, silent
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.base.written import number
from core.ingest.base.assumptions import worst_first
from core.ingest.base.database import database
from core.ingest.base.model import IngestReport, Mapping
from core.ingest.cells.marks import MARKED_ROBOT
from core.ingest.cells.plain import NOT_PLAIN, UnlikeHeadError
from core.ingest.columns.asked import open_question
from core.ingest.events import Outcome, read_events
from core.ingest.files.containers import Container
from core.ingest.files.head import Head
from core.ingest.files.source import Source, open_source
from core.ingest.formats import Format, get_format
from core.ingest.recognition.head_reader import read_head
from core.ingest.recognition.recognise import recognise
from core.ingest.rejects import collect_malformed, count_refused, has_unread_json, tell_headers, write_refused
from core.ingest.sessions import read_sessions

#: As plain as its head, as it is, without broken rows, in clean text, in clean text without broken rows; any
#: of them with JSON of all writings.
MOST_ATTEMPTS = 6
#: Up to here it costs more to plan how cells are read than to read them.
SMALL_BYTES = 1 << 20


def read_file(
    path: Path,
    out_dir: Path,
    *,
    filename: str | None = None,
    container: Container | None = None,
    head: Head | None = None,
    mapping: Mapping | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> IngestReport:
    """Read one file into ``out_dir``: ``events.parquet`` or ``sessions.parquet``, and ``rejected.csv``.

    Without a ``mapping``, the file must be of a known format. ``container`` says which file of a zip is
    meant; ``head`` are its first rows, where they have been read.

    Raises
    ------
    IngestError
        If the file can't be read or nothing in it can be kept.
    MappingError
        If it fits no known format and no mapping is given, or the mapping doesn't fit the file.
    StorageError
        If there isn't room to unpack it.
    """
    path, settings = Path(path), shop_settings(settings)
    head = head or read_head(path, filename or path.name, settings, container=container)
    if not head.rows and head.is_whole:
        raise _header_only(head)
    mapping = mapping or _recognised(head)
    mapping = replace(mapping, time_zone=mapping.time_zone or settings.time_zone)
    mapping.validate(head.names)
    head = head.narrowed(mapping.columns.values())
    if mapping.format and get_format(mapping.format) is None:
        raise MappingError(f"There is no format “{mapping.format}”.", where=head.filename)
    form = get_format(mapping.format)
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".reading-") as folder, _room_explained(head):
        report = _read(path, head, mapping, form, Path(folder), out_dir, settings, progress)
    progress(1.0, "Rows read")
    return report


@contextmanager
def _room_explained(head: Head) -> Iterator[None]:
    """Turn what the system says of a full disk, where we write ourselves, into one clear message."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise _no_room(head) from error


def _no_room(head: Head) -> StorageError:
    return StorageError(
        "The disk is full or can't be written to.",
        where=head.filename,
        remedy="Delete old exports or free space on the disk, then try again.",
    )


def _recognised(head: Head) -> Mapping:
    found = recognise(head)
    if not found.needs_mapping and (asked := open_question(head, found.mapping)):
        raise MappingError(asked.text, where=head.filename, remedy=asked.remedy)
    if found.needs_mapping:
        raise MappingError(
            "Its format isn't known, so its columns must be mapped first.",
            where=head.filename,
            remedy="Map the columns, starting from the suggested guess.",
        )
    return found.mapping


def _reordered(head: Head, row: int) -> IngestError:
    return IngestError(
        f"Its row {number(row)} is another header, with the columns in another order, so what is below would "
        "be read wrongly.",
        where=head.filename,
        remedy="Upload what is above and below that row as two files, at once.",
    )


def _header_only(head: Head) -> IngestError:
    return IngestError(
        "It has a header but no rows.",
        where=head.filename,
        remedy="Export a period in which something happened.",
    )


def _read(
    path: Path,
    head: Head,
    mapping: Mapping,
    form: Format | None,
    work: Path,
    out_dir: Path,
    settings: Settings,
    progress: Progress,
) -> IngestReport:
    source = open_source(path, head, work, settings=settings, progress=part(progress, 0, 0.1))
    source = replace(source, trusts_head=True, is_long=source.path.stat().st_size > SMALL_BYTES)
    steps = part(progress, 0.1, 0.98)
    for _ in range(MOST_ATTEMPTS):
        with database(settings, work / "spill") as connection:
            try:
                outcome, made = _read_rows(connection, source, mapping, form, work, settings, steps)
                badly_encoded = collect_malformed(connection, source)
            except UnlikeHeadError:
                source = replace(source, trusts_head=False)
                continue
            except duckdb.Error as error:
                source = _more_patient(source, error, path, work, settings)
                continue
            if badly_encoded and not source.is_clean:
                source = open_source(path, head, work, settings=settings, clean=True)
                continue
            rejected, malformed = count_refused(connection, source)
            if rejected:
                if (row := tell_headers(connection, source)) is not None:
                    raise _reordered(head, row)
                rejected, malformed = count_refused(connection, source)
            further = source.head.respelling_all()
            if further.respelt != source.head.respelt and has_unread_json(connection):
                head, source = head.respelling_all(), replace(source, head=further)
                continue
            return _finish(connection, source, outcome, made, rejected, malformed, mapping, form, out_dir)
    raise _unreadable(head)


def _read_rows(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    mapping: Mapping,
    form: Format | None,
    work: Path,
    settings: Settings,
    progress: Progress,
) -> tuple[Outcome, Path]:
    if mapping.kind == "events":
        return read_events(connection, source, mapping, form, work, progress=progress)
    return read_sessions(connection, source, mapping, form, work, settings=settings, progress=progress)


def _more_patient(source: Source, error: duckdb.Error, path: Path, work: Path, settings: Settings) -> Source:
    """Return the source read in a more patient way after an error, or raise what the error means."""
    where = source.head.filename
    if isinstance(error, duckdb.OutOfMemoryException):
        raise StorageError(
            "There isn't enough memory to read it.",
            where=where,
            remedy="Raise PREDICTOR_DUCKDB_MEMORY_LIMIT, or export a shorter period.",
        ) from error
    if isinstance(error, duckdb.IOException):
        raise _no_room(source.head) from error
    if source.trusts_head and (not source.is_long or NOT_PLAIN in str(error)):
        return replace(source, trusts_head=False)
    if source.head.table == "parquet":
        raise IngestError("The Parquet file is damaged.", where=where, remedy="Export it again.") from error
    if not isinstance(error, duckdb.InvalidInputException):
        raise _unreadable(source.head) from error
    if not source.tolerant and not _is_about_text(error):
        return replace(source, tolerant=True)
    if not source.is_clean:
        return open_source(path, source.head, work, settings=settings, clean=True)
    if not source.tolerant:
        return replace(source, tolerant=True)
    raise _unreadable(source.head) from error


def _is_about_text(error: duckdb.Error) -> bool:
    """Whether DuckDB stumbled over an encoding or mixed line ends, which a clean copy mends."""
    return any(sign in str(error) for sign in ("unicode", "UTF-8", "utf-8", "state machine", "encoded"))


def _unreadable(head: Head) -> IngestError:
    return IngestError("It can't be read as a table.", where=head.filename, remedy="Export it again as CSV.")


def _finish(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    outcome: Outcome,
    made: Path,
    rejected: dict[str, int],
    malformed: int,
    mapping: Mapping,
    form: Format | None,
    out_dir: Path,
) -> IngestReport:
    rows_read = outcome.rows_read + malformed
    if not outcome.rows_kept:
        raise _nothing_kept(source.head, rows_read, rejected)
    report = out_dir / "rejected.csv"
    report.unlink(missing_ok=True)
    if rejected:
        write_refused(connection, source, report)
    made.replace(out_dir / f"{mapping.kind}.parquet")
    return IngestReport(
        format=mapping.format,
        title=form.title if form else "Mapped by hand",
        kind=mapping.kind,
        rows_read=rows_read,
        rows_kept=outcome.rows_kept,
        rejected=rejected,
        told=outcome.told,
        currency=outcome.currency,
        first=outcome.first,
        last=outcome.last,
        extras=outcome.extras,
        notes=(*source.head.notes, *(form.notes if form else ()), *outcome.notes),
        assumptions=worst_first(outcome.assumptions),
        time_zone=outcome.time_zone,
        money=outcome.money,
        robots=outcome.robots or rejected.get(MARKED_ROBOT, 0),
    )


def _nothing_kept(head: Head, rows_read: int, rejected: dict[str, int]) -> IngestError:
    if not rows_read:
        return _header_only(head)
    reasons = " ".join(f"{reason} ({number(n)}×)" for reason, n in list(rejected.items())[:3])
    return IngestError(
        f"None of its {number(rows_read)} rows can be used. {reasons}",
        where=head.filename,
        remedy="Check that the right columns were mapped, or correct the export.",
    )
