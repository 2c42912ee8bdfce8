"""What only the shop can say of how a file's cells are meant: the order of dates, thousands or decimals."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass
from typing import Literal

from core.ingest.base.model import Mapping
from core.ingest.columns import date_order, thousands
from core.ingest.files.head import Head


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, which choice answers it first, and what to set in a mapping."""

    text: str
    about: Literal["dates", "decimals"]

    @property
    def remedy(self) -> str:
        """What to do about it in a file of a mapping."""
        if self.about == "dates":
            return "Set “day_first” to true or false in a mapping."
        return 'Set “decimal” to "." or "," in a mapping.'


def open_question(head: Head, mapping: Mapping) -> Question | None:
    """Return what nothing in a file decides; None where all is clear."""
    return together([(date_order.open_dates(head, mapping), thousands.open_amounts(head, mapping))])


def together(
    found: Iterable[tuple[MappingABC[str, str], MappingABC[str, str]]],
) -> Question | None:
    """Return the question on open dates and open amounts (column -> example) of files."""
    dates: dict[str, str] = {}
    amounts: dict[str, str] = {}
    for open_dates, open_amounts in found:
        dates |= open_dates
        amounts |= open_amounts
    said = [date_order.question(dates)] if dates else []
    said += [thousands.question(amounts)] if amounts else []
    return Question(" ".join(said), "dates" if dates else "decimals") if said else None
