"""What was taken for granted while an export was read, and its money by currency: parts of the report.

Whoever reads a number must be able to see what it rests on. Each assumption is one sentence with how
much hangs on it; the report lists them worst first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from core.base.written import agree, counted

Severity = Literal["error", "warning", "info"]
#: Worst first: numbers are probably wrong, may be wrong, are right if this is.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
_LABELS: dict[Severity, str] = {"error": "Wrong", "warning": "Check", "info": "Assumed"}
#: Said of amounts with three digits behind a sign.
THOUSANDS = "could mean thousands or decimals"
#: Said where robots' visits were left out.
ROBOTS_OUT = "from robots left out"
#: Said where the file itself marks rows as robots' or the team's.
MARKED_OUT = "marks as no customer's are left out"
#: Why a row counts once where several tables of a source have it: what is expected, and no fault of the file.
IN_OTHER_TABLE = "Another of the tables has the same event."


@dataclass(frozen=True, slots=True)
class Assumption:
    """One sentence on how an export was read, and how much hangs on it."""

    severity: Severity
    text: str

    @property
    def label(self) -> str:
        """What stands before it where it is printed."""
        return _LABELS[self.severity]

    @property
    def turned_by(self) -> Literal["dates", "decimals", "robots"] | None:
        """Which choice of reading turns it: day and month, the decimal sign, or whether robots count."""
        if "day/month" in self.text or "month/day" in self.text:
            return "dates"
        if THOUSANDS in self.text:
            return "decimals"
        return "robots" if ROBOTS_OUT in self.text or MARKED_OUT in self.text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What an export's orders come to in one currency (ISO code; None where the export names none).

    ``gross`` is what orders paid, discounts taken off; ``refunded`` (>= 0) what was given back. A
    session's revenue is its share of ``gross``.
    """

    currency: str | None
    orders: int
    gross: float
    refunded: float

    @property
    def net(self) -> float:
        """What was paid and not given back."""
        return self.gross - self.refunded


def unusable_cells(n: int, column: str) -> Assumption:
    """Say how many cells of a column of numbers can't be used."""
    return Assumption(
        "warning",
        f"{counted(n, 'cell')} of “{column}” can't be read, or {agree(n, 'is', 'are')} negative or absurd: "
        f"{agree(n, 'it counts', 'they count')} as unknown.",
    )


def added_up(money: Iterable[Money]) -> tuple[Money, ...]:
    """Return one sum for each currency, in the order they come first."""
    sums: dict[str | None, Money] = {}
    for each in money:
        before = sums.get(each.currency, Money(currency=each.currency, orders=0, gross=0.0, refunded=0.0))
        sums[each.currency] = Money(
            currency=each.currency,
            orders=before.orders + each.orders,
            gross=before.gross + each.gross,
            refunded=before.refunded + each.refunded,
        )
    return tuple(sums.values())


def worst_first(assumptions: Iterable[Assumption]) -> tuple[Assumption, ...]:
    """Return assumptions once each, the worst first, otherwise in the order they were made."""
    return tuple(sorted(dict.fromkeys(assumptions), key=lambda made: SEVERITIES.index(made.severity)))
