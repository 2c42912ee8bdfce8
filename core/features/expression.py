"""The one definition of the session row, as an Ibis expression.

Only what Ibis compiles both for DuckDB and for PySpark is used: no ``mode``, no ``arg_min`` (DuckDB
would sort for it), no microseconds of a timestamp. What an export cannot tell is null in every row.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis

from core.events import EventType, Told
from core.features.events import before_purchase, first_purchases, in_sessions, only_first
from core.features.places import country_group
from core.sessions import SESSION_FIELDS
from core.vocabulary import COLOUR_GROUP_OF

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
FIRST_TOLD = ("visitor_id", "country", "device", "channel")
#: Sums of amounts are rounded to this many digits, so that the order of adding doesn't show.
DIGITS = 6
WEEKDAYS = 5

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
    rows = in_sessions(events, told, gap_minutes)
    firsts = first_purchases(rows, told) if told.has_outcomes else None
    seen = before_purchase(rows, firsts, told)
    if first_events is not None:
        seen = only_first(seen, first_events, told)
    parts = [_totals(seen, told)]
    if "product_id" in told.columns:
        parts.append(_distinct(seen, "product_id", "unique_products"))
    if "category" in told.columns:
        parts.append(_categories(seen))
    summed = reduce(lambda left, right: left.left_join(right, "session_id").drop("session_id_right"), parts)
    every = _with_outcomes(summed, firsts) if firsts is not None else summed
    return _finished(every, told, home_market)


def _totals(seen: Table, told: Told) -> Table:
    """Return what one grouping by session gives."""
    sums: dict[str, Value] = {"n_events": seen.count()}
    for name, kinds in COUNTS.items():
        if expressible := [str(kind) for kind in kinds if kind in told.event_types]:
            sums[name] = seen.count(where=seen.event_type.isin(expressible))
    if "timestamp" in told.columns:
        sums |= {"last_time": seen.timestamp.max(), "first_time": seen.timestamp.min()}
        sums["n_times"] = seen.timestamp.count()
    if "date" in told.columns:
        sums["first_date"] = seen.date.min()
    if "price" in told.columns:
        sums |= _price_sums(seen, told)
    if "colour" in told.columns:
        sums |= _colour_counts(seen)
    for name in FIRST_TOLD:
        if name in told.columns:
            sums |= {name: seen[name].min(), f"{name}_max": seen[name].max()}
    if "is_returning" in told.columns:
        sums["is_returning"] = seen.is_returning.any()
    return seen.group_by("session_id").aggregate(**sums)


def _price_sums(seen: Table, told: Told) -> dict[str, Value]:
    sums = {"price_sum": seen.price.sum(), "price_max": seen.price.max(), "n_prices": seen.price.count()}
    pieces = seen.quantity.fill_null(1.0) if "quantity" in told.columns else 1.0
    signs = seen.event_type.cases((str(EventType.CART_ADD), 1.0), (str(EventType.CART_REMOVE), -1.0))
    return sums | {"cart_sum": (seen.price * pieces * signs).sum()}


def _colour_counts(seen: Table) -> dict[str, Value]:
    members: dict[str, list[str]] = {}
    for colour, group in COLOUR_GROUP_OF.items():
        members.setdefault(group, []).append(colour)
    lower = seen.colour.lower()
    return {f"colour_{group}": seen.count(where=lower.isin(colours)) for group, colours in members.items()}


def _distinct(seen: Table, column: str, name: str) -> Table:
    told = seen.filter(seen[column].notnull())
    pairs = told.select("session_id", column).distinct()
    return pairs.group_by("session_id").aggregate(**{name: pairs.count()})


def _categories(seen: Table) -> Table:
    """Return the number of categories and the dominant one: most frequent, then alphabetical."""
    told = seen.filter(seen.category.notnull())
    counts = told.group_by("session_id", "category").aggregate(n=told.count())
    # The smallest of "how rare, then which": one minimum instead of a ranking.
    rarity = (10**12 - counts.n).cast("string").lpad(12, "0")
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
        made["hour"] = ibis.coalesce(*starts).hour()
    if "date" in told.columns:
        starts.append(every.first_date.cast("timestamp"))
        if told.has_outcomes:
            starts.append(every.bought_date.cast("timestamp"))
    if starts:
        start = ibis.coalesce(*starts)
        made["started_at"] = start
        made["day_of_week"] = start.day_of_week.index() + 1
        made["is_weekday"] = made["day_of_week"] <= WEEKDAYS
    return made


def _cart(every: Table, told: Told) -> dict[str, Value]:
    names = [name for name in ("cart_adds", "cart_removes") if name in every.columns]
    if "cart_adds" not in names:
        return {}
    changes = sum((every[name].fill_null(0) for name in names), ibis.literal(0))
    known = ibis.greatest(every.cart_sum.round(DIGITS), 0.0)
    empty = ibis.ifelse(changes == 0, 0.0, ibis.null("float64"))
    return {"cart_value": ibis.ifelse(every.cart_sum.notnull(), known, empty)}


def _dominant_colour(every: Table) -> Value:
    groups = sorted(set(COLOUR_GROUP_OF.values()))
    counts = {group: every[f"colour_{group}"].fill_null(0) for group in groups}
    most = ibis.greatest(*counts.values())
    # Alphabetical order of the branches settles ties.
    return ibis.cases(*((((count == most) & (most > 0)), group) for group, count in counts.items()))
