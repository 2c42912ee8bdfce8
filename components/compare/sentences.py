"""How two results are told apart and what has changed between them is said."""

from __future__ import annotations

from typing import Any

from components.base.format import MINUS, NOTHING, date_time, money, number, percent
from components.results.filters import said
from components.shared.labels import value_name
from core.base.written import counted
from core.results.comparison.comparison import Comparison, Why
from core.results.comparison.kpis import Kpi
from core.results.comparison.mix_and_rate import Decomposition, Effect
from core.results.comparison.sides import own_filters
from core.uplift.sentences import points, span

#: What a grouping is called: alone, and of several groups.
GROUPING_NAMES = {
    "channel": ("Channel", "channels"),
    "device": ("Device", "devices"),
    "country_group": ("Country group", "country groups"),
    "category": ("Main category", "main categories"),
    "weekday": ("Weekday", "weekdays"),
    "hour": ("Hour of day", "hours of the day"),
    "cluster": ("Cluster", "clusters"),
}
#: What an average is called, and what a session does to raise it.
MEASURED_NAMES = {
    "conversion": "Conversion",
    "probability": "Predicted conversion",
    "revenue": "Revenue per session",
    "expected": "Expected revenue per session",
}
#: Below this part of the whole change, a share in it is nothing to name.
WORTH_NAMING = 0.25


def labels(compared: Comparison, query: dict[str, Any]) -> tuple[str, str]:
    """Return what the two sides are called, so that nobody takes one for the other."""
    sides = {"a": compared.a, "b": compared.b}
    one = compared.a.source.path == compared.b.source.path
    own = {key: said(own_filters(query, key), side.view.cluster_names, None) for key, side in sides.items()}
    if one and [name for name, _ in own["a"]] == [name for name, _ in own["b"]] and len(own["a"]) == 1:
        # Both are told apart by one thing, which needs no name: email and ads.
        own = {key: [(name, text.partition(": ")[2] or text)] for key, [(name, text)] in own.items()}
    a, b = (
        ", ".join([*([] if one and own[key] else [side.source.name]), *(text for _, text in own[key])])
        for key, side in sides.items()
    )
    if a != b:
        return a, b
    if not one:
        made = [side.source.made for side in (compared.a, compared.b)]
        if made[0] != made[1]:
            return f"{a} (scored {date_time(made[0])})", f"{b} (scored {date_time(made[1])})"
    return f"{a} (first)", f"{b} (second)"


def group_name(compared: Comparison, by: str, key: Any) -> str:  # noqa: ANN401 (a group's value)
    """Return what a group is called."""
    return value_name(by, key, compared.a.view.cluster_names | compared.b.view.cluster_names)


def amount(value: float | None, measured: str, currency: str | None) -> str:
    """Write an average: a share in percent, or an amount."""
    if measured in ("conversion", "probability", "called", "share"):
        return percent(value)
    return money(value, currency)


def change(value: float, measured: str, currency: str | None) -> str:
    """Write what is added to an average: points, or an amount with its sign."""
    if measured in ("conversion", "probability", "called", "share"):
        return points(value)
    return signed_money(value, currency)


def signed_money(value: float, currency: str | None) -> str:
    """Write an amount with a plus where it is one."""
    text = money(value, currency)
    return f"+{text}" if value > 0 and any(digit in text for digit in "123456789") else text


def kpi_value(kpi: Kpi, value: float | None, currency: str | None) -> str:
    """Write one side's figure."""
    if value is None:
        return NOTHING
    if kpi.kind == "share":
        return percent(value)
    return money(value, currency) if kpi.kind == "money" else number(value, 0)


def kpi_difference(kpi: Kpi, currency: str | None) -> str:
    """Write how a figure differs, and by what part."""
    if kpi.a is None or kpi.b is None:
        return NOTHING
    # Of what is written as whole numbers, so that it is the difference anybody sees.
    value = round(kpi.b) - round(kpi.a) if kpi.kind == "count" else kpi.b - kpi.a
    if kpi.kind == "share":
        text = points(value)
    elif kpi.kind == "money":
        text = signed_money(value, currency)
    else:
        text = f"+{number(value, 0)}" if value > 0.5 else number(value, 0)
    return f"{text} ({signed_percent(kpi.relative)})" if kpi.relative is not None else text


def kpi_interval(kpi: Kpi, currency: str | None) -> str:
    """Write the 95% interval of a figure's difference."""
    found = kpi.difference
    if found is None:
        return NOTHING
    if kpi.kind == "share":
        return span(found.low, found.high)
    return f"{signed_money(found.low, currency)} to {signed_money(found.high, currency)}"


def signed_percent(share: float | None) -> str:
    """Write a share of change with its sign."""
    if share is None:
        return NOTHING
    digits = 0 if abs(share) >= 0.1 else 1
    text = f"{100 * abs(share):,.{digits}f}%"
    if float(text.rstrip("%").replace(",", "")) == 0:
        return "no change"
    return f"{MINUS if share < 0 else '+'}{text}"


def headline(compared: Comparison, names: tuple[str, str]) -> str:
    """Return in one or two sentences what differs."""
    by_name = {kpi.name: kpi for kpi in compared.kpis}
    told = []
    for choices in (("conversion", "probability"), ("revenue", "expected")):
        kpi = next((by_name[name] for name in choices if name in by_name), None)
        if kpi is not None and kpi.difference is not None:
            told.append(_told(kpi, compared.currency, names))
    return (
        " ".join(told)
        or f"{names[0]} has {counted(compared.a.n, 'session')}, {names[1]} {number(compared.b.n)}."
    )


def _told(kpi: Kpi, currency: str | None, names: tuple[str, str]) -> str:
    label, first, last = kpi.label, kpi_value(kpi, kpi.a, currency), kpi_value(kpi, kpi.b, currency)
    if not kpi.sure:
        return f"{label}: no difference beyond chance. {first} in {names[0]}, {last} in {names[1]}."
    way = "higher" if (kpi.b or 0) > (kpi.a or 0) else "lower"
    return (
        f"{label} is {way} in {names[1]}: {last} against {first} in {names[0]} "
        f"({kpi_difference(kpi, currency)}; 95% interval {kpi_interval(kpi, currency)})."
    )


def why_words(found: Decomposition, why: Why, currency: str | None) -> str:
    """Return how much of a difference is other groups, and how much is other figures of the same groups."""
    whole, mix, rate = (
        change(part, why.measured, currency) for part in (why.b - why.a, found.mix, found.rate)
    )
    name = GROUPING_NAMES[found.by][1]
    return (
        f"of {whole} in total, {mix} come from a different mix of {name} and {rate} from differences "
        "within them."
    )


def _rates(before: float, now: float, why: Why, currency: str | None) -> str:
    """Say how a group's own figure differs; one that stays as it is can still stand out from the others."""
    named = MEASURED_NAMES[why.measured].lower()
    then, told = (amount(rate, why.measured, currency) for rate in (before, now))
    if then == told:
        return f"the same {named} ({told})"
    return f"{'higher' if now > before else 'lower'} {named} ({told} against {then})"


def effect_words(effect: Effect, why: Why, name: str, currency: str | None) -> str:
    """Return what has changed about one group, and what that does to the whole."""
    parts = []
    within = effect.apart - effect.mix
    sizes = abs(effect.mix) + abs(within)
    if abs(effect.mix) >= WORTH_NAMING * sizes:
        more = "larger share" if effect.share_b > effect.share_a else "smaller share"
        parts.append(f"{more} ({percent(effect.share_b)} against {percent(effect.share_a)})")
    if effect.rate_a is None:
        parts.append("absent from the first")
    elif effect.rate_b is None:
        parts.append("absent from the second")
    elif abs(within) >= WORTH_NAMING * sizes:
        parts.append(_rates(effect.rate_a, effect.rate_b, why, currency))
    label = f"{GROUPING_NAMES[effect.by][0]} {name}"
    trend = next((found.rate for found in why.groupings if found.by == effect.by), 0.0)
    if effect.change * trend < 0 and abs(within) >= WORTH_NAMING * sizes:
        parts[-1] += ", against the trend"
    added = change(effect.total, why.measured, currency)
    return f"{label}: {' and '.join(parts)}. {added} overall."
