"""The one definition of the session row, as an Ibis expression.

Only what Ibis compiles both for DuckDB and for PySpark is used: no ``mode``, no ``arg_min`` (DuckDB
would sort for it), no microseconds of a timestamp. What an export cannot tell is null in every row.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis

from core.features.events import before_purchase, first_purchases, in_sessions, only_first, with_hue
from core.features.places import country_group
from core.schema.events import EventType, Told
from core.schema.sessions import SESSION_FIELDS
from core.schema.vocabulary import COLOUR_GROUP_OF

#: Session column -> the event types it counts.
COUNTS: dict[str, tuple[EventType, ...]] = {
    "clicks": (EventType.CLICK, EventType.PRODUCT_VIEW),
    "page_views": (EventType.PAGE_VIEW, EventType.LIST_VIEW),
    "product_views": (EventType.PRODUCT_VIEW,),
    "searches": (EventType.SEARCH,),
    "cart_adds": (EventType.CART_ADD,),
    "cart_removes": (EventType.CART_REMOVE,),
    "checkouts": (EventType.CHECKOUT,),
}
#: What is said of a visitor event by event: the first one told counts.
FIRST_TOLD = ("visitor_id", "country", "device", "channel", "utc_offset")
#: Sums of amounts are rounded to this many digits, so that the order of adding doesn't show.
DIGITS = 6
#: Colour groups in alphabetical order, which settles ties.
COLOURS = tuple(sorted(set(COLOUR_GROUP_OF.values())))
WEEKDAYS = 5
#: What stands for an unknown moment where the first one is looked for.
LAST = {
    "first_time": ibis.timestamp("9999-12-31 00:00:00"),
    "first_date": ibis.date("9999-12-31"),
    "first_order": ibis.literal(2**62),
}

Table = Any
Value = Any


def session_rows(
    events: Table,
    *,
    told: Told,
    home_market: str = "DE",
    gap_minutes: int = 30,
    first_events: int | None = None,
) -> Table:
    """Return one row a session (``SESSION_SCHEMA``) from canonical events (``EVENT_SCHEMA``).

    Parameters
    ----------
    events
        An Ibis table.
    told
        What the export can tell; the rest is null.
    home_market
        ISO code of the country that is a country group of its own.
    gap_minutes
        Silence that ends a visitor's session, where the export has no session key.
    first_events
        Cut each session after that many events (before its first purchase); outcomes stay.
    """
    # Names make common table expressions, which engines work out once and keep. Reading the events again
    # for every use is cheaper than keeping all of them, but not where they were sorted.
    rows = in_sessions(events, told, gap_minutes)
    if not told.has_session_key:
        rows = rows.alias("rows")
    firsts = first_purchases(rows, told).alias("firsts") if told.has_outcomes else None
    seen = before_purchase(rows, firsts, told)
    if first_events is not None:
        seen = only_first(seen, first_events).alias("seen")
    parts = [_totals(with_hue(seen, events) if "colour" in told.columns else seen, told)]
    if "product_id" in told.columns:
        parts.append(_distinct(seen, "product_id", "unique_products"))
    if "category" in told.columns:
        parts.append(_categories(seen))
    summed = reduce(lambda left, right: left.left_join(right, "session_id").drop("session_id_right"), parts)
    every = _with_outcomes(summed, firsts) if firsts is not None else summed
    return _finished(every, told, home_market)


def _totals(seen: Table, told: Told) -> Table:
    """Return what plain sums by session give, and the visitor's particulars.

    Grouped by session and particulars, which nearly always gives one row a session already. The
    few sessions that have several are put together; aggregating particulars of all would cost more.
    """
    who = [name for name in FIRST_TOLD if name in told.columns]
    sums = _sums(seen, told)
    when = [name for name in LAST if name in sums]
    by_who = seen.group_by("session_id", *who).aggregate(**{name: value for name, (value, _) in sums.items()})
    if not who:
        return by_who
    by_who = by_who.alias("by_who")
    rows = by_who.group_by("session_id").aggregate(parts=by_who.count())
    several = rows.filter(rows.parts > 1)
    whole = by_who.anti_join(several, "session_id")
    pieces = by_who.semi_join(several, "session_id")
    again = {name: _put_together(pieces[name], how) for name, (_, how) in sums.items()}
    first = {name: _first_told(pieces, name, when) for name in who}
    merged = pieces.group_by("session_id").aggregate(**again, **first)
    columns = ["session_id", *who, *sums]
    types = {name: whole[name].type() for name in columns}
    return whole.select(columns).union(merged.select(columns).cast(types))


def _put_together(parts: Value, how: str) -> Value:
    """Return the sum (or what else adds up) of parts, in their type."""
    if how == "sum" and parts.type().is_integer():
        # DuckDB's sum of whole numbers has 128 bits, which Parquet would store as decimals.
        return parts.cast("float64").sum().cast("int64")
    return getattr(parts, how)()


def _first_told(pieces: Table, name: str, when: list[str]) -> Value:
    """Return the earliest value told; of those told at the same moment, the alphabetically first."""
    # Unknown moments come last on every engine, whatever it thinks of nulls.
    keys = {column: ibis.coalesce(pieces[column], LAST[column]) for column in when}
    return ibis.struct({**keys, "value": pieces[name]}).min(where=pieces[name].notnull())["value"]


def _sums(seen: Table, told: Told) -> dict[str, tuple[Value, str]]:
    """Return each sum over events, with the name of what adds up sums of parts."""
    sums: dict[str, tuple[Value, str]] = {"n_events": (seen.count(), "sum")}
    for name, kinds in COUNTS.items():
        if expressible := [str(kind) for kind in kinds if kind in told.event_types]:
            sums[name] = (count_of(seen.event_type.isin(expressible)), "sum")
    if "timestamp" in told.columns:
        sums |= {"last_time": (seen.timestamp.max(), "max"), "first_time": (seen.timestamp.min(), "min")}
        sums["n_times"] = (seen.timestamp.count(), "sum")
    if "date" in told.columns:
        sums["first_date"] = (seen.date.min(), "min")
    if "order" in told.columns:
        sums["first_order"] = (seen.order.min(), "min")
    if "price" in told.columns:
        pieces = seen.quantity.fill_null(1.0) if "quantity" in told.columns else 1.0
        signs = seen.event_type.cases((str(EventType.CART_ADD), 1.0), (str(EventType.CART_REMOVE), -1.0))
        sums |= {"price_sum": (seen.price.sum(), "sum"), "price_max": (seen.price.max(), "max")}
        sums |= {
            "n_prices": (seen.price.count(), "sum"),
            "cart_sum": ((seen.price * pieces * signs).sum(), "sum"),
        }
    if "colour" in told.columns:
        sums |= {f"colour_{group}": (count_of(seen.hue == group), "sum") for group in COLOURS}
    if "is_returning" in told.columns:
        sums["is_returning"] = (seen.is_returning.any(), "any")
    return sums


def count_of(condition: Value) -> Value:
    """Return how many rows fulfil a condition (DuckDB filters an aggregate several times slower)."""
    return ibis.ifelse(condition, 1, ibis.null("int8")).count()


def _distinct(seen: Table, column: str, name: str) -> Table:
    told = seen.filter(seen[column].notnull())
    pairs = told.select("session_id", column).distinct()
    return pairs.group_by("session_id").aggregate(**{name: pairs.count()})


def _categories(seen: Table) -> Table:
    """Return the number of categories and the dominant one: most frequent, then alphabetical."""
    told = seen.filter(seen.category.notnull())
    counts = told.group_by("session_id", "category").aggregate(n=told.count())
    # The smallest of "how rare, then which": one minimum instead of a ranking.
    # Of fewer than 900 billion, the difference has twelve digits, so texts are in the order of numbers.
    rarity = (10**12 - counts.n).cast("string")
    ranked = counts.mutate(rank=rarity + counts.category)
    best = ranked.group_by("session_id").aggregate(
        unique_categories=ranked.count(), best=ranked["rank"].min()
    )
    return best.mutate(dominant_category=best.best.substr(12)).drop("best")


def _with_outcomes(summed: Table, firsts: Table) -> Table:
    """Add the outcome, and the sessions in which nothing came before the purchase."""
    joined = summed.outer_join(firsts, "session_id", rname="bought_{name}")
    return joined.mutate(session_id=joined.session_id.fill_null(joined.bought_session_id))


def _finished(every: Table, told: Told, home_market: str) -> Table:
    """Turn sums into features; add nulls for what is not told; put columns in order."""
    made: dict[str, Value] = {"session_id": every.session_id}
    for name in ("n_events", *COUNTS, "unique_products", "unique_categories"):
        if name in every.columns:
            made[name] = every[name].fill_null(0)
    made |= _times(every, told)
    if "price" in told.columns:
        made["price_mean"] = every.price_sum.round(DIGITS) / every.n_prices.nullif(0)
        made["price_max"] = every.price_max
        made |= _cart(every, told)
    if "colour" in told.columns:
        made["dominant_colour_group"] = _dominant_colour(every)
    for name in ("dominant_category", "is_returning", "country", "device", "channel", "visitor_id"):
        if name in every.columns:
            made[name] = every[name]
    if "bought_visitor_id" in every.columns:
        made["visitor_id"] = every.visitor_id.fill_null(every.bought_visitor_id)
    if "country" in told.columns:
        made["country_group"] = country_group(every.country, home_market)
    if told.has_outcomes:
        bought = every.bought_session_id.notnull()
        made["purchased"] = bought
        made["revenue"] = ibis.ifelse(bought, every.bought_revenue.round(DIGITS), 0.0)
    return every.select(
        **{
            field.name: made.get(field.name, ibis.null()).cast(ibis.dtype(_IBIS_TYPES[str(field.dtype)]))
            for field in SESSION_FIELDS
        }
    )


_IBIS_TYPES = {
    "string": "string",
    "int64": "int64",
    "double": "float64",
    "bool": "boolean",
    "timestamp[us]": "timestamp(6)",
}


def _times(every: Table, told: Told) -> dict[str, Value]:
    made: dict[str, Value] = {}
    starts = []
    if "timestamp" in told.columns:
        micros = every.last_time.delta(every.first_time, unit="microsecond").cast("float64")
        made["duration_seconds"] = micros / 1e6
        gaps = every.n_times - 1
        made["mean_gap_seconds"] = ibis.ifelse(
            gaps > 0, made["duration_seconds"] / gaps, ibis.null("float64")
        )
        starts = [every.first_time]
        if told.has_outcomes:
            starts.append(every.bought_time)
        made["hour"] = _by_the_shop(ibis.coalesce(*starts), every).hour()
    if "date" in told.columns:
        starts.append(every.first_date.cast("timestamp"))
        if told.has_outcomes:
            starts.append(every.bought_date.cast("timestamp"))
    if starts:
        start = ibis.coalesce(*starts)
        made["started_at"] = start
        made["day_of_week"] = _by_the_shop(start, every).day_of_week.index() + 1
        made["is_weekday"] = made["day_of_week"] <= WEEKDAYS
    return made


def _by_the_shop(moment: Value, every: Table) -> Value:
    """Return a moment by the shop's clock, where that is known to differ from UTC."""
    offsets = [every[name] for name in ("utc_offset", "bought_utc_offset") if name in every.columns]
    if not offsets:
        return moment
    return moment + ibis.coalesce(*offsets, 0).as_interval("m")


def _cart(every: Table, told: Told) -> dict[str, Value]:
    names = [name for name in ("cart_adds", "cart_removes") if name in every.columns]
    if "cart_adds" not in names:
        return {}
    changes = sum((every[name].fill_null(0) for name in names), ibis.literal(0))
    known = ibis.greatest(every.cart_sum.round(DIGITS), 0.0)
    empty = ibis.ifelse(changes == 0, 0.0, ibis.null("float64"))
    return {"cart_value": ibis.ifelse(every.cart_sum.notnull(), known, empty)}


def _dominant_colour(every: Table) -> Value:
    counts = {group: every[f"colour_{group}"].fill_null(0) for group in COLOURS}
    most = ibis.greatest(*counts.values())
    # Alphabetical order of the branches settles ties.
    return ibis.cases(*((((count == most) & (most > 0)), group) for group, count in counts.items()))
