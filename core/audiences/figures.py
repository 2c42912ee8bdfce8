"""What an audience may bring: expected buyers with their interval, profit along the ranking, three bands.

Every figure follows from the predictions of those ranked (``Selection.ranked``); nothing is asked of the
file again when a cost, an effect or a share changes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from core.audiences.definition import Definition
from core.audiences.holdout import held_out
from core.audiences.selection import Ranked, Selection, candidates
from core.results.filters import Filters
from core.results.sources import Source, source_manifest
from core.results.view import ResultView
from core.stats.estimate import Z95, Estimate

Vector = npt.NDArray[np.float64]
Band = Literal["likely", "fence", "unlikely"]

#: Points of the profit curve at most, the marked ones included.
POINTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What an audience is and may bring.

    Parameters
    ----------
    sessions, people
        Sessions the filters mean, and whom the pick chose from: without those known to have bought, each
        visitor once if the definition says so.
    n, treated, held_out
        How many are chosen, and how they are split.
    buyers
        How many of those chosen would buy as they are: the sum of their probabilities. None where no
        purchase is predicted. ``calibrated`` says that the interval allows for the model's own error too.
    known, bought
        Of how many chosen the outcome is known, and how many of them bought.
    expected_revenue, treated_extra, treated_gain, treated_cost
        Revenue of those chosen as they are; what contacting the treated adds: purchases, what is kept of
        their revenue, and what that costs. None where it is not predicted.
    break_even
        The relative effect from which on contacting the chosen pays; None where nothing can be gained.
    lowest
        The value of the last one chosen, by which all are ranked.
    """

    sessions: int
    people: int
    n: int
    treated: int
    held_out: int
    buyers: Estimate | None
    calibrated: bool
    known: int
    bought: int
    expected_revenue: float | None
    treated_extra: float | None
    treated_gain: float | None
    treated_cost: float
    break_even: float | None
    lowest: float | None

    @property
    def profit(self) -> float | None:
        """What contacting the treated brings, less what it costs."""
        return None if self.treated_gain is None else self.treated_gain - self.treated_cost

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON: what is kept of an audience when it is made."""
        return asdict(self)

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> Figures:
        """Read what ``to_dict`` wrote."""
        buyers = written["buyers"]
        return cls(**{**written, "buyers": None if buyers is None else Estimate(**buyers)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Profit if the first 0, 1, 2, ... of the ranked were chosen, at some of these numbers.

    Of those chosen, who is held out costs nothing and brings nothing: at the pick the profit is
    ``Figures.profit``. ``value`` is the probability or the expected revenue of the last one chosen, NaN at
    0. ``best`` and ``chosen`` are places in the lists: the highest profit of all, exactly, and the pick.
    """

    contacted: tuple[int, ...]
    profit: tuple[float, ...]
    value: tuple[float, ...]
    best: int
    chosen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BandFigures:
    """One of three bands: from which probability to which, how many are in it, how many would buy."""

    band: Band
    low: float | None
    high: float | None
    n: int
    buyers: float


def figures(selection: Selection) -> Figures:
    """Return what an audience is and may bring."""
    definition, chosen = selection.definition, selection.chosen
    held = selection.is_held_out
    predicts = bool(np.isfinite(chosen["probability"]).any())
    amounts = bool(np.isfinite(chosen["if_bought"]).any())
    buyers, calibrated = (
        expected_buyers(chosen["probability"], selection.source) if predicts else (None, False)
    )
    gain = gains(chosen, definition)
    worth = float(np.nansum(chosen["expected"])) * definition.margin
    treated = int((~held).sum())
    return Figures(
        sessions=ResultView(selection.source.path).kpis(definition.chosen).n,
        people=len(selection.ranked),
        n=selection.n,
        treated=treated,
        held_out=selection.n - treated,
        buyers=buyers,
        calibrated=calibrated,
        known=int((chosen["bought"] >= 0).sum()),
        bought=int((chosen["bought"] == 1).sum()),
        expected_revenue=float(np.nansum(chosen["expected"])) if amounts else None,
        treated_extra=float(np.nansum(extra_purchases(chosen, definition)[~held])) if predicts else None,
        treated_gain=float(np.nansum(gain[~held])) if amounts else None,
        treated_cost=treated * definition.cost,
        break_even=selection.n * definition.cost / worth if amounts and worth > 0 else None,
        lowest=_lowest(selection),
    )


def extra_purchases(ranked: Ranked, definition: Definition) -> Vector:
    """Return how many purchases a contact with each one adds; nobody buys more than once."""
    p = ranked["probability"]
    raised = p * definition.effect if definition.effect_as == "relative" else definition.effect
    return np.asarray(np.minimum(raised, 1 - p))


def gains(ranked: Ranked, definition: Definition) -> Vector:
    """Return what is kept of the revenue that a contact with each one adds; NaN where not predicted."""
    return np.asarray(extra_purchases(ranked, definition) * ranked["if_bought"] * definition.margin)


def profit_curve(selection: Selection) -> Curve | None:
    """Return the profit of choosing the first of the ranked; None where no revenue is predicted."""
    definition, ranked = selection.definition, selection.ranked
    gain = gains(ranked, definition)
    n = int(np.isfinite(gain).sum())
    if not n:
        return None
    contacted = ~held_out(ranked["draw"], definition.held_out)
    profit = np.concatenate([[0.0], np.cumsum((np.nan_to_num(gain) - definition.cost) * contacted)])
    best, chosen = int(np.argmax(profit)), selection.n
    spread = np.linspace(0, len(ranked), POINTS - 4).round().astype(np.int64)
    places = np.unique(np.concatenate([spread, [min(1, len(ranked)), best, chosen]]))
    by_amount = definition.rank_column == "expected_revenue"
    value = np.concatenate([[np.nan], ranked["expected" if by_amount else "probability"]])
    return Curve(
        contacted=tuple(int(place) for place in places),
        profit=tuple(float(profit[place]) for place in places),
        value=tuple(float(value[place]) for place in places),
        best=int(np.searchsorted(places, best)),
        chosen=int(np.searchsorted(places, chosen)),
    )


def expected_buyers(probability: Vector, source: Source) -> tuple[Estimate, bool]:
    """Return the sum of probabilities with its 95% interval, and whether that allows for the model's error.

    Two things make the number of buyers uncertain. Chance: each session buys or not, with variance
    p(1 - p), all independent. And calibration: in each bin of the model's test the share of buyers was
    measured on so many sessions only; its standard error shifts all sessions of the bin together. Not
    covered: a shop that has changed since the test, and probabilities that were off there already.
    """
    p = probability[np.isfinite(probability)]
    value = float(p.sum())
    variance = float((p * (1 - p)).sum())
    manifest = source_manifest(source)
    bins = (manifest.curves.get("calibration") if manifest else None) or {}
    calibrated = bool(bins.get("predicted")) and all(len(bins.get(name, ())) for name in ("low", "high"))
    if calibrated:
        variance += _calibration_variance(p, bins)
    half = Z95 * math.sqrt(variance)
    return Estimate(
        value=value, low=max(value - half, 0.0), high=min(value + half, float(len(p)))
    ), calibrated


def _calibration_variance(p: Vector, bins: Mapping[str, Any]) -> float:
    predicted, actual = (np.asarray(bins[name], dtype=np.float64) for name in ("predicted", "actual"))
    error = (np.asarray(bins["high"], dtype=np.float64) - np.asarray(bins["low"])) / (2 * Z95)
    place = np.searchsorted((predicted[1:] + predicted[:-1]) / 2, p)
    count = np.bincount(place, minlength=len(predicted))
    total = np.bincount(place, weights=p, minlength=len(predicted))
    # A bin is as wide as its sessions are few: those far above its middle are off by the same share of
    # their probability, not by the same points.
    share = np.divide(error, actual, out=np.zeros_like(error), where=actual > 0)
    return float((np.maximum(count * error, total * share) ** 2).sum())


def band_limits(source: Source, filters: Filters) -> tuple[float, float] | None:
    """Return from which probability on a session is on the fence, and from which likely to buy.

    Likely is who counts as a predicted buyer: by the filters' own threshold, or the one the sessions were
    scored with. On the fence is who is below that, but above the average of the whole result: more
    likely than most, and not sure. Where the threshold is no higher than the average, the fence begins
    at half the threshold. None where no purchase is predicted.
    """
    view = ResultView(source.path)
    average = view.kpis(Filters()).probability
    likely = view.threshold(source.bundle) if filters.threshold is None else filters.threshold
    if average is None or likely is None:
        return None
    fence = average if average < likely else likely / 2
    # As an address writes them, so that a band's link means the same sessions to the last one.
    return float(f"{fence:.12g}"), float(f"{likely:.12g}")


def bands(source: Source, definition: Definition) -> tuple[BandFigures, ...]:
    """Return the three bands of those the pick chooses from, whatever probability the filters ask for."""
    filters = definition.chosen
    limits = band_limits(source, filters)
    if limits is None:
        return ()
    fence, likely = limits
    meant = replace(definition, filters=filters.without("p").to_query(), rank_by="probability", pick="all")
    p = candidates(source, meant)["probability"]
    figures_by_band: list[BandFigures] = []
    for band, low, high in (("likely", likely, None), ("fence", fence, likely), ("unlikely", None, fence)):
        within = (p >= (low or 0.0)) & (p < (2.0 if high is None else high))
        figures_by_band.append(
            BandFigures(
                band=band,  # type: ignore[arg-type]
                low=low,
                high=high,
                n=int(within.sum()),
                buyers=float(p[within].sum()),
            )
        )
    return tuple(figures_by_band)


def band_filters(filters: Filters, band: BandFigures) -> Filters:
    """Return the filters with the probabilities of a band."""
    return replace(filters, p=(band.low, band.high))


def _lowest(selection: Selection) -> float | None:
    if not selection.n:
        return None
    name = "expected" if selection.definition.rank_column == "expected_revenue" else "probability"
    value = float(selection.chosen[name][-1])
    return value if math.isfinite(value) else None
