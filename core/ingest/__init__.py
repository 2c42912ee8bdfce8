"""From any export to canonical events or session rows: recognise, read, put together, settle.

    base/         mapping and report of a file, assumptions, the database
    cells/        how a cell is written, and what its words mean
    files/        what a file is, and its rows as text, nested ones too
    formats/      one file a source of exports
    recognition/  what a file is: known, unknown or refused
    columns/      cells as canonical columns
    several/      files that are one export together
    settling/     rules on what the events of a whole export mean: orders, people, robots, currencies

``multi_file`` is the way in: it reads each file by ``reading``, puts ``several`` together by ``merging`` and
has ``settle`` apply the rules.
"""

from core.ingest.base.given import read_mapping
from core.ingest.base.model import EVERY_ROW, FileReport, IngestReport, Mapping, Recognition, SourceColumn
from core.ingest.exports import ingest, ingest_files, inspect, inspect_files
from core.ingest.files.containers import READABLE_SUFFIXES, SourceFile

__all__ = [
    "EVERY_ROW",
    "READABLE_SUFFIXES",
    "FileReport",
    "IngestReport",
    "Mapping",
    "Recognition",
    "SourceColumn",
    "SourceFile",
    "ingest",
    "ingest_files",
    "inspect",
    "inspect_files",
    "read_mapping",
]
