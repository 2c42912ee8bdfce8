"""What a model of an export is called: after the export, with the date, and as no other one is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from core.base.settings import Settings, get_settings
from core.storage import Dataset, Store, get_store

#: Room for the date and a number behind a dataset's name.
MAX_STEM = 45
SUFFIXES = re.compile(r"(\.(csv|tsv|txt|jsonl?|ndjson|parquet|xlsx|gz|zip|zst|bz2|xz))+$", re.IGNORECASE)


def suggest_name(dataset: Dataset, settings: Settings | None = None) -> str:
    """Return a free name for a model of this dataset: its own name and today's date."""
    settings = get_settings(settings)
    store = get_store(settings)
    return free_name(dataset.name, lambda name: is_taken(name, store, settings))


def free_name(export: str, taken: Callable[[str], bool]) -> str:
    """Return what a model of an export of this name is called today; the next number where that is taken."""
    plain = re.sub(r"[^a-z0-9]+", "-", SUFFIXES.sub("", export).lower()).strip("-")
    if len(plain) > MAX_STEM:
        # Whole words, as far as there are any.
        plain = plain[: MAX_STEM + 1].rpartition("-")[0] or plain[:MAX_STEM]
    stem, number = f"{plain or 'model'}-{datetime.now(UTC):%Y-%m-%d}", 1
    name = stem
    while taken(name):
        number += 1
        name = f"{stem}-{number}"
    return name


def is_taken(name: str, store: Store, settings: Settings) -> bool:
    """Tell whether a model of this name exists, or is being trained."""
    wanted = {training.bundle for training in store.unfinished_trainings()}
    return name in wanted or (settings.models_dir / name).exists()
