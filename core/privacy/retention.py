"""What has grown too old is deleted, each kind after its own number of days; made-up data stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from core import audit
from core.base.settings import Settings
from core.base.written import number
from core.privacy import records
from core.privacy.erasure import EVERY, compact, live_datasets, only_one
from core.privacy.exports import (
    BusyError,
    check_idle,
    count_anew,
    forget_kept,
    remove_older,
    replace_originals,
    scored_of,
    tidy_days,
)
from core.privacy.live import remove_live_before
from core.privacy.places import canonical_of, days_of
from core.storage import Dataset, Store, get_store

#: What is kept for so many days, by setting: how the page calls it.
KINDS = {
    "keep_uploads_days": "original files",
    "keep_exports_days": "exports",
    "keep_results_days": "results",
    "keep_live_days": "live sessions",
    "keep_audiences_days": "audiences",
}


def keep_no_longer(settings: Settings, now: datetime | None = None) -> dict[str, int]:
    """Delete what has been there for longer than is set; return how much of each kind, if anything.

    What was deleted is written down beside the certificates, and in the audit log.
    """
    store, now = get_store(settings), now or datetime.now(UTC)
    shop, deleted = store.settings, dict[str, int]()
    steps: dict[str, Callable[[Store, datetime], int]] = {
        # The larger comes first: what goes with an export needn't be looked at by itself.
        "keep_exports_days": _exports,
        "keep_results_days": _results,
        "keep_uploads_days": _uploads,
        "keep_live_days": _live,
        "keep_audiences_days": _audiences,
    }
    with only_one(store):
        for name, step in steps.items():
            days = getattr(shop, name)
            if days is not None and (n := step(store, now - timedelta(days=days))):
                deleted[KINDS[name]] = n
        if deleted:
            compact(settings)
            kept = {KINDS[name]: getattr(shop, name) for name in KINDS}
            records.add("retention", settings=settings, told={"deleted": deleted, "kept_days": kept})
            audit.record("deleted", "what was too old", settings=settings, **deleted)
    return deleted


def _old(store: Store, before: datetime) -> list[Dataset]:
    """Return exports that are older, without made-up ones and those that grow of live sessions."""
    growing = live_datasets(store.settings)
    return [
        dataset
        for dataset in store.datasets(limit=EVERY)
        if dataset.created_at < before and not dataset.synthetic and dataset.id not in growing
    ]


def _exports(store: Store, before: datetime) -> int:
    old = _old(store, before)
    for dataset in old:
        store.delete_dataset(dataset.id)
    return len(old)


def _results(store: Store, before: datetime) -> int:
    old = [
        result
        for result in store.results(limit=EVERY)
        if result.created_at < before and result.is_over and not result.synthetic
    ]
    for result in old:
        store.delete_result(result)
    return len(old)


def _uploads(store: Store, before: datetime) -> int:
    old = (dataset for dataset in _old(store, before) if _is_idle(store, dataset))
    return sum(replace_originals(store, dataset) for dataset in old)


def _is_idle(store: Store, dataset: Dataset) -> bool:
    try:
        check_idle(store, dataset)
    except BusyError:
        # Tomorrow is early enough.
        return False
    return True


def _audiences(store: Store, before: datetime) -> int:
    old = [each for each in store.audiences(limit=EVERY) if each.created_at < before and not each.synthetic]
    for audience in old:
        store.delete_audience(audience.id)
    return len(old)


def _live(store: Store, before: datetime) -> int:
    """Delete live sessions from before a moment: of the live state, and of the exports that have grown."""
    removed = remove_live_before(store.settings, before)
    for dataset_id in live_datasets(store.settings):
        dataset = store.dataset(dataset_id)
        if dataset.synthetic or not _is_idle(store, dataset):
            continue
        n = sum(remove_older(path, "timestamp", before) for path in days_of(dataset))
        removed += n
        for path in canonical_of(dataset):
            remove_older(path, "timestamp", before)
        for result, path in scored_of(store, dataset.id):
            if old := remove_older(path, "started_at", before):
                forget_kept(path)
                if path == result.path:
                    count_anew(store, result, f"{number(old)} sessions were too old and deleted.")
        if n:
            tidy_days(store, dataset)
    return removed
