"""Which files there are, those in zips too, and what each is recognised as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.base.errors import IngestError
from core.ingest.base.assumptions import Assumption
from core.ingest.base.model import EVERY_ROW, Recognition
from core.ingest.files.containers import SourceFile, find_containers
from core.ingest.files.daily_tables import find_superseded
from core.ingest.files.head import Head
from core.ingest.files.lookup_files import with_headers
from core.ingest.formats import get_format
from core.ingest.multi_file.joining import Join, Table, find_joins
from core.ingest.multi_file.names import listed
from core.ingest.multi_file.typed_names import types_by_names
from core.ingest.recognition.head_reader import read_head
from core.ingest.recognition.recognise import recognise, refuse_incomplete, told_by


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file with its head, what that was recognised as, and the tables joined to it.

    ``named`` is the type of its events where only its name tells it.
    """

    file: SourceFile
    head: Head
    found: Recognition
    join: Join | None = None
    named: str | None = None


def find_parts(files: Sequence[SourceFile]) -> list[SourceFile]:
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


def say_skipped(files: Sequence[SourceFile]) -> list[Assumption]:
    """Say which files aren't read: of zips, by the ends of their names; of one day, for a final one."""
    made = []
    if replaced := [part.filename for part in find_superseded(_every_part(files))]:
        what = (
            "holds a day whose final table is" if len(replaced) == 1 else "hold days whose final tables are"
        )
        text = f"Not read: {listed(replaced)} {what} among the files, which replaces what came before."
        made.append(Assumption("info", text))
    containers = [each for file in files for each in find_containers(file.path, file.filename)]
    names = [name for each in containers for name in each.skipped]
    if names:
        text = (
            f"Skipped in the zip: {listed(names)}. Only tables are read (.csv, .tsv, .jsonl and so on), not "
            "notes about them."
        )
        made.append(Assumption("warning", text))
    return made


def _head(file: SourceFile) -> Head:
    return read_head(file.path, file.filename, container=file.container)


def find_tables(parts: Sequence[SourceFile]) -> list[Table | Join]:
    """Return each file with its head; tables that say more of others are joined to those."""
    tables = [Table(file, _head(file)) for file in parts]
    return find_joins(tables) if len(tables) > 1 else [*tables]


def recognise_tables(tables: Sequence[Table | Join], *, refuse: bool = True) -> list[KnownFile]:
    """Return what each table is.

    Raises
    ------
    IngestError
        With ``refuse``, if one is no export of sessions, or says more of others that aren't there.
    """
    is_alone = len(tables) == 1
    known = []
    heads = [each.head() if isinstance(each, Join) else each.head for each in tables]
    files = [(each.events if isinstance(each, Join) else each).file for each in tables]
    names = [(file.filename, head) for file, head in zip(files, heads, strict=True)]
    for each, (_, head), file, named in zip(tables, names, files, types_by_names(names), strict=True):
        join = each if isinstance(each, Join) else None
        found = recognise(head, refuse=refuse and named is None, is_alone=is_alone)
        if named and found.needs_mapping:
            mapping = replace(found.mapping, event_types={EVERY_ROW: named})
            found = replace(found, mapping=mapping, told=told_by(mapping, None))
        known.append(KnownFile(file, head, found, join, named if found.needs_mapping else None))
    known = _like_their_siblings(known)
    if refuse and not is_alone:
        _refuse_incomplete(known)
    return known


def _like_their_siblings(known: list[KnownFile]) -> list[KnownFile]:
    """Take a file for what another with the same columns is, where its few rows don't show it themselves.

    Of a log in parts, one may hold nothing but purchases.
    """
    shown = {frozenset(each.head.names): each.found for each in known if not each.found.needs_mapping}
    made = []
    for each in known:
        like, form = shown.get(frozenset(each.head.names)), None
        if like is not None and each.found.needs_mapping and each.named is None:
            form = get_format(like.format)
        if like is not None and form is not None and form.is_open and each.head.layout is None:
            told = told_by(like.mapping, form)
            found = replace(
                each.found, format=like.format, title=like.title, kind=like.kind, mapping=like.mapping,
                reasons=like.reasons, needs_mapping=False, unused=like.unused, told=told,
            )  # fmt: skip
            each = replace(each, found=found)
        made.append(each)
    return made


def _refuse_incomplete(known: Sequence[KnownFile]) -> None:
    """Refuse tables that say more of others which aren't there."""
    for each in known:
        refuse_incomplete(each.head, None)
    forms = [get_format(each.found.format) for each in known]
    if all(form is not None and form.alone for form in forms):
        refuse_incomplete(known[0].head, forms[0])


def check_alike(known: Sequence[KnownFile]) -> None:
    """Refuse files that are not of one kind.

    Raises
    ------
    IngestError
        Naming the first that is unlike most.
    """
    counts = Counter((each.found.kind, family_of(each), each.found.title) for each in known)
    (kind, family, title), n = counts.most_common(1)[0]
    for each in known:
        if (each.found.kind, family_of(each)) != (kind, family):
            others = "the other is" if n == 1 else f"{n} others are"
            raise IngestError(
                f"The files are not of one kind: this is “{each.found.title}”, {others} “{title}”.",
                where=each.file.filename,
                remedy="Upload files of one kind together, and that one by itself.",
            )


def family_of(each: KnownFile) -> str | None:
    """Return what the formats of files have in common that are one export together."""
    form = get_format(each.found.format)
    return (form.family or form.key) if form else None
