"""Which events count: the session each belongs to, and what comes before the first purchase."""

from __future__ import annotations

from typing import Any

import ibis

from core.schema.events import EventType, Told
from core.schema.vocabulary import COLOUR_GROUP_OF

Table = Any
Value = Any

#: Columns features read. Their order settles which of two events at the same moment is first.
READ = (
    "timestamp",
    "date",
    "order",
    "event_type",
    "product_id",
    "category",
    "colour",
    "price",
    "quantity",
    "revenue",
    "visitor_id",
    "country",
    "device",
    "channel",
    "is_returning",
    "utc_offset",
)


def in_sessions(events: Table, told: Told, gap_minutes: int, more: tuple[str, ...] = ()) -> Table:
    """Return what features read of the events that belong to a session, each with its ``session_id``.

    ``more`` are columns to keep besides, where they are told.
    """
    read = [name for name in (*READ, *more) if name in told.columns or name == "event_type"]
    if not told.has_session_key:
        return _sessionised(events.select(read), told, gap_minutes)
    return events.select("session_id", *read).filter(events.session_id.notnull())


def with_hue(seen: Table, events: Table) -> Table:
    """Add ``hue``, the colour's group: looked up once a colour of ``events``, not once an event."""
    members: dict[str, list[str]] = {}
    for colour, group in COLOUR_GROUP_OF.items():
        members.setdefault(group, []).append(colour)
    palette = events.select(hue_of="colour").distinct()
    name = palette.hue_of.lower()
    hue = ibis.cases(*((name.isin(colours), group) for group, colours in members.items()))
    palette = palette.mutate(hue=hue)
    palette = palette.filter(palette.hue.notnull())
    return seen.left_join(palette, seen.colour == palette.hue_of).drop("hue_of")


def _sessionised(events: Table, told: Told, gap_minutes: int) -> Table:
    """Cut each visitor's events where more than ``gap_minutes`` pass in silence."""
    known = events.filter(events.visitor_id.notnull())
    moments = []
    if "timestamp" in told.columns:
        moments.append(known.timestamp)
    if "date" in told.columns:
        moments.append(known.date.cast("timestamp"))
    if not moments:
        return known.mutate(session_id=known.visitor_id)
    known = known.mutate(moment=ibis.coalesce(*moments))
    in_time = ibis.window(group_by="visitor_id", order_by="moment")
    known = known.mutate(previous=known.moment.lag().over(in_time))
    begins = known.previous.isnull() | (known.moment > known.previous + ibis.interval(minutes=gap_minutes))
    known = known.mutate(begun=ibis.ifelse(begins, known.moment, ibis.null("timestamp")))
    # A range, not rows: events of the same moment share their session whatever order they come in.
    so_far = ibis.range_window(group_by="visitor_id", order_by="moment", preceding=None, following=0)
    known = known.mutate(begun=known.begun.max().over(so_far))
    clock = known.begun.strftime("%Y-%m-%d") + "T" + known.begun.strftime("%H:%M:%S") + "Z"
    return known.mutate(session_id=known.visitor_id + "@" + clock).drop("moment", "previous", "begun")


def first_purchases(rows: Table, told: Told) -> Table:
    """Return one row a buying session: when its first purchase was, and what it paid in total."""
    bought = rows.filter(rows.event_type == str(EventType.PURCHASE))
    bought = bought.mutate(paid=_paid(bought, told))
    # Money given back is no purchase. (Where rows could be looked at together, it stands apart already.)
    bought = bought.filter(bought.paid.isnull() | (bought.paid >= 0))
    sums: dict[str, Value] = {"revenue": bought.paid.sum()}
    for name, column in (("time", "timestamp"), ("date", "date"), ("order", "order")):
        if column in told.columns:
            # Where one of the purchases lacks it, nothing can be said to come before the first.
            complete = bought[column].count() == bought.count()
            sums[name] = ibis.ifelse(complete, bought[column].min(), ibis.null(bought[column].type()))
    if "visitor_id" in told.columns:
        sums["visitor_id"] = bought.visitor_id.min()
    if "utc_offset" in told.columns:
        sums["utc_offset"] = bought.utc_offset.min()
    firsts = bought.group_by("session_id").aggregate(**sums)
    return firsts.rename(**{f"bought_{name}": name for name in sums})


def _paid(bought: Table, told: Told) -> Value:
    ways = []
    if "revenue" in told.columns:
        ways.append(bought.revenue)
    if "price" in told.columns:
        pieces = bought.quantity.fill_null(1.0) if "quantity" in told.columns else 1.0
        ways.append(bought.price * pieces)
    return ibis.coalesce(*ways) if ways else ibis.null("float64")


def before_purchase(rows: Table, firsts: Table | None, told: Told) -> Table:
    """Keep the events strictly before their session's first purchase."""
    if firsts is None:
        return rows
    joined = rows.left_join(firsts, "session_id", rname="first_{name}")
    before: Value = ibis.literal(False)
    for name, column in (("date", "date"), ("order", "order"), ("time", "timestamp")):
        if column in told.columns:
            first = joined[f"bought_{name}"]
            comparable = joined[column].notnull() & first.notnull()
            before = ibis.ifelse(comparable, joined[column] < first, before)
    kept = joined.filter(joined.first_session_id.isnull() | before)
    return kept.select(rows.columns)


def only_first(seen: Table, k: int) -> Table:
    """Keep each session's first ``k`` events."""
    order = [name for name in READ if name in seen.columns]
    ranked = seen.mutate(place=ibis.row_number().over(ibis.window(group_by="session_id", order_by=order)))
    return ranked.filter(ranked.place < k).drop("place")
