"""Columns of the day an order was called off or paid back: where one is filled, that is what became of it."""

from __future__ import annotations

from collections.abc import Iterable

from core.ingest.cells.sniff import looks_like_date, looks_like_time
from core.schema.countries import plain

_WORDS = {
    "cancelled": "cancelled, canceled, cancellation, voided, order cancelled, order canceled",
    "refunded": "refunded, refund, order refunded, reversed, charged back, chargeback",
}
_IN_OTHER_LANGUAGES = {
    "cancelled": "cancel date, storniert am, storno am, stornodatum, stornierungsdatum, annulliert am, "
    "annulé le, annulée le, date annulation, date d'annulation, date d’annulation, "
    "cancelado el, fecha cancelación, fecha de cancelación, fecha anulación, annullato il, "
    "data annullamento, data anulowania, geannuleerd op, annuleringsdatum",
    "refunded": "returned at, returned on, erstattet am, rückerstattet am, erstattungsdatum, retourniert am, "
    "retourendatum, remboursé le, date remboursement, date de remboursement, reembolsado el, "
    "fecha reembolso, fecha de reembolso, rimborsato il, data rimborso, data zwrotu, terugbetaald op, "
    "terugbetalingsdatum",
}
#: Column -> what a day in it says of its row's order. “Return date” is that of a journey.
STATUS_DATES: dict[str, str] = {
    plain(name): status
    for status, words in _WORDS.items()
    for word in words.split(", ")
    for name in (*(f"{word} {end}" for end in ("at", "on", "date", "time", "timestamp", "datetime")),
                 f"date {word}", f"time {word}")
} | {
    plain(name): status for status, names in _IN_OTHER_LANGUAGES.items() for name in names.split(", ")
}  # fmt: skip
#: What databases write for no time.
_NO_TIME = r"^\s*(0{4}|0001|1900-01-0|1970-01-01)"


def status_of_dates(name: str, cells: Iterable[str]) -> str | None:
    """Return what a day in a column says of an order; None where it has another name or other cells."""
    status, cells = STATUS_DATES.get(plain(name)), list(cells)
    if status is None or (cells and not (looks_like_time(cells) or looks_like_date(cells))):
        return None
    return status


def is_set(cell: str) -> str:
    """Return SQL of whether a cell holds a day."""
    return f"coalesce(regexp_matches({cell}, '[1-9]') AND NOT regexp_matches({cell}, '{_NO_TIME}'), false)"
