"""Two results side by side, or two parts of one: what differs, by how much, and why.

Last month against this month, one campaign's visitors against another's. Figures come with the interval of
their difference; the change of conversion and of revenue is taken apart by groups (``decompose``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.results import aggregates, distributions
from core.results.aggregates import Step
from core.results.comparison.counts import counts
from core.results.comparison.kpis import Kpi, kpis_of
from core.results.comparison.mix_and_rate import Decomposition, Effect, decompose
from core.results.comparison.sides import Side, is_picked, shared_groupings, tells_more, whole
from core.results.sources import source_manifest

Target = Literal["conversion", "revenue"]
#: Groups of fewer sessions on both sides together are not named among what has changed.
FEWEST = 30
#: Changes told at most.
MOST_CHANGES = 8
#: Bars of the overlaid probabilities: 5 points each.
PROBABILITIES = (*(round(step / 20, 2) for step in range(20)), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """One measure on both sides in the same bars: shares of 1 of the sessions that have it."""

    of: str
    edges: tuple[float, ...]
    a: tuple[int, ...]
    b: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why an average differs: by each grouping, and the groups that stand out, most so first.

    ``measured`` says what it is made of: "conversion" or "revenue" as it was, "probability" or "expected" as
    predicted.
    """

    target: Target
    measured: str
    a: float
    b: float
    groupings: tuple[Decomposition, ...]
    changes: tuple[Effect, ...]

    @property
    def observed(self) -> bool:
        """Whether it has happened, or is predicted."""
        return self.measured in ("conversion", "revenue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sides beside each other."""

    a: Side
    b: Side
    kpis: tuple[Kpi, ...]
    why: dict[Target, Why]
    overlays: tuple[Overlay, ...]
    funnels: tuple[tuple[Step, Step], ...]
    same_model: bool
    same_currency: bool
    same_sessions: bool

    @property
    def currency(self) -> str | None:
        """The currency of both; None where they have different ones."""
        return self.a.source.currency if self.same_currency else None

    @property
    def picked(self) -> bool:
        """Whether sessions of a side were picked by their prediction or outcome, where outcomes are known.

        What is predicted of such sessions is no measure of how they ended.
        """
        return is_picked(self.a, self.b)

    @property
    def groupings(self) -> tuple[str, ...]:
        """What both sides can be grouped by, where that says more than the whole does."""
        return tuple(
            by
            for by in shared_groupings(self.a, self.b, same_model=self.same_model)
            if tells_more(self.a, self.b, by)
        )


def compare(a: Side, b: Side) -> Comparison:
    """Return two sides beside each other.

    Raises
    ------
    NotFoundError
        If the sessions of one are gone.
    """
    same_model, same_currency = _same_model(a, b), a.source.currency == b.source.currency
    targets: tuple[Target, ...] = ("conversion", "revenue") if same_currency else ("conversion",)
    why = {target: _why(a, b, target, same_model=same_model) for target in targets}
    return Comparison(
        a=a,
        b=b,
        kpis=kpis_of(a, b, same_currency=same_currency),
        why={target: found for target, found in why.items() if found is not None},
        overlays=_overlays(a, b, same_currency=same_currency),
        funnels=_funnels(a, b),
        same_model=same_model,
        same_currency=same_currency,
        same_sessions=a.source.path == b.source.path and a.filters == b.filters,
    )


def _same_model(a: Side, b: Side) -> bool:
    """Tell whether one model has scored both: of the same name, and not trained anew in between."""
    if a.source.bundle != b.source.bundle:
        return False
    if a.source.path == b.source.path:
        return True
    if (source_manifest(a.source) is None) != (source_manifest(b.source) is None):
        return False
    names_a, names_b = a.view.cluster_names, b.view.cluster_names
    return all(names_b.get(cluster, name) == name for cluster, name in names_a.items())


def _why(a: Side, b: Side, target: Target, *, same_model: bool) -> Why | None:
    choices = ("conversion", "probability") if target == "conversion" else ("revenue", "expected")
    for measured in choices:
        one, other = whole(a, measured), whole(b, measured)
        if one.mean is None or other.mean is None:
            continue
        groupings = []
        for by in shared_groupings(a, b, same_model=same_model):
            found = decompose(by, a.cells[by], b.cells[by], measured)
            if found is not None and tells_more(a, b, by):
                groupings.append(found)
        named = [
            effect
            for found in groupings
            for effect in found.effects
            if effect.sure and effect.key is not None and effect.n_a + effect.n_b >= FEWEST
        ]
        ranked = sorted(named, key=lambda effect: (-abs(effect.apart), effect.by, str(effect.key)))
        return Why(
            target=target,
            measured=measured,
            a=one.mean,
            b=other.mean,
            groupings=tuple(groupings),
            changes=tuple(ranked[:MOST_CHANGES]),
        )
    return None


def _overlays(a: Side, b: Side, *, same_currency: bool) -> tuple[Overlay, ...]:
    found = []
    for of in ("p", "expected", "if_bought"):
        column = distributions.MEASURES[of].column
        if column not in a.view.told or column not in b.view.told or (of != "p" and not same_currency):
            continue
        edges = PROBABILITIES if of == "p" else aggregates.edges_of(a.sessions, of, a.filters.threshold)
        one, other = (counts(side.sessions, side.filters.only_filters(), of, tuple(edges)) for side in (a, b))
        if sum(one) and sum(other):
            found.append(Overlay(of=of, edges=tuple(edges), a=one, b=other))
    return tuple(found)


def _funnels(a: Side, b: Side) -> tuple[tuple[Step, Step], ...]:
    one = {step.stage: step for step in a.view.funnel(a.filters)}
    other = {step.stage: step for step in b.view.funnel(b.filters)}
    return tuple((one[stage], other[stage]) for stage in one if stage in other)
