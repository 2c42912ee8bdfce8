"""What the home page tells: the latest exports with what came out of them, and the model in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

from core.base.errors import CoreError
from core.base.settings import Settings, get_settings
from core.bundle.registry import in_use
from core.bundle.repository import read_manifest
from core.results.cache import cached
from core.results.query import ask_one, at_once
from core.results.scored_sessions import ScoredSessions
from core.results.trust import doubt_of
from core.storage import Dataset, Result, get_store

State = Literal["needs_mapping", "unscored", "queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An export and how far it is; the figures are null until it is scored.

    ``share`` is how far a running job is, of 1; ``message`` what it is doing, or what went wrong.
    ``predicts`` says whether a finished result has predictions of its own, ``doubt`` why not to act on them.
    """

    dataset_id: str
    result_id: str | None
    name: str
    synthetic: bool
    state: State
    predicts: bool
    share: float
    message: str
    made: datetime
    n_sessions: int | None
    predicted_buyers: int | None
    expected_revenue: float | None
    currency: str | None
    doubt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """One figure of how good a model is on sessions it hadn't seen, with its 95% interval."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInUse:
    """The bundle new exports are scored with, and how good it was in its test.

    ``captured`` is the share of buyers in the top 10%; ``precision`` the share of likely buyers who bought,
    ``recall`` the share of buyers who were likely buyers. A bundle that knows clusters only has none of
    these, and no threshold. ``on_later`` says that its test is of later sessions than it learned from, not of
    others of the same days.
    """

    name: str
    synthetic: bool
    source: str
    threshold: float | None
    clusters: tuple[str, ...]
    captured: Quality | None
    precision: Quality | None
    recall: Quality | None
    on_later: bool = True


def latest(limit: int = 8, settings: Settings | None = None) -> tuple[Entry, ...]:
    """Return the latest exports, newest first, each with its newest result."""
    store = get_store(settings)
    newest: dict[str, Result] = {}
    for result in store.results(limit=20 * limit):
        newest.setdefault(result.dataset_id, result)
    datasets = [dataset for dataset in store.datasets(limit=limit) if dataset.state != "deleting"]
    return tuple(at_once([partial(_entry, dataset, newest.get(dataset.id)) for dataset in datasets]))


def model_in_use(settings: Settings | None = None) -> ModelInUse | CoreError:
    """Return what the bundle in use says about itself, or why it can't be used."""
    settings = get_settings(settings)
    try:
        manifest = read_manifest(in_use(settings), settings)
    except CoreError as error:
        return error
    purchase = manifest.metrics.get("purchase", {})
    return ModelInUse(
        name=manifest.name,
        synthetic=manifest.synthetic,
        source=str(manifest.training.get("source", "")),
        threshold=manifest.threshold,
        clusters=tuple(note.name for note in manifest.clusters),
        captured=_quality(purchase.get("captured_top10")),
        precision=_quality(purchase.get("precision")),
        recall=_quality(purchase.get("recall")),
        on_later=manifest.training.get("split", {}).get("method") == "time",
    )


def _entry(dataset: Dataset, result: Result | None) -> Entry:
    buyers, revenue, doubt = None, None, None
    if result is not None and result.state == "done" and result.path.exists():
        buyers, revenue = _totals(ScoredSessions.of(result.path))
        doubt = doubt_of(result)
    state: State = "needs_mapping" if dataset.state == "needs_mapping" else "unscored"
    return Entry(
        dataset_id=dataset.id,
        result_id=result.id if result else None,
        name=dataset.name,
        synthetic=dataset.synthetic,
        state=result.state if result else state,
        predicts=result.predicts if result else True,
        share=result.share if result else 0.0,
        message=_message(result) if result else "",
        made=(result.finished_at if result else None) or dataset.created_at,
        n_sessions=result.n_sessions if result else None,
        predicted_buyers=buyers,
        expected_revenue=revenue,
        currency=result.currency if result else None,
        doubt=doubt,
    )


def _message(result: Result) -> str:
    return str((result.error or {}).get("message") or result.message)


@cached(tuple[int | None, float | None])
def _totals(sessions: ScoredSessions) -> tuple[int | None, float | None]:
    """Add up a finished result; it never changes."""
    row = ask_one(
        sessions,
        "SELECT count(*) FILTER (predicted_purchase) AS buyers, count(predicted_purchase) AS known, "
        "sum(expected_revenue) AS revenue FROM sessions",
    )
    return row["buyers"] if row["known"] else None, row["revenue"]


def _quality(told: Any) -> Quality | None:  # noqa: ANN401 - read from a manifest's JSON
    if not told or told.get("value") is None:
        return None
    return Quality(value=told["value"], low=told.get("low"), high=told.get("high"), n=int(told["n"]))
