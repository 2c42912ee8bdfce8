"""Where rows of an export lie: as they were read, or as days of live sessions that wait to be read."""

from __future__ import annotations

from pathlib import Path

from core.storage import Dataset


def canonical_of(dataset: Dataset) -> tuple[Path, ...]:
    """Return what was read of a dataset; nothing of one that wasn't read yet."""
    return tuple(path for path in (dataset.events_path, dataset.sessions_path) if path.exists())


def days_of(dataset: Dataset) -> tuple[Path, ...]:
    """Return the files of a dataset that are days of live sessions: canonical as they are."""
    files = (file.path for file in dataset.files if file.is_live_day)
    return tuple(path for path in files if path.exists())


def rows_of(dataset: Dataset) -> tuple[Path, ...]:
    """Return the files in which rows of a dataset can be found: what was read, or days not read yet."""
    return canonical_of(dataset) if dataset.report is not None else days_of(dataset)
