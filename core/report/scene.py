"""The result a report is about: which sessions, of which shop, scored by which model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from core.base.errors import NotFoundError
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.bundle.model_card import Card
from core.bundle.registry import in_use
from core.ingest import IngestReport
from core.results.drift.drift import drift_of
from core.results.drift.records import Drift
from core.results.filters import Filters
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source, clock_of, find_source, source_manifest
from core.results.trust import Trust, trust_of
from core.results.view import ResultView
from core.storage import Result, get_store

#: Letters of a shop's name that are kept.
MAX_SHOP = 80


@dataclass(frozen=True)
class Scene:
    """A finished result, the sessions of it that are meant, and what is known around it.

    ``shop`` is the name the report goes under; ``ingest`` what came of reading the export, None where that
    is not known.
    """

    result: Result
    source: Source
    view: ResultView
    filters: Filters
    shop: str
    ingest: IngestReport | None
    settings: Settings

    @property
    def currency(self) -> str | None:
        """ISO code of all amounts."""
        return self.result.currency

    @property
    def sessions(self) -> ScoredSessions:
        """The sessions, as questions to them want them."""
        return self.view.sessions

    @property
    def told(self) -> frozenset[str]:
        """The columns that are known in at least one session."""
        return self.view.told

    @property
    def predicts(self) -> bool:
        """Whether purchases are predicted, and not only which clusters sessions belong to."""
        return "purchase_probability" in self.told

    @property
    def amounts(self) -> bool:
        """Whether revenue is predicted."""
        return "expected_revenue" in self.told

    @property
    def threshold(self) -> float | None:
        """From which probability on a session counts as a likely buyer."""
        if self.filters.threshold is not None:
            return self.filters.threshold
        return self.view.threshold(self.result.bundle)

    @cached_property
    def clock(self) -> str:
        """The time zone of its days, weekdays and hours."""
        return clock_of(self.result.dataset_id)

    @cached_property
    def card(self) -> Card | None:
        """What is to be told of the model; None where it is gone, or another one by now."""
        manifest = source_manifest(self.source)
        if manifest is None:
            return None
        return Card(manifest=manifest, in_use=manifest.name == in_use(self.settings))

    @cached_property
    def sentences(self) -> dict[int, str]:
        """What sets each cluster apart, by id, where the model is still there to say so."""
        return dict(enumerate(note.sentence for note in self.card.manifest.clusters)) if self.card else {}

    @cached_property
    def drift(self) -> Drift | None:
        """How unlike its model's data the whole result is; None where that can't be said."""
        return drift_of(self.result, self.settings)

    @cached_property
    def trust(self) -> Trust | None:
        """How far to trust the predictions of the whole result; None where no purchase is predicted."""
        return trust_of(self.result)


def open_scene(result_id: str, filters: Filters, settings: Settings, shop: str | None = None) -> Scene:
    """Open a result for a report.

    Parameters
    ----------
    shop
        The name it goes under; the one of the settings without it, and the dataset's without that.

    Raises
    ------
    NotFoundError
        If there is no such result, it isn't finished, or its sessions are gone.
    """
    store = get_store(settings)
    latest = store.latest_result() if result_id == "latest" else None
    result = latest or store.result(result_id)
    if result.state != "done":
        raise NotFoundError("This result isn't finished.", remedy="Wait until scoring is done.")
    return Scene(
        result=result,
        source=find_source(result.id),
        view=ResultView(result.path),
        filters=filters.only_filters(),
        shop=_plain(shop) or _plain(shop_settings(settings).shop_name) or result.dataset_name,
        ingest=store.dataset(result.dataset_id).report,
        settings=settings,
    )


def _plain(name: str | None) -> str:
    """Return a name on one line, without what nobody can read."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name or "").split())[:MAX_SHOP]
