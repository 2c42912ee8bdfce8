"""The files of one export, each read by itself, before they are put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.base.sql import literal
from core.ingest.base.assumptions import Assumption, Money
from core.ingest.base.model import IngestReport, Mapping
from core.ingest.recognition.recognise import form_of, told_by

IN_ANOTHER = "It is an exact duplicate of a row in another file."
IN_ANOTHER_DETAILED = "Another file has the same event, with other details."


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file that was read: its name, how it was mapped, the folder with what came of it, the report."""

    filename: str
    mapping: Mapping
    folder: Path
    report: IngestReport

    @property
    def path(self) -> Path:
        """Its rows."""
        return self.folder / f"{self.report.kind}.parquet"

    @property
    def counts_rows(self) -> bool:
        """Whether the order of its events is that of its rows."""
        mapped = told_by(self.mapping, form_of(self.mapping)).columns
        return "order" in self.report.told.columns - mapped

    @property
    def is_timed(self) -> bool:
        """Whether its events have a time or order of their own, so that two equal ones are one twice."""
        return bool({"timestamp", "order"} & self.report.told.columns) and not self.counts_rows


@dataclass(slots=True)
class Merged:
    """What came of putting files together.

    ``refused`` are the rows that another file has, by file and reason; ``money`` what their files had counted
    of them already, below zero.
    """

    refused: dict[str, dict[str, int]] = field(default_factory=dict)
    assumptions: list[Assumption] = field(default_factory=list)
    money: tuple[Money, ...] = ()


def rows_of(parts: Sequence[Part]) -> str:
    """Return SQL of the rows of all parts, each with the number of its part and of itself in it."""
    paths = ", ".join(literal(part.path) for part in parts)
    return (
        "(SELECT r.* EXCLUDE (filename, file_row_number), number, file_row_number AS place FROM read_parquet("
        f"[{paths}], union_by_name = true, filename = true, file_row_number = true) r "
        "JOIN parts ON parts.path = r.filename)"
    )


def main_currency(parts: Sequence[Part]) -> str | None:
    """Return the currency of the files with most orders, or most rows; None if none is known.

    Of equals it is the alphabetically first.
    """
    orders, rows = Counter[str](), Counter[str]()
    for part in parts:
        if code := part.report.currency:
            rows[code] += part.report.rows_kept
            orders[code] += sum(money.orders for money in part.report.money if money.currency == code)
    return min(rows, key=lambda code: (-orders[code], -rows[code], code), default=None)
