"""From any export to canonical events or session rows: detect, read, map, validate."""

from core.ingest.containers import READABLE_SUFFIXES
from core.ingest.model import EVERY_ROW, IngestReport, Mapping, Recognition, SourceColumn
from core.ingest.reading import ingest
from core.ingest.recognise import inspect

__all__ = [
    "EVERY_ROW",
    "READABLE_SUFFIXES",
    "IngestReport",
    "Mapping",
    "Recognition",
    "SourceColumn",
    "ingest",
    "inspect",
]
