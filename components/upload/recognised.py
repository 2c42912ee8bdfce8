"""What a file was recognised as and why, what its columns become, and which rows were refused."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from components.base.format import NOTHING, date, date_time, money, number, size
from components.base.layout import banner, button, card, facts, simple_table
from core.base.shop import by_clock, shop_settings
from core.ingest.base.model import EXTRA, NESTED, UNREAD, is_time_zone
from core.results.sources import UTC_CLOCK
from core.schema.events import EventType
from core.schema.sessions import FIELD

if TYPE_CHECKING:
    from core.ingest import IngestReport, Recognition
    from core.storage import Dataset

TABLES = {
    "csv": "CSV",
    "tsv": "TSV",
    "jsonl": "JSON Lines",
    "parquet": "Parquet",
    "xlsx": "XLSX",
}
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
DECIMALS = {",": "comma", ".": "point"}
KINDS = {"events": "One row is one event", "sessions": "One row is one session"}
MOST_EXAMPLES = 3

#: Event columns in words: what each is called and what it holds.
EVENT_LABELS: dict[str, tuple[str, str]] = {
    "session_id": ("Session", "An id that all events of a visit have in common."),
    "visitor_id": (
        "Visitor",
        "The visitor. Without a session id, a visit ends after 30 minutes of inactivity.",
    ),
    "timestamp": ("Time", "Date and time of the event."),
    "date": ("Day", "The day, if there is no time of day."),
    "order": ("Order", "Position within the visit, if times are missing or tied."),
    "event_type": ("What happened", "View, search, cart, purchase."),
    "product_id": ("Product", "Product number or name."),
    "category": ("Category", "The product's category."),
    "colour": ("Colour", "The product's colour."),
    "brand": ("Brand", "The product's brand."),
    "price": ("Price", "Price of one unit."),
    "quantity": ("Quantity", "How many units."),
    "revenue": ("Revenue", "An order's total, on purchases."),
    "currency": ("Currency", "ISO code or sign of the amounts."),
    "country": ("Country", "Code or name."),
    "page": ("Page", "Address or title."),
    "device": ("Device", "Desktop, mobile, tablet."),
    "channel": ("Channel", "How the visitor arrived."),
    "is_returning": ("Returning visitor", "Has visited before."),
    "user_id": ("Account", "The id a visitor signed in with, beside that of their browser."),
    "order_id": ("Order number", "An order counts once, however often it was sent."),
    "order_status": ("Order status", "Cancelled and failed orders don't count as purchases."),
    "utc_offset": ("UTC offset", "Minutes between the shop's local time and UTC."),
    "event_id": ("Event ID", "An event sent twice counts once."),
    "user_agent": ("User agent", "The browser's name for itself; it identifies robots."),
}


def column_label(name: str, kind: str) -> str:
    """Return what a canonical column is called."""
    if kind == "events" and name in EVENT_LABELS:
        return EVENT_LABELS[name][0]
    return FIELD[name].label if name in FIELD else name.replace("_", " ").capitalize()


def event_label(event_type: str) -> str:
    """Return what an event type is called."""
    return str(event_type).replace("_", " ").capitalize()


def recognised(*, dataset: Dataset) -> Component:
    """Return what the file is, the reasons, and how it is written."""
    found = dataset.recognition
    known = [
        ("File" if len(dataset.files) == 1 else "Files", f"{dataset.filename}, {size(dataset.size_bytes)}"),
        *_facts(found),
    ]
    parts: list[Component | None] = [
        facts(*known),
        _reasons(found),
        *(html.P(note, className="mt-3 mb-0 small text-body-tertiary") for note in found.notes),
    ]
    is_unknown = found.needs_mapping and found.question is None
    title = "Not recognised" if is_unknown else f"Recognised as {found.title}"
    return card(*parts, title=title, subtitle=KINDS[found.kind])


def files_card(*, dataset: Dataset) -> Component | None:
    """Return the files of an export in several, each with its size; None if it is one file."""
    if len(dataset.files) == 1:
        return None
    names, told = ["File", "Size"], {}
    if dataset.report is not None and dataset.report.files:
        # What is left out once all files are seen together is counted for no file.
        is_final = sum(file.rows_kept for file in dataset.report.files) == dataset.report.rows_kept
        names += ["Rows read", "Rows kept" if is_final else "Readable rows"]
        told = {
            file.filename: [number(file.rows_read), number(file.rows_kept)] for file in dataset.report.files
        }
    rows = [
        [
            html.Span(file.filename, className="fw-medium text-break"),
            size(file.size_bytes),
            *told.get(file.filename, [NOTHING] * (len(names) - 2)),
        ]
        for file in dataset.files
    ]
    table = simple_table(names, rows, numeric=set(range(1, len(names))), caption="Files of the export")
    return card(
        html.Div(table, className="scroll-y"),
        title="Files",
        subtitle=f"{number(len(rows))}, read as one export",
        flush=True,
    )


def columns_table(*, recognition: Recognition) -> Component:
    """Return each column of the file with examples and what it becomes."""
    rows = [
        [
            html.Code(column.name),
            html.Span(
                ", ".join(column.examples[:MOST_EXAMPLES]) or "always empty",
                className="small text-body-tertiary text-break",
            ),
            _becomes(column.target, column.note, recognition.kind),
        ]
        for column in recognition.columns
    ]
    table = simple_table(["Column", "Examples", "Read as"], rows, caption="Columns of the file", stack=True)
    n_unused = sum(
        column.target is None and column.note in (None, NESTED, UNREAD) and bool(column.examples)
        for column in recognition.columns
    )
    n_kept = sum(column.note == EXTRA and bool(column.examples) for column in recognition.columns)
    unused = f"{number(n_unused)} not used" if n_unused else "" if n_kept else "all used"
    kept = f"{number(n_kept)} kept as columns of their own" if n_kept else ""
    return card(
        table,
        title="Columns",
        subtitle=", ".join(filter(None, (f"{number(len(recognition.columns))} in the file", unused, kept))),
        flush=True,
    )


def told_card(*, recognition: Recognition) -> Component | None:
    """Return what an event export can't tell, because then its pages can't either."""
    if recognition.kind != "events" or recognition.needs_mapping:
        return None
    wanted = (
        (EventType.PURCHASE, "purchases"),
        (EventType.CART_ADD, "additions to the cart"),
        (EventType.SEARCH, "searches"),
    )
    missing = [text for event_type, text in wanted if event_type not in recognition.told.event_types]
    if not missing:
        return None
    return banner(
        "info",
        f"Missing from the file: {_listed(missing)}.",
        "These count as unknown, not as zero. Predictions use what is there.",
    )


def refused(*, dataset: Dataset) -> Component | None:
    """Return how many rows were refused, by reason, with the file of them; None if none was."""
    report: IngestReport | None = dataset.report
    if report is None or not report.rejected:
        return None
    total = sum(report.rejected.values())
    rows = [
        [reason, number(count)]
        for reason, count in sorted(report.rejected.items(), key=lambda item: (-item[1], item[0]))
    ]
    return card(
        simple_table(["Reason", "Rows"], rows, numeric={1}, caption="Refused rows by reason"),
        title="Refused rows",
        subtitle=f"{number(total)} of {number(report.rows_read)} rows were left out",
        actions=button(
            "Download them",
            href=f"/api/datasets/{dataset.id}/rejected.csv",
            icon="download",
            external=True,
        ),
        flush=True,
    )


def _facts(found: Recognition) -> list[tuple[str, str]]:
    packed = "" if found.container.startswith("plain") else f", {found.container}"
    facts = [("Kind of file", f"{TABLES.get(found.table, found.table)}{packed}")]
    if found.encoding:
        facts.append(("Encoding", found.encoding))
    if found.separator:
        facts.append(("Separator", SEPARATORS.get(found.separator, found.separator)))
    if found.decimal:
        facts.append(("Decimal sign", DECIMALS.get(found.decimal, found.decimal)))
    return facts


def read_facts(*, report: IngestReport) -> list[tuple[str, str]]:
    """Return what came of reading the whole file, as names and values."""
    facts = [("Rows read", number(report.rows_read)), ("Rows kept", number(report.rows_kept))]
    if report.first and report.last:
        facts.append(("Period", _period(report.first, report.last, report.time_zone or UTC_CLOCK)))
        facts.append(("Time zone", report.time_zone or UTC_CLOCK))
    # Of several currencies, an order that names none is in none of theirs for certain.
    unit = (report.currency or shop_settings().currency) if len(report.money) == 1 else None
    for made in report.money:
        if made.refunded:
            amounts = (("paid", made.gross), ("refunded", made.refunded), ("net", made.net))
            said = ", ".join(f"{money(amount, made.currency or unit, 2)} {what}" for what, amount in amounts)
            facts.append(("Orders", said))
    if report.currency:
        facts.append(("Currency", report.currency))
    if report.robots:
        facts.append(("Left out as robots", number(report.robots)))
    return facts


def _period(first: str, last: str, time_zone: str) -> str:
    """Write when the first and the last session began, by the clock the export was read with."""
    zone = time_zone if is_time_zone(time_zone) else UTC_CLOCK
    for clock in (UTC_CLOCK, zone):
        moments = [by_clock(datetime.fromisoformat(moment), clock) for moment in (first, last)]
        if all(moment.time() == time.min for moment in moments):
            # An export that tells only days has all its moments at midnight.
            return " to ".join(date(moment.date()) for moment in moments)
    return " to ".join(date_time(moment, zone) for moment in (first, last))


def _reasons(found: Recognition) -> Component | None:
    if not found.reasons:
        return None
    return html.Div(
        [
            html.Div("Why", className="smaller fw-medium text-body-tertiary mt-3"),
            html.Ul([html.Li(reason) for reason in found.reasons], className="mt-1"),
        ]
    )


def _becomes(target: str | None, note: str | None, kind: str) -> Component:
    parts: list[Component] = []
    if target:
        parts.append(html.Span(column_label(target, kind)))
    elif not note:
        parts.append(html.Span("not used", className="small text-body-tertiary"))
    if note:
        parts.append(html.Div(note, className="small text-body-tertiary"))
    return html.Div(parts)


def _listed(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
