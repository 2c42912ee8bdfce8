"""Whether an export is read without a question: as those before it, with the columns settled then."""

from __future__ import annotations

from collections.abc import Sequence

from core.base.errors import CoreError, MappingError, ScheduleError
from core.ingest import SourceFile
from core.ingest.base.model import OPENED, Recognition
from core.ingest.exports import read_heads
from core.ingest.recipes import fingerprint, unknown_words
from core.storage import Dataset, Store

#: Names that a message lists.
MOST_NAMED = 8


def columns_of(found: Recognition) -> list[str]:
    """Return the names of an export's columns; nested values come and go from day to day."""
    return [column.name for column in found.columns if column.note not in OPENED]


def question_about(dataset: Dataset, settled: Sequence[str] | None) -> CoreError | None:
    """Return why a person has to look at an export before it is scored; None where nobody has to.

    Parameters
    ----------
    settled
        The columns that exports of this schedule have had so far; None for the first one.
    """
    if dataset.state == "needs_mapping":
        return _unmapped(dataset)
    if settled is None:
        return None
    columns = columns_of(dataset.recognition)
    new, missing = ([name for name in one if name not in other]
                    for one, other in ((columns, settled), (settled, columns)))  # fmt: skip
    if not new and not missing:
        return None
    said = [f"{what}: {_listed(names)}" for what, names in (("new", new), ("missing", missing)) if names]
    return ScheduleError(
        f"Its columns differ from before: {'; '.join(said)}.",
        where=dataset.filename,
        remedy="Check how it is read, then accept the new columns, or leave the file out.",
    )


def settle(dataset: Dataset, store: Store) -> list[str]:
    """Keep how an export is read for those that follow, and return its columns."""
    found = dataset.recognition
    columns = fingerprint(found)
    if columns is not None and found.format is None and store.recipe(columns) is None:
        # What was a guess today must not be another one tomorrow.
        store.keep_recipe(columns, name=dataset.name, mapping=dataset.mapping or found.mapping)
    return columns_of(found)


def _unmapped(dataset: Dataset) -> MappingError:
    files = [SourceFile(file.path, file.filename) for file in dataset.files]
    words = unknown_words(dataset.mapping or dataset.recognition.mapping, read_heads(files))
    if dataset.recipe and words:
        return MappingError(
            f"It has words for events that were not there before: {_listed(words)}.",
            where=dataset.filename,
            remedy="Say what they mean; the run continues automatically once the export is scored.",
        )
    return MappingError(
        "Its columns have to be mapped.",
        where=dataset.filename,
        remedy="Map them; the run continues automatically once the export is scored.",
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(f'“{name[:60]}”' for name in names[:MOST_NAMED])}{more}"
