"""The synthetic demo shop: an export with its result, so that no page is empty on the first visit."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.base.progress import Progress, part, silent
from core.base.settings import Settings, get_settings
from core.bundle.registry import in_use
from core.scoring.pipeline import run_steps
from core.services.samples import Sample, sample_file, samples
from core.simulate import write_events
from core.storage import Dataset, Result, Store, get_store

__all__ = ["DEMO_NAME", "Sample", "ensure_demo", "sample_file", "samples"]

DEMO_NAME = "Synthetic demo shop"
DEMO_FILENAME = "synthetic-demo-shop.csv.gz"
DEMO_SESSIONS = 20_000
DEMO_DAYS = 45
DEMO_SEED = 7
#: Remembered once it is there: whoever deletes the demo doesn't get it back at the next start.
FACT = "demo_made"


def ensure_demo(
    settings: Settings | None = None, *, progress: Progress = silent, again: bool = False
) -> Result | None:
    """Make the synthetic demo shop and score it, once; safe to call from several processes.

    Parameters
    ----------
    again
        Make it again if it was deleted.

    Returns
    -------
    Result or None
        Its result; None if it was deleted and shall stay so.
    """
    settings = get_settings(settings)
    store = get_store(settings)
    with _alone(store):
        result = _find(store)
        if result is None and (again or store.fact(FACT) is None):
            _clear_unfinished(store)
            result = _make(store, settings, progress)
            store.remember(FACT, "yes")
        return result


def _demos(store: Store) -> tuple[Dataset, ...]:
    return tuple(d for d in store.datasets(limit=10_000) if d.synthetic and d.filename == DEMO_FILENAME)


def _find(store: Store) -> Result | None:
    for dataset in _demos(store):
        for result in store.results(dataset.id):
            if result.state == "done" and result.path.exists():
                return result
    return None


def _clear_unfinished(store: Store) -> None:
    """Remove what a start that was interrupted in the middle has left."""
    for dataset in _demos(store):
        store.delete_dataset(dataset.id)


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    with (store.data_dir / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(store: Store, settings: Settings, progress: Progress) -> Result:
    folder = Path(tempfile.mkdtemp(prefix="demo-", dir=store.incoming_dir))
    try:
        export = folder / DEMO_FILENAME
        start = datetime.now(UTC).date() - timedelta(days=DEMO_DAYS)
        write_events(
            export,
            n_sessions=DEMO_SESSIONS,
            seed=DEMO_SEED,
            start=start,
            days=DEMO_DAYS,
            progress=part(progress, 0.0, 0.2),
        )
        dataset = store.add_dataset(export, filename=DEMO_FILENAME, name=DEMO_NAME, synthetic=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    result = store.create_result(dataset.id, bundle=in_use(settings))
    run_steps(store, result, part(progress, 0.2, 1.0))
    return store.result(result.id)
