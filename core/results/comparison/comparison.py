"""Two results side by side, or two parts of one: what differs, by how much, and why.

Last month against this month, one campaign's visitors against another's. Figures come with the interval of
their difference; the change of conversion and of revenue is taken apart by groups (``decompose``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.results import aggregates, distributions
from core.results.aggregates import Step
from core.results.comparison.counts import ALL, GROUPINGS, NOBODY, Cell, Tally, cells, counts
from core.results.comparison.mix_and_rate import Decomposition, Effect, decompose
from core.results.filters import CHOICES, Filters
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source, source_manifest
from core.results.view import ResultView
from core.stats.estimate import Estimate
from core.stats.two_groups import difference, mean_difference

Target = Literal["conversion", "revenue"]
#: What a side's own filters begin with in the address.
SIDES = ("a", "b")
#: Groups of fewer sessions on both sides together are not named among what has changed.
FEWEST = 30
#: Changes told at most.
MOST_CHANGES = 8
#: Bars of the overlaid probabilities: 5 points each.
PROBABILITIES = (*(round(step / 20, 2) for step in range(20)), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two: its sessions, and which of them are meant."""

    source: Source
    filters: Filters

    @property
    def view(self) -> ResultView:
        """What the results page would show of it."""
        return ResultView(self.source.path)

    @property
    def sessions(self) -> ScoredSessions:
        """The sessions, as their file is now."""
        return self.source.scored

    @property
    def n(self) -> int:
        """How many sessions are meant."""
        return (self.cells.get(ALL) or (NOBODY,))[0].n

    @property
    def cells(self) -> dict[str, tuple[Cell, ...]]:
        """The sessions in groups."""
        return cells(self.sessions, self.filters.only_filters())

    @property
    def days(self) -> float | None:
        """How many days the meant sessions may lie in; None where sessions have no dates."""
        span = self.view.span
        if span.first is None or span.last is None:
            return None
        first = max(span.first.date(), self.filters.start or span.first.date())
        last = min(span.last.date(), self.filters.end or span.last.date())
        return max(0, (last - first).days + 1) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One figure on both sides.

    ``kind``: "count" of sessions or people, "share" of 1, "money", "per_day". ``difference`` is b - a with
    its 95% interval, None where there is no telling; ``n_a`` and ``n_b`` are the sessions that tell it.
    """

    name: str
    label: str
    kind: Literal["count", "share", "money", "per_day"]
    a: float | None
    b: float | None
    n_a: int
    n_b: int
    difference: Estimate | None = None
    help: str | None = None

    @property
    def relative(self) -> float | None:
        """The difference over the first side's."""
        return None if not self.a or self.b is None else self.b / self.a - 1

    @property
    def sure(self) -> bool:
        """Whether the difference is beyond chance."""
        return self.difference is not None and not self.difference.low <= 0 <= self.difference.high


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
        return _picked(self.a, self.b)

    @property
    def groupings(self) -> tuple[str, ...]:
        """What both sides can be grouped by, where that says more than the whole does."""
        return tuple(
            by for by in _shared(self.a, self.b, same_model=self.same_model) if _tells(self.a, self.b, by)
        )


def sides_of(query: Mapping[str, Any]) -> tuple[Filters, Filters]:
    """Read both sides' filters from an address; a side's own (``a.channel=email``) come in their place."""
    common = {name: value for name, value in query.items() if name[:2] not in ("a.", "b.")}
    first, last = (
        Filters.from_query(common | own_filters(query, side).to_dict()).only_filters() for side in SIDES
    )
    return first, last


def own_filters(query: Mapping[str, Any], side: str) -> Filters:
    """Read one side's own filters from an address."""
    start = f"{side}."
    return Filters.from_query(
        {name.removeprefix(start): value for name, value in query.items() if name.startswith(start)}
    ).only_filters()


def common_filters(query: Mapping[str, Any]) -> Filters:
    """Read from an address the filters of both sides."""
    return Filters.from_query(
        {name: value for name, value in query.items() if name[:2] not in ("a.", "b.")}
    ).only_filters()


def address_filters(query: Mapping[str, Any]) -> dict[str, str]:
    """Return an address's filters as they are understood, those of both sides and each side's own."""
    told = common_filters(query).to_dict()
    for side in SIDES:
        told |= {f"{side}.{name}": value for name, value in own_filters(query, side).to_dict().items()}
    return told


def swapped(query: Mapping[str, str]) -> dict[str, str]:
    """Return an address's filters with the two sides' own ones the other way round."""
    other = {"a.": "b.", "b.": "a."}
    return {f"{other.get(name[:2], name[:2])}{name[2:]}": value for name, value in query.items()}


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
        kpis=_kpis(a, b, same_currency=same_currency),
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


def _whole(side: Side, measured: str) -> Tally:
    return (side.cells.get(ALL) or (NOBODY,))[0].tally(measured)


def _kpis(a: Side, b: Side, *, same_currency: bool) -> tuple[Kpi, ...]:
    found: list[Kpi | None] = [
        Kpi(name="sessions", label="Sessions", kind="count", a=a.n, b=b.n, n_a=a.n, n_b=b.n)
    ]
    if a.days and b.days:
        found.append(
            Kpi(
                name="per_day",
                label="Sessions a day",
                kind="per_day",
                a=a.n / a.days,
                b=b.n / b.days,
                n_a=a.n,
                n_b=b.n,
                help="Sessions per day from first to last, for exports of different lengths.",
            )
        )
    found.append(_share(a, b, "conversion", "Conversion", "Share of sessions that bought."))
    picked = _picked(a, b)
    if not picked:
        found += _predicted(a, b)
    if same_currency:
        found += [
            _mean(
                a, b, "revenue", "Revenue per session", "money", "Amount spent, averaged over all sessions."
            ),
            _per_buyer(a, b),
        ]
    if same_currency and not picked:
        found.append(
            _mean(
                a,
                b,
                "expected",
                "Expected revenue per session",
                "money",
                "Purchase probability times revenue if it buys, averaged over all sessions.",
            )
        )
    return tuple(kpi for kpi in found if kpi is not None)


def _picked(a: Side, b: Side) -> bool:
    measured = all(_whole(side, "conversion").n for side in (a, b))
    return measured and (a.filters.by_prediction or b.filters.by_prediction)


def _predicted(a: Side, b: Side) -> list[Kpi | None]:
    return [
        _mean(
            a,
            b,
            "probability",
            "Predicted conversion",
            "share",
            "The average predicted purchase probability.",
        ),
        _share(
            a,
            b,
            "called",
            "Likely buyers",
            "Share of the sessions whose purchase probability is at or above the likely-buyer cut-off.",
        ),
        _expected_buyers(a, b),
    ]


def _share(a: Side, b: Side, measured: str, label: str, help: str) -> Kpi | None:
    one, other = _whole(a, measured), _whole(b, measured)
    if one.mean is None or other.mean is None:
        return None
    low, high = difference(other.total, other.n, one.total, one.n)
    estimate = Estimate(value=other.mean - one.mean, low=float(low), high=float(high))
    return Kpi(
        name=measured,
        label=label,
        kind="share",
        a=one.mean,
        b=other.mean,
        n_a=one.n,
        n_b=other.n,
        difference=estimate,
        help=help,
    )


def _mean(
    a: Side, b: Side, measured: str, label: str, kind: Literal["share", "money"], help: str
) -> Kpi | None:
    return _means(_whole(a, measured), _whole(b, measured), measured, label, kind, help)


def _means(
    one: Tally, other: Tally, name: str, label: str, kind: Literal["share", "money"], help: str
) -> Kpi | None:
    if one.mean is None or other.mean is None:
        return None
    low, high = mean_difference(other.mean, other.variance, other.n, one.mean, one.variance, one.n)
    estimate = None
    if math.isfinite(float(low)):
        estimate = Estimate(value=other.mean - one.mean, low=float(low), high=float(high))
    return Kpi(
        name=name,
        label=label,
        kind=kind,
        a=one.mean,
        b=other.mean,
        n_a=one.n,
        n_b=other.n,
        difference=estimate,
        help=help,
    )


def _expected_buyers(a: Side, b: Side) -> Kpi | None:
    one, other = _whole(a, "probability"), _whole(b, "probability")
    if not one.n or not other.n:
        return None
    return Kpi(
        name="expected_buyers",
        label="Expected buyers",
        kind="count",
        a=one.total,
        b=other.total,
        n_a=one.n,
        n_b=other.n,
        help="The purchase probabilities of all sessions added up.",
    )


def _per_buyer(a: Side, b: Side) -> Kpi | None:
    """Return what a buyer paid; whoever didn't buy paid nothing, so the sums are the same."""
    help = "Amount spent, averaged over buyers."
    return _means(_of_buyers(a), _of_buyers(b), "per_buyer", "Revenue per buyer", "money", help)


def _of_buyers(side: Side) -> Tally:
    revenue, bought = _whole(side, "revenue"), _whole(side, "conversion")
    return Tally(n=int(bought.total) if revenue.n else 0, total=revenue.total, squares=revenue.squares)


def _why(a: Side, b: Side, target: Target, *, same_model: bool) -> Why | None:
    choices = ("conversion", "probability") if target == "conversion" else ("revenue", "expected")
    for measured in choices:
        one, other = _whole(a, measured), _whole(b, measured)
        if one.mean is None or other.mean is None:
            continue
        groupings = []
        for by in _shared(a, b, same_model=same_model):
            found = decompose(by, a.cells[by], b.cells[by], measured)
            if found is not None and _tells(a, b, by):
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


def _shared(a: Side, b: Side, *, same_model: bool) -> tuple[str, ...]:
    """Return the groupings both sides have; clusters only where one model has made them."""
    return tuple(
        by for by in GROUPINGS if a.cells.get(by) and b.cells.get(by) and (by != "cluster" or same_model)
    )


def _tells(a: Side, b: Side, by: str) -> bool:
    """Tell whether a grouping says more than the whole: not with one group, or none that both have."""
    one, other = ({cell.key for cell in side.cells[by] if cell.n} for side in (a, b))
    return len(one | other) > 1 and bool(one & other)


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


#: The filters a side may have of its own, offered on the page.
OWN_CHOICES = tuple(name for name in CHOICES if name not in ("hour", "country"))
