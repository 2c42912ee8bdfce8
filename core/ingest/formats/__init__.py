"""One file a source. A module here with a ``FORMAT`` is a format: adding one is adding one file."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module

from core.ingest.formats.base import Format, Match
from core.ingest.source import Head

__all__ = ["Format", "Match", "best_match", "get_format", "known_formats"]


@lru_cache(maxsize=1)
def known_formats() -> dict[str, Format]:
    """Return every known format by its key."""
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found = (module.FORMAT for module in modules if hasattr(module, "FORMAT"))
    return {form.key: form for form in sorted(found, key=lambda form: form.key)}


def get_format(key: str | None) -> Format | None:
    """Return the format with that key; None for None or an unknown key."""
    return known_formats().get(key) if key else None


def best_match(head: Head) -> tuple[Format, Match] | None:
    """Return the known format that fits a file best, and why; None if none fits."""
    found = [(form, match) for form in known_formats().values() if (match := form.find(head))]
    return max(found, key=lambda pair: pair[1].score) if found else None
