"""A session built event by event, and the link that shares it.

A journey is what a visitor does, in order, with the pause before each step, and who the visitor is. It ends
before any purchase: whether one comes is what the model is asked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa

from core.base.written import shortened
from core.schema.countries import country_code
from core.schema.events import EVENT_SCHEMA, EventType

#: Steps of a journey at most, letters of a text in it, and the longest pause in seconds.
MAX_STEPS, MAX_TEXT, MAX_PAUSE = 60, 60, 86_400
#: The highest price, and the most pieces of one thing.
MAX_PRICE, MAX_PIECES = 1_000_000.0, 1_000
#: What links call the steps, and in which order they are offered.
WORDS: dict[str, EventType] = {
    "page": EventType.PAGE_VIEW,
    "list": EventType.LIST_VIEW,
    "search": EventType.SEARCH,
    "product": EventType.PRODUCT_VIEW,
    "click": EventType.CLICK,
    "add": EventType.CART_ADD,
    "cart": EventType.CART_VIEW,
    "remove": EventType.CART_REMOVE,
    "checkout": EventType.CHECKOUT,
    "other": EventType.OTHER,
}
WORD_OF = {kind: word for word, kind in WORDS.items()}
#: Steps that are about a product.
OF_PRODUCT = frozenset({EventType.PRODUCT_VIEW, EventType.CLICK, EventType.CART_ADD, EventType.CART_REMOVE})
#: Steps that are about a category without a product.
OF_CATEGORY = frozenset({EventType.LIST_VIEW})
#: Arguments of a link.
STEPS, COUNTRY, RETURNING, DAY, HOUR = "steps", "country", "returning", "day", "hour"
YES, NO, UNKNOWN = "yes", "no", "unknown"
#: A Monday: only the weekday and the hour of a journey's start matter.
MONDAY = date(2026, 1, 5)
#: Between steps and between the parts of one, in a link; both may stand in an address as they are.
NEXT, PART = "~", ","
#: Stands for no steps at all, where there would be some otherwise.
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing a visitor does: what, how many seconds after the step before, and with which product."""

    kind: EventType
    after: float = 0.0
    product: str | None = None
    price: float | None = None
    category: str | None = None
    colour: str | None = None
    pieces: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Steps in order, and the visitor: country (ISO code), whether they return, and when it begins.

    ``day`` is 1 (Monday) to 7, ``hour`` 0 to 23, UTC; None is not known.
    """

    steps: tuple[Step, ...] = ()
    country: str | None = None
    returning: bool | None = False
    day: int = 2
    hour: int = 18

    @property
    def starts(self) -> datetime:
        """A moment on that weekday, in that hour."""
        return datetime.combine(MONDAY + timedelta(days=self.day - 1), datetime.min.time()).replace(
            hour=self.hour
        )

    def with_steps(self, steps: Sequence[Step]) -> Journey:
        """Return it with other steps."""
        return replace(self, steps=tuple(steps)[:MAX_STEPS])

    def to_query(self, start: Journey | None = None) -> str:
        """Return the link's query; of the visitor only what differs from ``start``."""
        start = start or Journey()
        arguments: dict[str, str] = {}
        if self.steps or start.steps:
            arguments[STEPS] = NEXT.join(_write_step(step) for step in self.steps) or NONE
        if self.country != start.country:
            arguments[COUNTRY] = self.country or UNKNOWN
        if self.returning != start.returning:
            arguments[RETURNING] = _write_flag(self.returning)
        if self.day != start.day:
            arguments[DAY] = str(self.day)
        if self.hour != start.hour:
            arguments[HOUR] = str(self.hour)
        return urlencode(arguments, safe=f"{PART}{NEXT}")


def read_journey(query: Mapping[str, str | None], start: Journey | None = None) -> tuple[Journey, list[str]]:
    """Read a link's arguments on top of ``start``; return a sentence for each that couldn't be used.

    Arguments that are none of a journey's are ignored.
    """
    start, notes = start or Journey(), []
    changes: dict[str, Any] = {}
    if (text := query.get(STEPS)) is not None:
        changes["steps"], more = _read_steps(text)
        notes += more
    if (text := query.get(COUNTRY)) is not None:
        code = country_code(text)
        if code is None and text.lower() != UNKNOWN:
            notes.append(f"“{shortened(text)}” isn't a country, so the country stays as it was.")
        else:
            changes["country"] = code
    if (text := query.get(RETURNING)) is not None:
        flags = {YES: True, NO: False, UNKNOWN: None}
        if text.lower() in flags:
            changes["returning"] = flags[text.lower()]
        else:
            notes.append(f"Returning visitor: “{shortened(text)}” is neither yes nor no.")
    for name, low, high in ((DAY, 1, 7), (HOUR, 0, 23)):
        if (text := query.get(name)) is not None:
            number = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else None
            if number is None or not low <= number <= high:
                notes.append(f"{name.capitalize()}: “{shortened(text)}” is not between {low} and {high}.")
            else:
                changes[name] = number
    return replace(start, **changes), notes


def from_events(events: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> tuple[Journey, list[str]]:
    """Return the journey of a recorded session, up to its first purchase.

    Parameters
    ----------
    events
        Canonical events in order.
    row
        Its session row: who the visitor is.
    """
    notes, steps, before = [], [], None
    for event in events:
        kind = EventType(event["event_type"])
        if kind is EventType.PURCHASE:
            notes.append("It ends before its purchase: nothing after a purchase counts towards a prediction.")
            break
        moment = event.get("timestamp")
        pause = (moment - before).total_seconds() if moment is not None and before is not None else 0.0
        before = moment or before
        steps.append(
            Step(
                kind=kind,
                after=max(pause, 0.0),
                product=event.get("product_id"),
                price=event.get("price"),
                category=event.get("category"),
                colour=event.get("colour"),
                pieces=event.get("quantity"),
            )
        )
    if len(steps) > MAX_STEPS:
        notes.append(f"It has {len(steps)} events; the first {MAX_STEPS} are shown.")
    start = Journey()
    return (
        Journey(
            steps=tuple(steps[:MAX_STEPS]),
            country=row.get("country"),
            returning=row.get("is_returning"),
            day=int(row.get("day_of_week") or start.day),
            hour=int(row["hour"]) if row.get("hour") is not None else start.hour,
        ),
        notes,
    )


def events_of(journey: Journey) -> pa.Table:
    """Return the events of every beginning of a journey: of its first step, its first two, and so on.

    Each beginning is a session of its own, called by how many steps it has, so that one question answers
    for all of them.
    """
    columns: dict[str, list[Any]] = {name: [] for name in EVENT_SCHEMA.names}
    moments, moment = [], journey.starts
    for place, step in enumerate(journey.steps):
        moment += timedelta(seconds=step.after if place else 0.0)
        moments.append(moment)
    for length in range(1, len(journey.steps) + 1):
        for place, step in enumerate(journey.steps[:length]):
            event = {
                "session_id": f"{length:04}",
                "timestamp": moments[place],
                "order": place,
                "event_type": str(step.kind),
                "product_id": step.product,
                "category": step.category,
                "colour": step.colour,
                "price": step.price,
                "quantity": step.pieces,
                "country": journey.country,
                "is_returning": journey.returning,
            }
            for name, column in columns.items():
                column.append(event.get(name))
    return pa.table(columns, schema=EVENT_SCHEMA)


def doubts(journey: Journey, gap_minutes: int) -> list[str]:
    """Say what no visitor can have done, or not in one visit."""
    doubts, held = [], 0
    for place, step in enumerate(journey.steps, start=1):
        if place > 1 and step.after > gap_minutes * 60:
            doubts.append(
                f"More than {gap_minutes} minutes pass before step {place}, which usually starts a new visit."
            )
        held += {EventType.CART_ADD: 1, EventType.CART_REMOVE: -1}.get(step.kind, 0)
        if held < 0:
            doubts.append(f"Step {place} removes something from an empty cart.")
            held = 0
    return doubts


def next_step(journey: Journey, kind: EventType, *, pause: float, usual: Step) -> Step:
    """Return a new step for the end of a journey: about the product at hand, or about a new one.

    ``usual`` is what the shop's products are like, for the first of them.
    """
    seen = [step for step in journey.steps if step.kind in OF_PRODUCT and step.product]
    last = seen[-1] if seen else None
    step = Step(kind=kind, after=pause if journey.steps else 0.0)
    if kind is EventType.PRODUCT_VIEW:
        like = last or usual
        return replace(
            step,
            product=_new_product({step.product for step in seen}),
            price=like.price,
            category=like.category,
            colour=like.colour,
        )
    if kind is EventType.CART_REMOVE:
        added = [step for step in seen if step.kind is EventType.CART_ADD]
        last = added[-1] if added else last
    if kind in OF_PRODUCT:
        like = last or replace(usual, product="A")
        return replace(
            step, product=like.product, price=like.price, category=like.category, colour=like.colour
        )
    if kind in OF_CATEGORY:
        return replace(step, category=last.category if last else usual.category)
    return step


def changed(step: Step, kind: EventType) -> Step:
    """Return a step as another kind, without what that kind says nothing of."""
    if kind in OF_PRODUCT:
        return replace(step, kind=kind)
    return Step(kind=kind, after=step.after, category=step.category if kind in OF_CATEGORY else None)


def read_number(value: object, most: float) -> float | None:
    """Read a number from 0 to ``most``; None where it isn't one."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= most else None


def read_text(value: object) -> str | None:
    """Read a short text on one line; None where there is nothing in it."""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in str(value or "")).split())
    return text[:MAX_TEXT] or None


def _new_product(known: set[str | None]) -> str:
    letters = (chr(ord("A") + place) for place in range(26))
    numbers = (f"A{place}" for place in range(1, MAX_STEPS + 1))
    return next(name for name in (*letters, *numbers) if name not in known)


def _read_steps(text: str) -> tuple[tuple[Step, ...], list[str]]:
    steps: list[Step] = []
    notes: list[str] = []
    written = [part for part in text.split(NEXT) if part and text != NONE]
    for place, part in enumerate(written, start=1):
        if len(steps) == MAX_STEPS:
            notes.append(f"The link has {len(written)} steps; the first {MAX_STEPS} are used.")
            break
        word, *rest = part.split(PART)
        if word in ("buy", EventType.PURCHASE):
            notes.append("A journey ends before the purchase, so later steps were left out.")
            break
        kind = WORDS.get(word)
        if kind is None:
            notes.append(f"Step {place}: “{shortened(word)}” isn't a known step, so it was left out.")
            continue
        steps.append(_read_step(kind, rest, place, notes))
    return tuple(steps), notes


def _read_step(kind: EventType, parts: list[str], place: int, notes: list[str]) -> Step:
    pause, product, price, category, colour, pieces = ([_unescaped(part) for part in parts] + [""] * 6)[:6]

    def number(text: str, most: float, what: str) -> float | None:
        found = read_number(text, most) if text else None
        if text and found is None:
            notes.append(f"Step {place}: “{shortened(text)}” isn't a {what}, so it was left out.")
        return found

    step = Step(
        kind=kind,
        after=number(pause, MAX_PAUSE, "number of seconds up to a day") or 0.0,
        product=read_text(product),
        price=number(price, MAX_PRICE, "price"),
        category=read_text(category),
        colour=read_text(colour),
        pieces=number(pieces, MAX_PIECES, "number of pieces"),
    )
    return changed(step, kind)


def _write_step(step: Step) -> str:
    parts = [
        WORD_OF[step.kind],
        _write_number(step.after),
        _escaped(step.product),
        _write_number(step.price),
        _escaped(step.category),
        _escaped(step.colour),
        _write_number(step.pieces),
    ]
    if step.after == 0 and not any(parts[2:]):
        return parts[0]
    while parts[-1] == "":
        parts.pop()
    return PART.join(parts)


def _write_number(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _write_flag(flag: bool | None) -> str:
    return UNKNOWN if flag is None else YES if flag else NO


def _escaped(text: str | None) -> str:
    return (text or "").replace("%", "%25").replace(PART, "%2C").replace(NEXT, "%7E")


def _unescaped(text: str) -> str:
    return text.replace("%7E", NEXT).replace("%2C", PART).replace("%25", "%")
