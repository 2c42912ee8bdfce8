"""From any export to canonical events or session rows: detect, read, map, validate."""

from core.ingest.base.model import EVERY_ROW, FileReport, IngestReport, Mapping, Recognition, SourceColumn
from core.ingest.files.containers import READABLE_SUFFIXES, SourceFile
from core.ingest.multi_file import ingest, ingest_files, inspect, inspect_files

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
]
