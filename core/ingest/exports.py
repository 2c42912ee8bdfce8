"""Several files as one export: a month of daily files, or a zip of them.

Each file is recognised and read by itself, as it would be alone; what comes of them is put together:
events that stand in two files (days that overlap) count once, sessions that go over midnight come
together later, as their events do. Tables of one source that say more of its events are joined to them
first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from core.base.errors import IngestError
from core.base.progress import Progress, part, silent
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.ingest.base.assumptions import Assumption, worst_first
from core.ingest.base.model import IngestReport, Mapping, Recognition
from core.ingest.checkpoints import Checkpoints
from core.ingest.files.containers import SourceFile
from core.ingest.files.head import Head
from core.ingest.merging import merge
from core.ingest.multi_file.joining import Join
from core.ingest.multi_file.known_files import (
    KnownFile,
    check_alike,
    find_parts,
    find_tables,
    recognise_tables,
    say_skipped,
)
from core.ingest.multi_file.mappings import asking, mapping_together, mappings_of
from core.ingest.multi_file.names import listed, span_of, title_of
from core.ingest.multi_file.parts import Part
from core.ingest.multi_file.reports import combined_report, notes_together, told_together
from core.ingest.multi_file.typed_names import said_of
from core.ingest.reading import read_file
from core.ingest.recognition.recognise import recognise_as
from core.ingest.settle import settle
from core.ingest.uses import with_uses

#: Of the way from 0 to 1, where all files are read and putting them together begins.
READ = 0.85
#: Where what its events mean begins to be settled.
SETTLING = 0.93


def inspect(path: Path, *, filename: str | None = None, mapping: Mapping | None = None) -> Recognition:
    """Recognise a file from its first rows; quick whatever its size.

    With a ``mapping`` it is what that says.

    Raises
    ------
    IngestError
        If it is empty, damaged, or no table at all, saying what it is.
    MappingError
        If the mapping doesn't fit it.
    """
    file = SourceFile(Path(path), filename or Path(path).name)
    if mapping is None:
        return inspect_files([file])
    head = max(read_heads([file]), key=lambda head: len(head.names))
    return with_uses(recognise_as(head, mapping), head)


def inspect_files(files: Sequence[SourceFile]) -> Recognition:
    """Recognise files that are one export together.

    Returns
    -------
    Recognition
        That of the first, with the columns of all.

    Raises
    ------
    IngestError
        If one can't be read, or they are not of one kind, naming the one that differs.
    """
    known = recognise_tables(find_tables(find_parts(files)))
    known = [replace(each, found=with_uses(each.found, each.head)) for each in known]
    first, skipped = asking(known), say_skipped(files)
    first = replace(first, notes=(*first.notes, *(made.text for made in skipped)))
    if len(known) == 1:
        return first
    check_alike(known)
    columns = {column.name: column for each in known for column in each.found.columns}
    filenames = [each.file.filename for each in known]
    notes = [f"{len(known)} files are read as one export, from {span_of(filenames)}."]
    usual = {name for each in known for name in set(each.head.names) - each.head.nested}
    missing = [each.file.filename for each in known if not usual <= set(each.head.names)]
    if missing and len({each.found.format for each in known}) == 1:
        notes.append(
            f"Not every file has every column: {listed(missing)} lack some, which count as unknown there."
        )
    if named := [(each.file.filename, each.named) for each in known if each.named]:
        notes.append(said_of(named))
    return replace(
        first,
        filename=title_of(filenames),
        columns=tuple(columns.values()),
        mapping=mapping_together(each.found.mapping for each in known),
        unused=tuple(dict.fromkeys(name for each in known for name in each.found.unused)),
        notes=(
            *notes,
            *(made.text for made in skipped),
            *notes_together([(each.file.filename, each.found.format, each.found.notes) for each in known]),
        ),
        told=told_together([each.found.told for each in known]),
    )


def ingest(
    path: Path,
    out_dir: Path,
    *,
    filename: str | None = None,
    mapping: Mapping | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> IngestReport:
    """Read a file into ``out_dir``; see ``ingest_files``."""
    files = [SourceFile(Path(path), filename or Path(path).name)]
    return ingest_files(files, out_dir, mapping=mapping, settings=settings, progress=progress)


def ingest_files(
    files: Sequence[SourceFile],
    out_dir: Path,
    *,
    mapping: Mapping | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
    kept: Path | None = None,
) -> IngestReport:
    """Read files into ``out_dir``: ``events.parquet`` or ``sessions.parquet``, and ``rejected.csv``.

    Without a ``mapping``, they must be of a known format. In ``kept``, a folder of its own on the same disk,
    what has been read whole outlives this process: asked again after it was killed, it goes on with the rest.

    Raises
    ------
    IngestError
        If one can't be read, they are not of one kind, or nothing in them can be kept.
    MappingError
        If they fit no known format and no mapping is given, or the mapping doesn't fit one of them.
    StorageError
        If there isn't room or memory for it.
    """
    settings = shop_settings(settings)
    parts = find_parts(files)
    with _working_in(out_dir) as folder:
        done = Checkpoints(kept or folder, files, mapping, settings)
        if len(parts) == 1:
            report = _read_one(parts[0], out_dir, mapping, settings, part(progress, 0.0, SETTLING), done)
        else:
            report = _read_together(parts, out_dir, mapping, settings, progress, done)
    if skipped := say_skipped(files):
        notes = (*report.notes, *(made.text for made in skipped))
        report = replace(report, notes=notes, assumptions=worst_first([*report.assumptions, *skipped]))
    report = settle(
        out_dir, report, mapping=mapping, settings=settings, progress=part(progress, SETTLING, 1.0)
    )
    progress(1.0, "File read")
    return report


@contextmanager
def _working_in(out_dir: Path) -> Iterator[Path]:
    """Give a folder to work in beside what is read; nothing is left of what can't be read."""
    out_dir.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=out_dir, prefix=".reading-") as folder:
            yield Path(folder)
    except BaseException:
        with suppress(OSError):  # It held something before.
            out_dir.rmdir()
        raise


def _read_one(
    file: SourceFile,
    out_dir: Path,
    mapping: Mapping | None,
    settings: Settings,
    progress: Progress,
    done: Checkpoints,
) -> IngestReport:
    def read(folder: Path) -> IngestReport:
        return read_file(
            file.path, folder, filename=file.filename, container=file.container, mapping=mapping,
            settings=settings, progress=progress,
        )  # fmt: skip

    folder, report = done.read("only", read)
    _place(folder, out_dir)
    return report


def _read_together(
    parts: Sequence[SourceFile],
    out_dir: Path,
    mapping: Mapping | None,
    settings: Settings,
    progress: Progress,
    done: Checkpoints,
) -> IngestReport:
    """Read files one by one and put together what came of them."""
    known = recognise_tables(find_tables(parts), refuse=mapping is None)
    mappings = mappings_of(known, mapping)
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".reading-") as folder:
        read: list[Part] = []
        for n, (each, told, steps) in enumerate(zip(known, mappings, _steps(known, progress), strict=True)):
            read += _read(each, told, f"{n:05d}", settings, steps, done)
        if not read:
            raise IngestError(
                "None of the files has a usable row.",
                where=title_of([each.file.filename for each in known]),
                remedy="Check that the right columns were mapped, or correct the export.",
            )
        progress(READ, "Combining the files")
        merged = merge(read, out_dir, Path(folder), settings, part(progress, READ, SETTLING))
    report = combined_report(read, merged)
    joined = [Assumption("info", each.join.note) for each in known if each.join]
    by_column = any("event_type" in told.columns for told in mappings)
    if (named := [(each.file.filename, each.named) for each in known if each.named]) and not by_column:
        joined.append(Assumption("warning", said_of(named)))
    return replace(report, assumptions=worst_first([*report.assumptions, *joined])) if joined else report


def read_heads(files: Sequence[SourceFile]) -> list[Head]:
    """Return the first rows of every file, those in zips too, tables of one source joined."""
    return [each.head() if isinstance(each, Join) else each.head for each in find_tables(find_parts(files))]


def _steps(known: Sequence[KnownFile], progress: Progress) -> Iterable[Progress]:
    """Yield each file's share of the progress, by its size."""
    sizes = [max(each.file.path.stat().st_size, 1) for each in known]
    done = 0
    for each, size in zip(known, sizes, strict=True):
        start, stop = (READ * at / sum(sizes) for at in (done, done + size))
        yield _named(part(progress, start, stop), each.file.filename)
        done += size


def _named(progress: Progress, filename: str) -> Progress:
    return lambda share, message: progress(share, f"{message}: {filename}")


def _place(made: Path, out_dir: Path) -> None:
    """Put what was read where it belongs; it is replaced there, never written into, and so stays as it is."""
    (out_dir / "rejected.csv").unlink(missing_ok=True)  # of an earlier attempt
    for path in made.iterdir():
        if path.suffix in (".parquet", ".csv"):
            (out_dir / path.name).unlink(missing_ok=True)
            try:
                (out_dir / path.name).hardlink_to(path)
            except OSError:
                # A disk that knows no links.
                shutil.copyfile(path, out_dir / path.name)


def _read(
    each: KnownFile, mapping: Mapping, name: str, settings: Settings, progress: Progress, done: Checkpoints
) -> list[Part]:
    """Read one file; an empty day is no fault of the month."""
    if not each.head.rows and each.head.is_whole:
        return []

    def read(folder: Path) -> IngestReport:
        file = each.join.write(folder / "joined", settings) if each.join else each.file
        head = None if each.join else each.head
        return read_file(
            file.path, folder, filename=file.filename, container=file.container, head=head, mapping=mapping,
            settings=settings, progress=progress,
        )  # fmt: skip

    folder, report = done.read(name, read)
    return [Part(filename=each.file.filename, mapping=mapping, folder=folder, report=report)]
