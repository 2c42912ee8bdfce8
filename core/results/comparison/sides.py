"""What is compared: two results, or two parts of one, and which of their sessions are meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.results.comparison.counts import ALL, GROUPINGS, NOBODY, Cell, Tally, cells
from core.results.filters import CHOICES, Filters
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source
from core.results.view import ResultView

#: What a side's own filters begin with in the address.
SIDES = ("a", "b")
#: The filters a side may have of its own, offered on the page.
OWN_CHOICES = tuple(name for name in CHOICES if name not in ("hour", "country"))


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


def whole(side: Side, measured: str) -> Tally:
    """Return what is measured of all of a side's sessions."""
    return (side.cells.get(ALL) or (NOBODY,))[0].tally(measured)


def is_picked(a: Side, b: Side) -> bool:
    """Tell whether a side's sessions were picked by prediction or outcome, where outcomes are known."""
    measured = all(whole(side, "conversion").n for side in (a, b))
    return measured and (a.filters.by_prediction or b.filters.by_prediction)


def shared_groupings(a: Side, b: Side, *, same_model: bool) -> tuple[str, ...]:
    """Return the groupings both sides have; clusters only where one model has made them."""
    return tuple(
        by for by in GROUPINGS if a.cells.get(by) and b.cells.get(by) and (by != "cluster" or same_model)
    )


def tells_more(a: Side, b: Side, by: str) -> bool:
    """Tell whether a grouping says more than the whole: not with one group, or none that both have."""
    one, other = ({cell.key for cell in side.cells[by] if cell.n} for side in (a, b))
    return len(one | other) > 1 and bool(one & other)
