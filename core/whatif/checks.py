"""What a person should know about the session they describe.

An *invalid* value is one no session can have; until it is mended there is no answer. A *contradiction*
is a session nobody can have had; an *unusual* one is outside what the model was trained on. Neither of
these stops the answer: it is given, and the page says how far to trust it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from core.base.written import decimals, number
from core.bundle.predictor import FormField
from core.whatif.form import PARTS, Form, Value, as_number, linked_values

Level = Literal["invalid", "contradiction", "unusual"]
Numbers = dict[str, float]
Finding = tuple[str, str]

#: Seconds (or the same share of the value) two ways to tell one time may differ by.
TIME_TOLERANCE = 0.01

#: Ranges that end here or higher are told in whole numbers.
WHOLE_FROM = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One message, and the field it stands under."""

    field: str
    text: str
    level: Level


def check(form: Form, values: Mapping[str, Value]) -> list[Problem]:
    """Return what is invalid, contradictory or unusual about a session, in the order of the form's fields."""
    invalid = form.invalid(values)
    problems = [Problem(field=name, text=text, level="invalid") for name, text in invalid.items()]
    sound = {name: value for name, value in values.items() if name not in invalid}
    numbers = {name: number for name, value in sound.items() if (number := as_number(value)) is not None}
    for rule in CONTRADICTIONS:
        problems += [
            Problem(field=name, text=text, level="contradiction") for name, text in rule(numbers, sound)
        ]
    for rule in ODDITIES:
        problems += [Problem(field=name, text=text, level="unusual") for name, text in rule(numbers, sound)]
    problems += _outside(form, numbers)
    order = {field.name: position for position, field in enumerate(form.fields)}
    return sorted((p for p in problems if p.field in order), key=lambda problem: order[problem.field])


def usual_range(field: FormField) -> tuple[float, float] | None:
    """Return between what values nearly all sessions of the training data were, rounded outwards."""
    if field.minimum is None or field.maximum is None:
        return None
    whole = field.kind == "count" or field.maximum >= WHOLE_FROM
    scale = 1 if whole else 100
    return math.floor(field.minimum * scale) / scale, math.ceil(field.maximum * scale) / scale


def _outside(form: Form, numbers: Numbers) -> Iterator[Problem]:
    for field in form.fields:
        value, usual = numbers.get(field.name), usual_range(field)
        if value is None or usual is None:
            continue
        low, high = usual
        if not low <= value <= high:
            text = (
                f"Nearly all sessions the model learned from had {number(low, 6)} to {number(high, 6)}; "
                "further out its answer is a guess."
            )
            yield Problem(field=field.name, text=text, level="unusual")


def _price_order(numbers: Numbers, _: Mapping[str, Value]) -> Iterator[Finding]:
    if _known(numbers, "price_mean", "price_max") and numbers["price_max"] < numbers["price_mean"]:
        yield "price_max", "The highest price can't be below the average price."


def _products_are_clicks(numbers: Numbers, _: Mapping[str, Value]) -> Iterator[Finding]:
    if _known(numbers, "product_views", "clicks") and numbers["product_views"] > numbers["clicks"]:
        yield (
            "product_views",
            f"More products viewed ({numbers['product_views']:g}) than clicks ({numbers['clicks']:g}): "
            "opening a product counts as a click.",
        )


def _parts_within_events(numbers: Numbers, _: Mapping[str, Value]) -> Iterator[Finding]:
    if "n_events" not in numbers:
        return
    total, parts = numbers["n_events"], sum(numbers.get(name, 0) for name in PARTS)
    if parts > total:
        yield "n_events", f"Pages, clicks, searches and cart steps add up to {parts:g}: more than {total:g}."
    for name, what in (
        ("unique_products", "different products"),
        ("unique_categories", "different categories"),
    ):
        if numbers.get(name, 0) > total:
            yield name, f"{numbers[name]:g} {what} can't be seen in {total:g} events."
    if "clicks" not in numbers and numbers.get("product_views", 0) > total:
        yield "product_views", f"More products viewed ({numbers['product_views']:g}) than events ({total:g})."


def _pause_fits(numbers: Numbers, _: Mapping[str, Value]) -> Iterator[Finding]:
    if not _known(numbers, "duration_seconds", "mean_gap_seconds", "n_events") or numbers["n_events"] < 2:
        return
    pause = numbers["mean_gap_seconds"]
    fits = numbers["duration_seconds"] / (numbers["n_events"] - 1)
    if not math.isclose(pause, fits, rel_tol=TIME_TOLERANCE, abs_tol=TIME_TOLERANCE):
        yield (
            "mean_gap_seconds",
            f"{numbers['n_events']:g} events in {numbers['duration_seconds']:g} s "
            f"make an average pause of {decimals(fits, 1)} s.",
        )


def _weekday_fits(_: Numbers, values: Mapping[str, Value]) -> Iterator[Finding]:
    fits, is_weekday = linked_values(values)["is_weekday"], values.get("is_weekday")
    if fits is not None and is_weekday is not None and fits != is_weekday:
        yield "is_weekday", f"The day of week is {'a weekday' if fits else 'on the weekend'}."


def _cart_has_value(numbers: Numbers, _: Mapping[str, Value]) -> Iterator[Finding]:
    if not _known(numbers, "cart_adds", "cart_value"):
        return
    if numbers["cart_value"] > 0 and numbers["cart_adds"] == 0:
        yield "cart_value", "The cart has a value, yet nothing was added."
    if numbers["cart_value"] == 0 and numbers["cart_adds"] > numbers.get("cart_removes", 0):
        yield "cart_value", "There is something in the cart, yet its value is 0."


def _removes_within_adds(numbers: Numbers, _: Mapping[str, Value]) -> Iterator[Finding]:
    if _known(numbers, "cart_adds", "cart_removes") and numbers["cart_removes"] > numbers["cart_adds"]:
        yield "cart_removes", "More was removed from the cart than added during this visit."


def _known(numbers: Numbers, *names: str) -> bool:
    return all(name in numbers for name in names)


Rule = Callable[[Numbers, Mapping[str, Value]], Iterator[Finding]]

CONTRADICTIONS: tuple[Rule, ...] = (
    _price_order,
    _products_are_clicks,
    _parts_within_events,
    _pause_fits,
    _weekday_fits,
)

#: Sessions that can be, but are hardly ever meant: a cart kept from an earlier visit, free gifts.
ODDITIES: tuple[Rule, ...] = (_cart_has_value, _removes_within_adds)
