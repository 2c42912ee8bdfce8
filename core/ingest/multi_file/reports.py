"""What came of several files, as one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from core.ingest.base.assumptions import Assumption, added_up, worst_first
from core.ingest.base.model import FileReport, IngestReport
from core.ingest.formats import get_format
from core.ingest.multi_file.names import listed
from core.ingest.multi_file.parts import Merged, Part, main_currency
from core.schema.events import Told

#: Notes listed of several files at most.
MOST_NOTES = 20


def combined_report(parts: Sequence[Part], merged: Merged) -> IngestReport:
    """Add up what came of each file, less what stood in another one."""
    reports = [each.report for each in parts]
    rejected: Counter[str] = Counter()
    for counts in (*(report.rejected for report in reports), *merged.refused.values()):
        rejected.update(counts)
    files = []
    for each in parts:
        doubled = sum(merged.refused.get(each.filename, {}).values())
        read, kept = each.report.rows_read, each.report.rows_kept - doubled
        files.append(FileReport(filename=each.filename, rows_read=read, rows_kept=kept))
    currency = main_currency(parts)
    notes = notes_together([(each.filename, each.mapping.format, each.report.notes) for each in parts])
    assumptions = [made for report in reports for made in report.assumptions] + merged.assumptions
    notes += [made.text for made in merged.assumptions]
    others = {report.currency for report in reports} - {currency, None}
    if others and reports[0].kind == "sessions":
        text = (
            f"The files' amounts are in several currencies, which are never added up: those that aren't in "
            f"{currency} count as unknown."
        )
        notes.append(text)
        assumptions.append(Assumption("warning", text))
    moments = [report for report in reports if report.first and report.last]
    return replace(
        reports[0],
        rows_read=sum(file.rows_read for file in files),
        rows_kept=sum(file.rows_kept for file in files),
        rejected=dict(sorted(rejected.items(), key=lambda item: (-item[1], item[0]))),
        told=told_together([report.told for report in reports]),
        currency=currency,
        first=min((str(report.first) for report in moments), default=None),
        last=max((str(report.last) for report in moments), default=None),
        extras=tuple(dict.fromkeys(name for report in reports for name in report.extras)),
        notes=tuple(notes),
        files=tuple(files),
        assumptions=worst_first(assumptions),
        money=added_up([*(money for report in reports for money in report.money), *merged.money]),
        robots=sum(report.robots for report in reports),
    )


def told_together(told: Sequence[Told]) -> Told:
    """Return the columns and types of events that any file tells."""
    columns: frozenset[str] = frozenset().union(*(each.columns for each in told))
    return Told(columns=columns, event_types=frozenset[str]().union(*(each.event_types for each in told)))


def notes_together(files: Sequence[tuple[str, str | None, Sequence[str]]]) -> list[str]:
    """Return each note once, given files with their formats; one that not every file has says of which it is.

    Of tables of several formats, what each lacks by itself isn't said: another one may have it.
    """
    is_one_format = len({form for _, form, _ in files}) == 1
    by_note: dict[str, list[str]] = {}
    for filename, key, found in files:
        form = get_format(key)
        for note in found:
            if is_one_format or form is None or note not in form.notes:
                by_note.setdefault(note, []).append(filename)
    told = [
        note if len(filenames) == len(files) else f"{listed(filenames)}: {note}"
        for note, filenames in by_note.items()
    ]
    more = len(told) - MOST_NOTES
    return [*told[:MOST_NOTES], *([f"And {more} more notes on individual files."] if more > 0 else [])]
