"""Amplitude's raw events, as its Export API writes them: lines of JSON.

Layout: Amplitude's "Export API" (``event_type``, ``event_time`` UTC, ``user_id``, ``device_id``,
``amplitude_id``, ``session_id``, ``event_properties``, ``$insert_id``, ``uuid``). ``amplitude_id`` is
whom Amplitude takes somebody for, whatever their devices and accounts, and on every event; a device may be
missing. ``session_id`` is the millisecond a session began, unique only with the device, and -1 where an
event is outside any. What events and properties are called is a shop's choice; revenue its older libraries
send as ``$revenue``. Tables, as of its own CSV, have the same names with blanks or underscores.
"""

from __future__ import annotations

from core.ingest.files.head import Head
from core.ingest.files.nested import TEXT, Layout
from core.ingest.formats.base import Format, Match, by_plain_name
from core.ingest.formats.guess import event_words, with_synonyms
from core.ingest.formats.segment import PROPERTIES, WORDS, commerce, is_order
from core.schema.events import EventType

_OWN = {
    "[amplitude] page viewed": EventType.PAGE_VIEW,
    **dict.fromkeys(
        ("session_start", "session_end", "[amplitude] element clicked", "[amplitude] element changed",
         "[amplitude] form started", "[amplitude] form submitted", "[amplitude] file downloaded",
         "$identify", "$groupidentify", "revenue_amount"),
        EventType.OTHER,
    ),
}  # fmt: skip
_BOUGHT = is_order("r.event_type", "revenue")
_VISITOR = "coalesce(r.amplitude_id, r.device_id)"
_OLDER = {"product_id": "$productId", "price": "$price", "quantity": "$quantity", "revenue": "$revenue",
          "currency": "$currency"}  # fmt: skip


def _commerce() -> dict[str, str]:
    """Return the columns of properties as shops name them or, of older libraries, as Amplitude does."""
    made = commerce(_BOUGHT, "r.event_properties")
    older = {name: f'r.event_properties."{own}"' for name, own in _OLDER.items()}
    older["revenue"] = f"CASE WHEN {_BOUGHT} THEN {older['revenue']} END"
    return {name: f"coalesce({sql}, {older[name]})" if name in older else sql for name, sql in made.items()}


def _find(head: Head) -> Match | None:
    """Recognise a table by its names, which no other source's have together."""
    columns = FORMAT.match_columns(head)
    names = by_plain_name(head)
    person = names.get("amplitudeid")
    if person is None or not {"event_type", "timestamp"} <= set(columns):
        return None
    columns["visitor_id"] = person
    completed = with_synonyms(head, columns)
    if completed is None or not event_words(head.values(columns["event_type"])):
        return None
    own = ", ".join((person, columns["event_type"], columns["timestamp"]))
    return Match(score=0.9, reasons=(f"It has the columns of {FORMAT.title}: {own}.",), columns=completed)


FORMAT = Format(
    key="amplitude",
    title="Amplitude events",
    kind="events",
    columns={
        "session_id": ("session", "session_id"),
        "visitor_id": ("visitor",),
        "user_id": ("user_id",),
        "timestamp": ("event_time",),
        "event_type": ("event_type",),
        "event_id": ("$insert_id",),
        "country": ("country",),
        "device": ("device",),
        "page": ("page",),
        "product_id": ("product_id",),
        "category": ("category",),
        "brand": ("brand",),
        "price": ("price",),
        "quantity": ("quantity",),
        "revenue": ("revenue",),
        "currency": ("currency",),
        "order_id": ("order_id",),
    },
    event_types={word: kind.value for word, kind in {**WORDS, **_OWN}.items()},
    told_types=frozenset(WORDS.values()),
    layouts=(
        Layout(
            needs=("event_type", "event_time", "amplitude_id", "event_properties"),
            shape={
                **dict.fromkeys(("event_type", "event_time", "user_id", "device_id", "amplitude_id"), TEXT),
                **dict.fromkeys(("session_id", "$insert_id", "uuid", "country", "device_family"), TEXT),
                **dict.fromkeys(("device_type", "platform"), TEXT),
                "event_properties": {
                    **PROPERTIES,
                    **dict.fromkeys(("[Amplitude] Page URL", *_OLDER.values()), TEXT),
                },
            },
            columns={
                # Of an event without a device, its visitor and silence say where it belongs.
                "session": "CASE WHEN r.session_id NOT IN ('-1', '0') "
                "THEN r.device_id || '.' || r.session_id END",
                "visitor": _VISITOR,
                "user_id": "r.user_id",
                "event_time": "r.event_time",
                "event_type": "r.event_type",
                "$insert_id": 'coalesce(r."$insert_id", r.uuid)',
                "country": "r.country",
                "device": "r.device_type",
                "page": 'coalesce(r.event_properties."[Amplitude] Page URL", r.event_properties.url)',
                **_commerce(),
            },
        ),
    ),
    is_open=True,
    visitor_keys=True,
    recogniser=_find,
)
