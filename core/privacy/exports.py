"""A person in exports and their results: what was read, what was uploaded, what was scored."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from core.base.atomic_write import atomic_write
from core.base.errors import CoreError
from core.base.normal_ids import normal_id
from core.base.shop import written_date
from core.base.written import number
from core.privacy.person import Person
from core.privacy.places import canonical_of, days_of, rows_of
from core.privacy.rows import Ids, remove, remove_where, rows
from core.results.cache import SUFFIX
from core.results.drift.drift import FILE as DRIFT
from core.scoring.own_model import count_recorded
from core.storage import Dataset, Result, Store

#: What an original becomes once it is replaced by what was read of it.
CLEANED = "cleaned.parquet"


class BusyError(CoreError):
    """Something is being worked on, and would write back what is deleted."""

    code = "busy"
    status = 409


def scored_of(store: Store, dataset_id: str) -> Iterator[tuple[Result, Path]]:
    """Yield the files of scored sessions of a dataset's results."""
    for result in store.results(dataset_id, limit=1_000_000):
        for path in (result.path, result.example_path):
            if path.exists():
                yield result, path


def known_in(store: Store, dataset: Dataset, person: Person) -> dict[str, Any]:
    """Return a person's rows of an export and of its results; empty where there are none."""
    ids = person.ids(dataset.id)
    read = {path.stem: found for path in rows_of(dataset) if (found := rows(path, ids))}
    results = [
        {"id": result.id, "model": result.bundle, "made_at": result.created_at, "sessions": found}
        for result, path in scored_of(store, dataset.id)
        if (found := rows(path, ids))
    ]
    if not read and not results:
        return {}
    return {"id": dataset.id, "name": dataset.name, **read, "results": results}


def check_idle(store: Store, dataset: Dataset) -> None:
    """Check that no job works with a dataset, or is about to; BusyError if one does."""
    jobs = [*store.results(dataset.id, limit=1_000), *store.trainings(1_000, dataset_id=dataset.id)]
    if dataset.is_arriving or any(not job.is_over for job in jobs):
        raise BusyError(
            "This export is being worked on.",
            where=dataset.name,
            remedy="Wait until that is done, or cancel it.",
        )


def remove_from(store: Store, dataset: Dataset, person: Person, *, is_live: bool) -> dict[str, int]:
    """Delete a person from an export and its results; return how many rows, by what they were in.

    What was uploaded is replaced by what was read of it: an original can't be written anew without them. Of
    an export that grows of live sessions, each day is written anew.
    """
    ids = person.ids(dataset.id)
    if _is_theirs_alone(dataset, ids):
        store.delete_dataset(dataset.id)
        return {"nobody else was in it, so it was deleted as a whole": 1}
    removed = {
        "events or sessions read": sum(remove(path, ids) for path in canonical_of(dataset)),
        "refused rows": _remove_refused(dataset.rejected_path, ids),
    }
    if is_live:
        removed["days of live events"] = sum(remove(path, ids) for path in days_of(dataset))
        if not tidy_days(store, dataset):
            return removed
    elif not dataset.synthetic or any(removed.values()):
        removed["original files"] = replace_originals(store, dataset)
    _say_in_report(store, dataset.id, removed["events or sessions read"])
    removed["scored sessions"] = sum(
        _remove_scored(store, result, path, ids) for result, path in scored_of(store, dataset.id)
    )
    return removed


def tidy_days(store: Store, dataset: Dataset) -> bool:
    """Look again at the days of live sessions after some were written anew; those that are empty go.

    Where all are, so does the export; return whether it is still there.
    """
    empty = {
        file.filename
        for file in dataset.files
        if file.is_live_day and not pq.read_metadata(file.path).num_rows
    }
    if len(empty) == len(dataset.files):
        store.delete_dataset(dataset.id)
        return False
    if empty:
        store.drop_files(dataset.id, empty)
    else:
        store.refresh_files(dataset.id)
    return True


def _is_theirs_alone(dataset: Dataset, ids: Ids) -> bool:
    """Tell whether an export has nobody else: without rows it can't be opened."""
    paths = rows_of(dataset)
    return bool(paths) and all(len(rows(path, ids)) == pq.read_metadata(path).num_rows for path in paths)


def replace_originals(store: Store, dataset: Dataset) -> int:
    """Put what was read of an export in the place of its original files; return how many those were."""
    read = canonical_of(dataset)
    if dataset.report is None or not read:
        return 0
    if len(dataset.files) == 1 and dataset.files[0].filename.endswith(CLEANED):
        store.refresh_files(dataset.id, read[0])
        return 0
    store.replace_files(dataset.id, read[0], filename=f"{Path(dataset.filename).stem} {CLEANED}")
    return len(dataset.files)


def _remove_refused(path: Path, ids: Ids) -> int:
    """Write the refused rows anew without those that name a person."""
    if not path.exists():
        return 0
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    kept = [line for line in lines if not any(normal_id(cell) in ids.people for cell in line)]
    if len(kept) < len(lines):
        with atomic_write(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(kept)
    return len(lines) - len(kept)


def _say_in_report(store: Store, dataset_id: str, n: int) -> None:
    """Correct what was counted of an export when it was read, and say so."""
    report = store.dataset(dataset_id).report
    if report is None or not n:
        return
    note = f"{number(n)} rows were deleted on {written_date(datetime.now(UTC).date())}: a person's data."
    store.set_report(dataset_id, replace(report, rows_kept=report.rows_kept - n, notes=(*report.notes, note)))


def _remove_scored(store: Store, result: Result, path: Path, ids: Ids) -> int:
    n = remove(path, ids)
    if n:
        forget_kept(path)
    if n and path == result.path:
        count_anew(store, result, f"{number(n)} sessions were deleted: a person's data.")
    return n


def count_anew(store: Store, result: Result, note: str) -> None:
    """Bring a result's own counts in line with its file, and say why they have changed."""
    (result.folder / DRIFT).unlink(missing_ok=True)
    recorded = count_recorded(result.path, result.currency or store.settings.currency)
    said = f"{note.removesuffix('.')} ({written_date(datetime.now(UTC).date())})."
    store.update_result(
        result.id,
        n_sessions=pq.read_metadata(result.path).num_rows,
        recorded=recorded.to_dict(),
        notes=[*result.notes, said],
    )


def forget_kept(scored: Path) -> None:
    """Throw away what was kept beside a file of scored sessions: answers, reasons, samples."""
    shutil.rmtree(scored.with_name(f".{scored.stem}{SUFFIX}"), ignore_errors=True)


def remove_older(path: Path, column: str, before: datetime) -> int:
    """Write a file anew without the rows from before a moment."""
    if not path.exists() or column not in pq.read_schema(path).names:
        return 0
    moment = before.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return remove_where(path, f"{column} < TIMESTAMP '{moment}'")
