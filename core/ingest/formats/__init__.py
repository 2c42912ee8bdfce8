"""One file a source: a module here or in a folder below with a ``FORMAT``; adding one is adding a file."""

from __future__ import annotations

import pkgutil
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from core.ingest.files.head import Head
from core.ingest.files.nested import Layout
from core.ingest.formats.base import Format, Match

__all__ = ["Format", "Match", "best_match", "get_format", "header_for", "known_formats", "layout_for"]


@lru_cache(maxsize=1)
def known_formats() -> dict[str, Format]:
    """Return every known format by its key."""
    names = (module.name for module in pkgutil.walk_packages(__path__, prefix=f"{__name__}."))
    modules = (import_module(name) for name in names)
    found = (module.FORMAT for module in modules if hasattr(module, "FORMAT"))
    return {form.key: form for form in sorted(found, key=lambda form: form.key)}


def get_format(key: str | None) -> Format | None:
    """Return the format with that key; None for None or an unknown key."""
    return known_formats().get(key) if key else None


def best_match(head: Head) -> tuple[Format, Match] | None:
    """Return the known format that fits a file best, and why; None if none fits."""
    found = [(form, match) for form in known_formats().values() if (match := form.find(head))]
    return max(found, key=lambda pair: pair[1].score) if found else None


def layout_for(names: Collection[str], records: Sequence[Mapping[str, Any]]) -> Layout | None:
    """Return how the format that nested records are of unfolds them; None if it is no known format.

    Parameters
    ----------
    names
        Columns of the file; of JSON, the keys of its objects.
    records
        The first records.
    """
    fitting = [
        layout for form in known_formats().values() for layout in form.layouts if layout.fits(names, records)
    ]
    return max(fitting, key=lambda layout: len(layout.needs), default=None)


def header_for(rows: Sequence[Sequence[str | None]]) -> tuple[str, ...] | None:
    """Return the names of the columns of rows without a header; None if they are of no known kind."""
    headers = (header for form in known_formats().values() for header in form.headers)
    return next((header.names for header in headers if header.fits(rows)), None)
