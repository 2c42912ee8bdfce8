"""Which scored exports are told together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.results.history.history import Export, History, read_history
from core.results.scored_sessions import ScoredSessions
from core.storage import Result, Store

#: Results looked at, newest first.
MOST_RESULTS = 10_000


def shop_results(store: Store) -> tuple[list[Result], bool]:
    """Return the newest result of each export, newest export first, and whether they are synthetic.

    The demo shop counts only while there is nothing else. What is newer is told by when an export was first
    scored: scoring an old one again makes its sessions no newer. What a corrected file has replaced is out.
    """
    newest: dict[str, Result] = {}
    arrived: dict[str, Any] = {}
    replaced = store.replaced_datasets()
    for result in store.results(limit=MOST_RESULTS):
        if result.dataset_id in replaced:
            continue
        if result.state == "done":
            newest.setdefault(result.dataset_id, result)
        arrived[result.dataset_id] = result.created_at
    found = sorted(newest.values(), key=lambda result: arrived[result.dataset_id], reverse=True)
    there = [result for result in found if result.path.exists()]
    own = [result for result in there if not result.synthetic]
    return (own, False) if own else (there, bool(there))


def history_of(results: Sequence[Result], store: Store) -> History | None:
    """Return what results, newest export first, tell together; None where none has sessions with a time."""
    return read_history([_export(result) for result in results], store.settings.currency)


def _export(result: Result) -> Export:
    return Export(
        id=result.id,
        name=result.dataset_name,
        sessions=ScoredSessions.of(result.path),
        currency=result.currency,
    )
