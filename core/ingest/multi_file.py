"""Several files as one export: a month of daily files, or a zip of them.

Each file is recognised and read by itself, as it would be alone; what comes of them is put together:
events that stand in two files (days that overlap) count once, sessions that go over midnight come
together later, as their events do. Tables of one source that say more of its events are joined to them
first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from core.base.errors import IngestError, MappingError
from core.base.progress import Progress, part, silent
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.ingest.base.assumptions import Assumption, added_up, worst_first
from core.ingest.base.model import FileReport, IngestReport, Mapping, Recognition
from core.ingest.cells.sniff import days_before_months, decimal_sign, time_style
from core.ingest.checkpoints import Checkpoints
from core.ingest.files.containers import SourceFile, find_containers
from core.ingest.files.daily_tables import find_superseded
from core.ingest.files.head import Head
from core.ingest.files.lookup_files import with_headers
from core.ingest.formats import get_format
from core.ingest.joining import Join, Table, find_joins
from core.ingest.merging import merge
from core.ingest.parts import Merged, Part, main_currency
from core.ingest.reading import read_file
from core.ingest.recognition.head_reader import read_head
from core.ingest.recognition.recognise import recognise, recognise_as, refuse_incomplete
from core.ingest.settle import settle
from core.schema.events import Told

_T = TypeVar("_T", bool, str)

#: Of the way from 0 to 1, where all files are read and putting them together begins.
READ = 0.85
#: Where what its events mean begins to be settled.
SETTLING = 0.93
#: Notes listed of several files at most, and files named in one.
MOST_NOTES, MOST_NAMES = 20, 3
_TIMES = ("timestamp", "date", "started_at")
_AMOUNTS = ("price", "quantity", "revenue", "price_mean", "price_max", "cart_value", "duration_seconds")


@dataclass(frozen=True, slots=True)
class _Known:
    """A file with its head, what that was recognised as, and the tables joined to it."""

    file: SourceFile
    head: Head
    found: Recognition
    join: Join | None = None


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
    return recognise_as(max(read_heads([file]), key=lambda head: len(head.names)), mapping)


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
    known = _known(_joins(_parts(files)))
    first, skipped = known[0].found, _skipped(files)
    first = replace(first, notes=(*first.notes, *(made.text for made in skipped)))
    if len(known) == 1:
        return first
    _check_alike(known)
    columns = {column.name: column for each in known for column in each.found.columns}
    notes = [f"{len(known)} files are read as one export, from {_span(known)}."]
    usual = {name for each in known for name in set(each.head.names) - each.head.nested}
    missing = [each.file.filename for each in known if not usual <= set(each.head.names)]
    if missing and len({each.found.format for each in known}) == 1:
        notes.append(
            f"Not every file has every column: {_listed(missing)} lack some, which count as unknown there."
        )
    return replace(
        first,
        filename=title_of([each.file.filename for each in known]),
        columns=tuple(columns.values()),
        mapping=_together(each.found.mapping for each in known),
        unused=tuple(dict.fromkeys(name for each in known for name in each.found.unused)),
        notes=(
            *notes,
            *(made.text for made in skipped),
            *_notes([(each.file.filename, each.found.format, each.found.notes) for each in known]),
        ),
        told=_told([each.found.told for each in known]),
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
    parts = _parts(files)
    with _working_in(out_dir) as folder:
        done = Checkpoints(kept or folder, files, mapping, settings)
        if len(parts) == 1:
            report = _read_one(parts[0], out_dir, mapping, settings, part(progress, 0.0, SETTLING), done)
        else:
            report = _read_together(parts, out_dir, mapping, settings, progress, done)
    if skipped := _skipped(files):
        notes = (*report.notes, *(made.text for made in skipped))
        report = replace(report, notes=notes, assumptions=worst_first([*report.assumptions, *skipped]))
    report = settle(
        out_dir, report, mapping=mapping, settings=settings, progress=part(progress, SETTLING, 1.0)
    )
    progress(1.0, "Read")
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
    known = _known(_joins(parts), refuse=mapping is None)
    mappings = _mappings(known, mapping)
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
    report = _report(read, merged)
    joined = [Assumption("info", each.join.note) for each in known if each.join]
    return replace(report, assumptions=worst_first([*report.assumptions, *joined])) if joined else report


def title_of(filenames: Sequence[str]) -> str:
    """Return one name for all files: "31 files, 2026-10-01.csv to 2026-10-31.csv"."""
    if len(filenames) == 1:
        return filenames[0]
    first, last = min(filenames), max(filenames)
    return f"{len(filenames)} files, {first}" + (f" to {last}" if last != first else "")


def _parts(files: Sequence[SourceFile]) -> list[SourceFile]:
    """Return every file by itself, those in zips too, but for those that another replaces."""
    parts = _every_part(files)
    replaced = find_superseded(parts)
    return with_headers([part for part in parts if part not in replaced])


def _every_part(files: Sequence[SourceFile]) -> list[SourceFile]:
    if not files:
        raise IngestError("No file was given.", remedy="Choose at least one.")
    parts: list[SourceFile] = []
    for file in files:
        containers = find_containers(file.path, file.filename)
        if len(containers) == 1:
            parts.append(replace(file, container=containers[0]))
            continue
        prefix = f"{file.filename}/" if len(files) > 1 else ""
        parts += [SourceFile(file.path, f"{prefix}{container.member}", container) for container in containers]
    return parts


def _skipped(files: Sequence[SourceFile]) -> list[Assumption]:
    """Say which files aren't read: of zips, by the ends of their names; of one day, for a final one."""
    made = []
    if replaced := [part.filename for part in find_superseded(_every_part(files))]:
        what = (
            "holds a day whose final table is" if len(replaced) == 1 else "hold days whose final tables are"
        )
        text = f"Not read: {_listed(replaced)} {what} among the files, which replaces what came before."
        made.append(Assumption("info", text))
    containers = [each for file in files for each in find_containers(file.path, file.filename)]
    names = [name for each in containers for name in each.skipped]
    if names:
        text = (
            f"Skipped in the zip: {_listed(names)}. Only tables are read (.csv, .tsv, .jsonl and so on), not "
            "notes about them."
        )
        made.append(Assumption("warning", text))
    return made


def read_heads(files: Sequence[SourceFile]) -> list[Head]:
    """Return the first rows of every file, those in zips too, tables of one source joined."""
    return [each.head() if isinstance(each, Join) else each.head for each in _joins(_parts(files))]


def _head(file: SourceFile) -> Head:
    return read_head(file.path, file.filename, container=file.container)


def _joins(parts: Sequence[SourceFile]) -> list[Table | Join]:
    tables = [Table(file, _head(file)) for file in parts]
    return find_joins(tables) if len(tables) > 1 else [*tables]


def _known(tables: Sequence[Table | Join], *, refuse: bool = True) -> list[_Known]:
    is_alone = len(tables) == 1
    known = []
    for each in tables:
        join = each if isinstance(each, Join) else None
        table = each.events if isinstance(each, Join) else each
        head = join.head() if join else table.head
        known.append(_Known(table.file, head, recognise(head, refuse=refuse, is_alone=is_alone), join))
    if refuse and not is_alone:
        _refuse_incomplete(known)
    return known


def _refuse_incomplete(known: Sequence[_Known]) -> None:
    """Refuse tables that say more of others which aren't there."""
    for each in known:
        refuse_incomplete(each.head, None)
    forms = [get_format(each.found.format) for each in known]
    if all(form is not None and form.alone for form in forms):
        refuse_incomplete(known[0].head, forms[0])


def _check_alike(known: Sequence[_Known]) -> None:
    """Refuse files that are not of one kind.

    Raises
    ------
    IngestError
        Naming the first that is unlike most.
    """
    counts = Counter((each.found.kind, _family(each), each.found.title) for each in known)
    (kind, family, title), n = counts.most_common(1)[0]
    for each in known:
        if (each.found.kind, _family(each)) != (kind, family):
            others = "the other is" if n == 1 else f"{n} others are"
            raise IngestError(
                f"The files are not of one kind: this is “{each.found.title}”, {others} “{title}”.",
                where=each.file.filename,
                remedy="Upload files of one kind together, and that one by itself.",
            )


def _family(each: _Known) -> str | None:
    """Return what the formats of files have in common that are one export together."""
    form = get_format(each.found.format)
    return (form.family or form.key) if form else None


def _mappings(known: Sequence[_Known], mapping: Mapping | None) -> list[Mapping]:
    """Return how each file is read: as was chosen, else as it was recognised; written alike in all."""
    if mapping is None:
        _check_alike(known)
        if known[0].found.needs_mapping:
            raise MappingError(
                "Their format isn't known, so their columns must be mapped first.",
                where=title_of([each.file.filename for each in known]),
                remedy="Map the columns, starting from the suggested guess.",
            )
    given = [_fitting(each, mapping or each.found.mapping) for each in known]
    return _written_alike(known, given)


def _fitting(each: _Known, mapping: Mapping) -> Mapping:
    """Return what of a mapping a file has columns for; one of another table keeps columns of its own."""
    names = set(each.head.names)
    form, given = get_format(each.found.format), get_format(mapping.format)
    if form and given and form is not given and form.family and form.family == given.family:
        own = each.found.mapping
        mapping = replace(mapping, format=own.format, columns=own.columns, event_types=own.event_types)
    fitting = replace(mapping, columns={t: name for t, name in mapping.columns.items() if name in names})
    try:
        fitting.validate(names)
    except MappingError as error:
        raise MappingError(
            f"Its columns differ from the other files'. {error.message}",
            where=each.file.filename,
            remedy="Upload it by itself.",
        ) from error
    return fitting


def _written_alike(known: Sequence[_Known], given: list[Mapping]) -> list[Mapping]:
    """Let each file tell how its days and decimals are written, and all together for one that can't.

    One alone may not tell 1/2 from 2/1; of files that contradict each other, none tells for the rest.
    """
    dialect = known[0].head.dialect
    separator = dialect.separator if dialect else None
    pairs = list(zip(known, given, strict=True))
    days = [_told_by([each], days_before_months, _TIMES) for each in pairs]
    signs = [_told_by([each], decimal_sign, _AMOUNTS) for each in pairs]
    day_first = _one_of(days) if any(day is not None for day in days) else _told_by(pairs, _day_first, _TIMES)
    decimal = (
        _one_of(signs)
        if any(signs)
        else _told_by(pairs, lambda cells: decimal_sign(cells, separator=separator), _AMOUNTS)
    )
    return [
        replace(
            mapping,
            day_first=next((told for told in (mapping.day_first, day, day_first) if told is not None), None),
            decimal=mapping.decimal or sign or decimal,
        )
        for mapping, day, sign in zip(given, days, signs, strict=True)
    ]


def _told_by(
    pairs: Sequence[tuple[_Known, Mapping]], tell: Callable[[list[str]], _T | None], targets: Sequence[str]
) -> _T | None:
    """Return what the cells of some columns of files tell; None if they don't, or contradict each other."""
    found = (
        tell(
            [cell for each, m in pairs if target in m.columns for cell in each.head.values(m.columns[target])]
        )
        for target in targets
        if any(target in m.columns for _, m in pairs)
    )
    return _one_of(found)


def _one_of(found: Iterable[_T | None]) -> _T | None:
    told = set(found) - {None}
    return told.pop() if len(told) == 1 else None


def _day_first(cells: list[str]) -> bool | None:
    return time_style(cells).day_first if cells else None


def _steps(known: Sequence[_Known], progress: Progress) -> Iterable[Progress]:
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
    for path in made.iterdir():
        if path.suffix in (".parquet", ".csv"):
            (out_dir / path.name).unlink(missing_ok=True)
            try:
                (out_dir / path.name).hardlink_to(path)
            except OSError:
                # A disk that knows no links.
                shutil.copyfile(path, out_dir / path.name)


def _read(
    each: _Known, mapping: Mapping, name: str, settings: Settings, progress: Progress, done: Checkpoints
) -> list[Part]:
    """Read one file; an empty day is no fault of the month."""
    if not each.head.rows and each.head.is_whole:
        return []

    def read(folder: Path) -> IngestReport:
        file = each.join.write(folder / "joined", settings) if each.join else each.file
        return read_file(
            file.path, folder, filename=file.filename, container=file.container, mapping=mapping,
            settings=settings, progress=progress,
        )  # fmt: skip

    folder, report = done.read(name, read)
    return [Part(filename=each.file.filename, mapping=mapping, folder=folder, report=report)]


def _report(parts: Sequence[Part], merged: Merged) -> IngestReport:
    """Add up what came of each file, less what stood in another one."""
    reports = [each.report for each in parts]
    rejected: Counter[str] = Counter()
    for counts in (*(report.rejected for report in reports), *merged.refused.values()):
        rejected.update(counts)
    files = []
    for each in parts:
        doubled = sum(merged.refused.get(each.filename, {}).values())
        read, kept = each.report.rows_read, each.report.rows_kept - doubled
        files.append(FileReport(filename=each.filename, rows_read=read, rows_kept=kept))
    currency = main_currency(parts)
    notes = _notes([(each.filename, each.mapping.format, each.report.notes) for each in parts])
    assumptions = [made for report in reports for made in report.assumptions] + merged.assumptions
    notes += [made.text for made in merged.assumptions]
    others = {report.currency for report in reports} - {currency, None}
    if others and reports[0].kind == "sessions":
        text = (
            f"The files' amounts are in several currencies, which are never added up: those that aren't in "
            f"{currency} count as unknown."
        )
        notes.append(text)
        assumptions.append(Assumption("warning", text))
    moments = [report for report in reports if report.first and report.last]
    return replace(
        reports[0],
        rows_read=sum(file.rows_read for file in files),
        rows_kept=sum(file.rows_kept for file in files),
        rejected=dict(sorted(rejected.items(), key=lambda item: (-item[1], item[0]))),
        told=_told([report.told for report in reports]),
        currency=currency,
        first=min((str(report.first) for report in moments), default=None),
        last=max((str(report.last) for report in moments), default=None),
        extras=tuple(dict.fromkeys(name for report in reports for name in report.extras)),
        notes=tuple(notes),
        files=tuple(files),
        assumptions=worst_first(assumptions),
        money=added_up([*(money for report in reports for money in report.money), *merged.money]),
        robots=sum(report.robots for report in reports),
    )


def _told(told: Sequence[Told]) -> Told:
    columns: frozenset[str] = frozenset().union(*(each.columns for each in told))
    return Told(columns=columns, event_types=frozenset[str]().union(*(each.event_types for each in told)))


def _together(mappings: Iterable[Mapping]) -> Mapping:
    """Return one mapping that has the columns and words of all; of two that differ, the first holds."""
    first, *others = mappings
    columns, words = dict(first.columns), dict(first.event_types)
    for other in others:
        columns = {**other.columns, **columns}
        words = {**other.event_types, **words}
    return replace(first, columns=columns, event_types=words)


def _notes(files: Sequence[tuple[str, str | None, Sequence[str]]]) -> list[str]:
    """Return each note once, given files with their formats; one that not every file has says of which it is.

    Of tables of several formats, what each lacks by itself isn't said: another one may have it.
    """
    is_one_format = len({form for _, form, _ in files}) == 1
    by_note: dict[str, list[str]] = {}
    for filename, key, found in files:
        form = get_format(key)
        for note in found:
            if is_one_format or form is None or note not in form.notes:
                by_note.setdefault(note, []).append(filename)
    told = [
        note if len(filenames) == len(files) else f"{_listed(filenames)}: {note}"
        for note, filenames in by_note.items()
    ]
    more = len(told) - MOST_NOTES
    return [*told[:MOST_NOTES], *([f"And {more} more notes on individual files."] if more > 0 else [])]


def _listed(filenames: Sequence[str]) -> str:
    more = len(filenames) - MOST_NAMES
    return ", ".join(filenames[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _span(known: Sequence[_Known]) -> str:
    names = sorted(each.file.filename for each in known)
    return f"{names[0]} to {names[-1]}"
