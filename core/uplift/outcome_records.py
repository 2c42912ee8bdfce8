"""What became of an audience, as it was read and is kept: counts and sums of the two groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from core.uplift.records import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two groups: how many are told of, what they did, and what was predicted of them.

    ``listed`` is how many of its ``n`` the outcomes name; ``contacted`` how many of those, by a column
    that says so, None without one. ``probability`` is the average predicted before, ``variance`` its spread.
    ``largest`` is what the one who paid most has paid.
    """

    n: int
    listed: int
    buyers: int
    revenue: float | None
    squares: float | None
    probability: float | None
    variance: float | None
    contacted: int | None = None
    largest: float | None = None

    @property
    def group(self) -> Group:
        """What the effect is reckoned from."""
        return Group(
            n=self.n, buyers=self.buyers, revenue=self.revenue, squares=self.squares, listed=self.listed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What became of an audience.

    ``source`` is the file or result it was read from. ``people`` are in the audience; ``ids`` are in the
    outcomes, ``matched`` of them in the audience, ``repeated`` rows of theirs were added to another one.
    ``columns`` says which column told what. ``currency`` is the one of its amounts, None where that is the
    audience's or not known; ``warnings`` are what of its rows was not counted, or counted on a guess.
    """

    source: str
    from_file: bool
    treated: Side
    held_out: Side
    people: int
    ids: int
    matched: int
    repeated: int
    columns: dict[str, str]
    notes: tuple[str, ...] = ()
    currency: str | None = None
    warnings: tuple[str, ...] = ()

    def only_listed(self) -> Self:
        """Return them with those left out nothing is told of: as ``missing`` "unknown" has it."""
        return replace(
            self,
            treated=replace(self.treated, n=self.treated.listed),
            held_out=replace(self.held_out, n=self.held_out.listed),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {**asdict(self), "notes": list(self.notes), "warnings": list(self.warnings)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Read what ``to_dict`` wrote."""
        sides = {name: Side(**told[name]) for name in ("treated", "held_out")}
        texts = {name: tuple(told.get(name, ())) for name in ("notes", "warnings")}
        return cls(**{**told, **sides, **texts})
