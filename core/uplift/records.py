"""What a campaign is told by: the two groups, and the effect read off them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.stats.estimate import Estimate

#: "unclear": what is seen could be chance. "unknown": one of the groups is empty, or nobody of it is listed.
Verdict = Literal["more", "fewer", "unclear", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """People of one group: how many, how many of them bought, and what they paid in total.

    ``squares`` is the sum of what each paid, squared; both are None where revenue is not known. ``listed``
    is how many of them the outcomes name at all, None where that is not known.
    """

    n: int
    buyers: int
    revenue: float | None = None
    squares: float | None = None
    listed: int | None = None

    @property
    def share(self) -> float | None:
        """Share of buyers, of 1."""
        return self.buyers / self.n if self.n else None

    @property
    def mean(self) -> float | None:
        """Revenue per person."""
        return None if self.revenue is None or not self.n else self.revenue / self.n

    @property
    def variance(self) -> float | None:
        """Variance of revenue from person to person, over n - 1."""
        if self.revenue is None or self.squares is None or self.n < 2:
            return None
        return max(0.0, (self.squares - self.revenue**2 / self.n) / (self.n - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """How many people would have shown an effect in four of five campaigns.

    ``effect`` is a share of 1; ``per_group`` with as many held out as contacted, ``contacted`` and
    ``held_out`` with the groups' own proportion.
    """

    effect: float
    assumed: bool
    per_group: int
    contacted: int
    held_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplift:
    """The effect of a campaign.

    Shares and differences of them are of 1; ``relative`` is the gain over the share of the held out
    (0.25 is a quarter more), its ends possibly infinite. ``extra_buyers``, ``extra_revenue`` and
    ``profit`` are what all contacts together brought beyond what would have come anyway. ``power`` is how
    likely this campaign was to show ``needed.effect``, ``smallest`` the least gain it shows in four of
    five cases. What can't be told is None.
    """

    treated: Group
    held_out: Group
    cost_per_contact: float
    margin: float
    verdict: Verdict
    sentence: str
    chance: str
    cautions: tuple[str, ...]
    share: Estimate | None
    share_held_out: Estimate | None
    difference: Estimate | None = None
    relative: Estimate | None = None
    p_value: float | None = None
    extra_buyers: Estimate | None = None
    revenue_per_contact: Estimate | None = None
    extra_revenue: Estimate | None = None
    profit: Estimate | None = None
    needed: Needed | None = None
    power: float | None = None
    smallest: float | None = None

    @property
    def cost(self) -> float:
        """What all contacts cost."""
        return self.cost_per_contact * self.treated.n
