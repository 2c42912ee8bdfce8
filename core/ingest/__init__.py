"""From any export to canonical events or session rows: detect, read, map, validate."""

from core.ingest.containers import READABLE_SUFFIXES
from core.ingest.model import EVERY_ROW, FileReport, IngestReport, Mapping, Recognition, SourceColumn
from core.ingest.multi_file import SourceFile, ingest, ingest_files, inspect, inspect_files

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
