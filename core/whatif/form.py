"""The what-if form without a browser: its values, the row they make, and the link that shares them.

A *value* is what the session row holds (int, float, str, bool, or None for unknown). Three fields
follow from others (all events, the average pause, weekday or weekend); as long as they do, they are
*linked*: not asked for, not in the link, worked out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from core.base.written import shortened
from core.bundle.predictor import FormField

Value = int | float | str | bool | None
Values = dict[str, Value]

#: How a link writes a value nobody knows.
UNKNOWN = "unknown"
YES, NO = "yes", "no"

#: What adds up to all events. Opening a product is a click, so `product_views` isn't added again.
PARTS = ("page_views", "clicks", "searches", "cart_adds", "cart_removes", "checkouts")

#: Fields that follow from others as long as nobody says otherwise, and what they follow from.
LINKED: dict[str, tuple[str, ...]] = {
    "n_events": PARTS,
    "mean_gap_seconds": ("duration_seconds",),
    "is_weekday": ("day_of_week",),
}

#: How many scenarios are kept beside the one in the form, and what a link calls them.
KEPT = ("s1", "s2", "s3")

#: Arguments of a link that are no fields, with what a column of a shop's own is called that has such a name.
RESERVED = frozenset(
    {"result", "session", "bundle", "linked", "going_on", "curve", "of", "change", "name", *KEPT}
)
COLUMN = "column."

#: Limits that hold whatever a bundle was trained on.
HARD_LIMITS: dict[str, tuple[int, int]] = {"hour": (0, 23), "day_of_week": (1, 7)}
LAST_WEEKDAY = 5

#: Amounts and seconds are shown to this many decimals; an untouched field keeps its exact value.
SHOWN_DECIMALS = 2


@dataclass(frozen=True)
class Form:
    """The fields a bundle asks for, and what can be done with their values.

    ``others`` is the number of events no field counts (looking into the cart, and what a shop calls
    by names of its own): they are part of all events, and stay what they were while fields change.
    """

    fields: tuple[FormField, ...]
    others: int = 0

    def __init__(self, fields: Iterable[FormField], others: int = 0) -> None:
        object.__setattr__(self, "fields", tuple(fields))
        object.__setattr__(self, "others", others)

    @property
    def by_name(self) -> dict[str, FormField]:
        """The fields by name."""
        return {field.name: field for field in self.fields}

    @property
    def linked(self) -> tuple[str, ...]:
        """Names of the fields that can follow from others this bundle asks for."""
        names = set(self.by_name)
        return tuple(name for name, sources in LINKED.items() if name in names and names & set(sources))

    def defaults(self) -> Values:
        """Return the session the form starts with: an ordinary one, as the bundle saw them."""
        return self.link({field.name: _typed(field, field.default) for field in self.fields})

    def starting_from(self, values: Mapping[str, Value]) -> Form:
        """Return the form for a recorded session: with its events that no field counts."""
        n_events, counted = as_number(values.get("n_events")), _counted(values)
        others = int(n_events - counted) if n_events is not None and n_events >= counted else 0
        return Form(self.fields, others)

    def link(self, values: Mapping[str, Value]) -> Values:
        """Return the values with the linked fields worked out from the others."""
        worked_out = linked_values(values, self.others)
        return dict(values) | {name: worked_out[name] for name in self.linked}

    def is_linked(self, values: Mapping[str, Value]) -> bool:
        """Tell whether the linked fields are what the other fields make them."""
        worked_out = self.link(values)
        return all(_same(values.get(name), worked_out[name]) for name in self.linked)

    def from_row(self, row: Mapping[str, object]) -> Values:
        """Return the values of a session row; columns the form doesn't ask for are left out."""
        return {field.name: _typed(field, row.get(field.name)) for field in self.fields}

    def row(self, values: Mapping[str, Value]) -> Values:
        """Return the session row the values make, ready for ``Predictor.predict_one``."""
        return {field.name: values.get(field.name) for field in self.fields}

    def invalid(self, values: Mapping[str, Value]) -> dict[str, str]:
        """Return the fields whose value no session can have (a negative count, hour 30), each with why."""
        said = {field.name: impossible(field, values.get(field.name)) for field in self.fields}
        return {name: why for name, why in said.items() if why is not None}

    def from_query(
        self, query: Mapping[str, str | None], base: Values | None = None
    ) -> tuple[Values, list[str]]:
        """Read the arguments of a link on top of ``base`` (the defaults without it).

        Returns the values and a sentence for each argument that couldn't be used. Arguments the
        form doesn't know are ignored.
        """
        start = self.defaults() if base is None else base
        values, given, notes = dict(start), set(), []
        for field in self.fields:
            text = query.get(_argument(field.name))
            if text is None:
                continue
            try:
                values[field.name] = parse(field, text)
            except ValueError as error:
                notes.append(f"{field.label}: {error} The link's value was left out.")
            else:
                given.add(field.name)
        if self.is_linked(start) and given.isdisjoint(self.linked):
            values = self.link(values)
        return values, notes

    def to_query(self, values: Mapping[str, Value], base: Values | None = None) -> str:
        """Return the link's query: only what differs from ``base`` (the defaults without it)."""
        start = self.defaults() if base is None else base
        differing = {name for name in self.by_name if not _same(values.get(name), start.get(name))}
        if self.is_linked(start):
            # A linked field in a link says that they don't follow, so all are written or none is.
            linked = set(self.linked)
            differing = differing - linked if self.is_linked(values) else differing | linked
        return urlencode(
            {
                _argument(field.name): write(values.get(field.name))
                for field in self.fields
                if field.name in differing
            }
        )


def _argument(name: str) -> str:
    """Return what a field is called in a link."""
    return COLUMN + name if name in RESERVED else name


def linked_values(values: Mapping[str, Value], others: int = 0) -> Values:
    """Work out all events, the average pause in seconds and weekday or not from the other values."""
    known = others or any(as_number(values.get(name)) is not None for name in PARTS)
    n_events = max(1, int(_counted(values)) + others) if known else as_number(values.get("n_events"))
    duration, day = as_number(values.get("duration_seconds")), as_number(values.get("day_of_week"))
    has_gap = duration is not None and n_events is not None and n_events > 1
    return {
        "n_events": n_events,
        "mean_gap_seconds": duration / (n_events - 1) if has_gap else None,  # type: ignore[operator]
        "is_weekday": None if day is None else day <= LAST_WEEKDAY,
    }


def _counted(values: Mapping[str, Value]) -> float:
    return sum(as_number(values.get(name)) or 0.0 for name in PARTS)


def as_number(value: object) -> float | None:
    """Return a number as float, anything else (true and false too) as None."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None  # type: ignore[arg-type]


def impossible(field: FormField, value: Value) -> str | None:
    """Say why no session can have this value; None when one can."""
    number = as_number(value)
    if number is None or field.kind == "flag":
        return None
    low, high = HARD_LIMITS.get(field.name, (0 if _never_negative(field) else -math.inf, math.inf))
    if number < low and math.isinf(high):
        return f"{number:g} is less than 0."
    if not low <= number <= high:
        return f"{number:g} is not between {low} and {high}."
    if field.kind == "count" and not number.is_integer():
        return f"{number:g} is not a whole number."
    return None


def parse(field: FormField, text: str) -> Value:
    """Read one argument of a link.

    A number out of range is kept: the form shows it with its message, as if somebody had typed it.

    Raises
    ------
    ValueError
        With a plain sentence, if the field can't hold this value.
    """
    text = text.strip()
    choices = {str(choice): choice for choice in field.choices or ()} if field.kind == "category" else {}
    if text in choices:
        return _typed(field, choices[text])
    if text.lower() == UNKNOWN or not text:
        return None
    if field.kind == "flag":
        if text.lower() not in {YES, NO}:
            raise ValueError(f"“{shortened(text)}” is neither yes nor no.")
        return text.lower() == YES
    if field.kind == "category":
        raise ValueError(f"“{shortened(text)}” is not one of its choices.")
    try:
        value = _typed(field, float(text))
    except ValueError:
        raise ValueError(f"“{shortened(text)}” is not a number.") from None
    if value is None:
        raise ValueError(f"“{shortened(text)}” is not a number.")
    return value


def write(value: Value) -> str:
    """Write a value as a link does."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return YES if value else NO
    return repr(value) if isinstance(value, float) and not value.is_integer() else _plain(value)


def shown(value: Value) -> Value:
    """Return a value as a field shows it: amounts and seconds to two decimals, the rest as it is."""
    if not isinstance(value, float):
        return value
    rounded = round(value, SHOWN_DECIMALS)
    return int(rounded) if rounded.is_integer() else rounded


def exact(values: Mapping[str, Value], base: Mapping[str, Value]) -> Values:
    """Give untouched fields back the decimals that showing them took away.

    A session opened from a result must get the result's own prediction, to the last digit.
    """
    return {
        name: base[name] if name in base and _same(value, shown(base[name])) else value
        for name, value in values.items()
    }


def _typed(field: FormField, value: object) -> Value:
    """Return a value in the type of its column; missing in any spelling is None."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if field.kind == "flag":
        return bool(value)
    if field.kind == "category" and field.name not in HARD_LIMITS:
        return str(value)
    number = float(value)  # type: ignore[arg-type]
    whole = field.kind == "count" or field.name in HARD_LIMITS
    return int(number) if whole and number.is_integer() else number


def _never_negative(field: FormField) -> bool:
    return field.kind in {"count", "amount", "seconds"}


def _same(one: Value, other: Value) -> bool:
    if one is None or other is None or isinstance(one, str) or isinstance(other, str):
        return one == other
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)


def _plain(value: Value) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)
