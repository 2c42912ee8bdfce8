"""What a campaign has brought: the verdict, its figures, the sizes it would have taken, how ids matched."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from dash import html
from dash.development.base_component import Component

from components.audiences.labels import people
from components.base.format import NOTHING, money, number, percent
from components.base.graph import graph
from components.base.layout import banner, card, kpi, kpi_row, section, simple_table
from components.compare.sentences import signed_percent
from components.figures.outcomes import Arm, arms_figure
from core.audiences import Definition
from core.audiences.definition import Kind
from core.stats.estimate import Z95, Estimate
from core.uplift import Group, Uplift
from core.uplift.cautions import Listing, cautions
from core.uplift.outcome_records import Outcomes, Side
from core.uplift.sentences import points, span

#: Ids of this component's charts.
SHARES = "outcomes-shares"
REVENUES = "outcomes-revenues"
HEIGHT = 190
#: An interval of amounts as wide as this says nothing about cents.
WIDE = 100.0
#: No line is broken here.
JOINED = "\u2060"
TONES = {"more": "success", "fewer": "danger", "unclear": "info", "unknown": "warning"}
CONTACTED, HELD = "Contacted", "Held out"


def answer(
    *,
    found: Outcomes,
    listed: Listing,
    uplift: Uplift,
    definition: Definition,
    currency: str | None,
    cost_currency: str | None,
) -> list[Component]:
    """Return all that is told of a campaign, first of all how many of each group are listed.

    ``currency`` is that of the outcomes' amounts, ``cost_currency`` the one a contact's cost was set in.
    """
    warned = [*cautions(found), *_currencies(uplift, currency, cost_currency), *uplift.cautions]
    parts = effect(
        found=found, listed=listed, uplift=uplift, definition=definition, currency=currency, warned=warned
    )
    return [*parts, _matched(found, definition.id_kind)]


def effect(
    *,
    found: Outcomes,
    listed: Listing,
    uplift: Uplift,
    definition: Definition,
    currency: str | None,
    warned: Sequence[str],
) -> list[Component]:
    """Return the effect with what speaks against it, its figures, both groups, and sizes it would take."""
    return [
        banner("danger" if listed.is_unequal else "info", listed.sentence),
        banner(TONES[uplift.verdict], uplift.sentence, uplift.chance or None),  # type: ignore[arg-type]
        *(
            [banner("warning", "Check before you act", html.Ul([html.Li(text) for text in warned]))]
            if warned
            else []
        ),
        *_figures(uplift, currency),
        _groups(found, uplift, definition, currency),
        *_sizes(uplift, definition.id_kind),
    ]


def _currencies(uplift: Uplift, currency: str | None, cost_currency: str | None) -> list[str]:
    if uplift.profit is None or not uplift.cost or None in (currency, cost_currency):
        return []
    if currency == cost_currency:
        return []
    return [
        f"Revenue is in {currency}, the audience's result in {cost_currency}: enter the cost per contact in "
        f"{currency}."
    ]


def _figures(uplift: Uplift, currency: str | None) -> list[Component]:
    if uplift.difference is None:
        return []
    parts = [
        kpi(
            "Uplift",
            points(uplift.difference.value),
            f"95% interval {span(uplift.difference.low, uplift.difference.high)}",
            tone=_tone(uplift.difference),
        ),
        kpi("Relative", _relative(uplift.relative), _relative_ends(uplift.relative)),
        kpi(
            "Extra buyers",
            _signed(uplift.extra_buyers),
            _ends(uplift.extra_buyers, lambda value: number(value, 0)),
        ),
    ]
    if uplift.extra_revenue is not None and uplift.revenue_per_contact is not None:
        parts.append(
            kpi(
                "Extra revenue",
                _amount(uplift.extra_revenue.value, uplift.extra_revenue, currency),
                _ends(uplift.extra_revenue, partial(_amount, of=uplift.extra_revenue, currency=currency)),
            )
        )
        parts.append(
            kpi(
                "Extra revenue per contact",
                _amount(uplift.revenue_per_contact.value, uplift.revenue_per_contact, currency),
                _ends(
                    uplift.revenue_per_contact,
                    partial(_amount, of=uplift.revenue_per_contact, currency=currency),
                ),
            )
        )
    if uplift.profit is not None:
        parts.append(
            kpi(
                "Profit",
                _amount(uplift.profit.value, uplift.profit, currency),
                _ends(uplift.profit, partial(_amount, of=uplift.profit, currency=currency)),
                tone=_tone(uplift.profit),
                help=(
                    f"Extra revenue times a margin of {percent(uplift.margin, 0)}, less "
                    f"{money(uplift.cost, currency)} for {number(uplift.treated.n)} contacts."
                ),
            )
        )
    return [kpi_row(*parts)]


def unit_words(definition: Definition) -> str:
    """Say what is counted, and what its interval takes for granted."""
    if definition.id_kind == "visitor":
        return (
            "Each visitor counts once, as a buyer or not, with everything they spent. The groups were split "
            "by visitor too, so the intervals hold however many sessions each visitor has."
        )
    if definition.one_row_per == "visitor":
        return "Sessions are counted, one per visitor."
    return (
        "Sessions are counted as if each were a different person’s, because the groups were split by "
        "session. A visitor with several may be in both groups, which makes the effect look smaller and "
        "the intervals narrower than they are."
    )


def _groups(found: Outcomes, uplift: Uplift, definition: Definition, currency: str | None) -> Component:
    kind = definition.id_kind
    who, one = people(kind), people(kind, 1)
    names = (CONTACTED, HELD)
    sides, groups = (found.treated, found.held_out), (uplift.treated, uplift.held_out)
    shares = (uplift.share, uplift.share_held_out)
    charts: list[Component] = []
    known = [(name, share, group) for name, share, group in zip(names, shares, groups, strict=True) if share]
    n = sum(group.n for group in groups)
    if known:
        arms = [
            Arm(
                label=name,
                value=100 * share.value,
                low=100 * share.low,
                high=100 * share.high,
                text=f"{number(group.buyers)} of {number(group.n)} bought ({percent(share.value, 2)})",
            )
            for name, share, group in known
        ]
        charts.append(
            graph(
                id=SHARES,
                figure=arms_figure(arms=arms, axis=f"bought, % of {who}"),
                title="Who bought",
                subtitle=f"Share of {who} that bought, with 95% interval",
                table={
                    "columns": ["Group", who.capitalize(), "Bought", "Share", "95% interval"],
                    "rows": [
                        [
                            name,
                            number(group.n),
                            number(group.buyers),
                            percent(share.value, 2),
                            f"{percent(share.low, 2)} to {percent(share.high, 2)}",
                        ]
                        for name, share, group in known
                    ],
                },
                height=HEIGHT,
                n=n,
                unit=who,
            )
        )
    paid = [
        (name, group)
        for name, group in zip(names, groups, strict=True)
        if group.variance is not None and group.listed
    ]
    if paid and any(group.revenue for _, group in paid):
        charts.append(_revenues(paid, n, kind, currency))
    rows = [_row(name, side, group, currency) for name, side, group in zip(names, sides, groups, strict=True)]
    table = card(
        simple_table(
            ["Group", who.capitalize(), "Bought", "Share", "Revenue", f"Revenue per {one}", "Predicted"],
            rows,
            numeric=(1, 2, 3, 4, 5, 6),
            caption="Both groups",
            stack=True,
        ),
        flush=True,
    )
    return section(
        html.Div(charts, className="columns mb-3"),
        table,
        title="The two groups",
        subtitle=unit_words(definition),
    )


def _revenues(paid: list[tuple[str, Group]], n: int, kind: Kind, currency: str | None) -> Component:
    one = people(kind, 1)
    arms = []
    for name, group in paid:
        mean, reach = group.mean or 0.0, Z95 * math.sqrt((group.variance or 0.0) / group.n)
        text = f"{money(mean, currency)} per {one}, {money(group.revenue, currency)} in total"
        arms.append(Arm(label=name, value=mean, low=max(0.0, mean - reach), high=mean + reach, text=text))
    return graph(
        id=REVENUES,
        figure=arms_figure(
            arms=arms, axis=f"revenue per {one}, {currency}" if currency else f"revenue per {one}"
        ),
        title="What they spent",
        subtitle=f"Average over all {people(kind)} of the group, with 95% interval",
        table={
            "columns": ["Group", f"Revenue per {one}", "95% interval"],
            "rows": [
                [
                    arm.label,
                    money(arm.value, currency),
                    f"{money(arm.low, currency)} to {money(arm.high, currency)}",
                ]
                for arm in arms
            ],
        },
        height=HEIGHT,
        n=n,
        unit=people(kind),
    )


def _row(name: str, side: Side, group: Group, currency: str | None) -> list[str]:
    if not side.listed:
        # Of people the outcomes don't name, nobody knows whether they bought.
        return [name, number(group.n), *[NOTHING] * 4, percent(side.probability, 2)]
    return [
        name,
        number(group.n),
        number(group.buyers),
        percent(group.share, 2),
        money(group.revenue, currency),
        money(group.mean, currency),
        percent(side.probability, 2),
    ]


def _sizes(uplift: Uplift, kind: Kind) -> list[Component]:
    told = []
    needed = uplift.needed
    if needed is not None:
        how = "as you assume" if needed.assumed else "as observed"
        told.append(
            f"An effect of {points(needed.effect)}, {how}, needs {number(needed.per_group)} {people(kind)} "
            "in each of two equal groups to show in four out of five campaigns. With the hold-out as it was, "
            f"it needs {number(needed.contacted)} contacted and {number(needed.held_out)} held out."
        )
        told.append(
            f"This campaign had {number(uplift.treated.n)} and {number(uplift.held_out.n)}: such an effect "
            f"would show in {_cases(uplift.power)} cases."
        )
    elif uplift.difference is not None:
        told.append("The groups don't differ at all, so no group size would show a difference.")
    if uplift.smallest is not None:
        told.append(f"It would show a gain of {points(uplift.smallest)} or more in four out of five cases.")
    elif uplift.difference is not None:
        told.append("With so few people, no gain would show reliably, however large.")
    if not told:
        return []
    return [
        section(
            card(*(html.P(text) for text in told), stack=True),
            title="Was the campaign large enough?",
            subtitle="“Show” means larger than chance alone makes it in 95 of 100 campaigns.",
        )
    ]


def _cases(power: float | None) -> str:
    share = power or 0.0
    if share >= 0.995:
        return "nearly all"
    return "hardly any" if share < 0.01 else f"about {100 * share:.0f} in 100"


def _matched(found: Outcomes, kind: Kind) -> Component:
    listed = found.treated.listed + found.held_out.listed
    rows = [
        ["Read from", found.source],
        ["Ids found", number(found.ids)],
        ["In this audience", f"{number(found.matched)} ({percent(found.matched / found.ids)})"]
        if found.ids
        else ["In this audience", "0"],
        ["Not in this audience, ignored", number(found.ids - found.matched)],
        [
            f"{people(kind).capitalize()} of the audience listed",
            f"{number(listed)} of {number(found.people)}",
        ],
    ]
    if found.repeated:
        rows.append(["Rows merged with another of the same id", number(found.repeated)])
    names = {
        "id": "Ids",
        "ids are": "Ids are",
        "order_id": "Order numbers",
        "order_status": "Order status",
        "timestamp": "Order date",
        "event_type": "Event type",
        "product_id": "Product",
        "cancelled_at": "Cancelled",
    }
    rows += [
        [f"{names.get(what, what.capitalize())}{'' if what == 'ids are' else ', by the column'}", said]
        for what, said in found.columns.items()
    ]
    return section(
        card(simple_table(["What", "Found"], rows, caption="How the outcomes were matched"), flush=True),
        *(html.P(note, className="mt-2 mb-0 smaller text-body-tertiary") for note in found.notes),
        title="How the outcomes were matched",
        subtitle=(
            "Ids that match nobody are ignored. If many don't match, check that they are the ids of the "
            "audience's list: unmatched buyers make both groups look worse."
        ),
    )


def _tone(estimate: Estimate) -> Literal["positive", "negative"] | None:
    if estimate.low > 0:
        return "positive"
    return "negative" if estimate.high < 0 else None


def _relative(relative: Estimate | None) -> str:
    return NOTHING if relative is None else signed_percent(relative.value)


def _relative_ends(relative: Estimate | None) -> str:
    if relative is None:
        return "nobody in the hold-out bought"
    high = signed_percent(relative.high) if math.isfinite(relative.high) and relative.high < 100 else "beyond"
    return f"95% interval {signed_percent(relative.low)} to {high}"


def _amount(value: float, of: Estimate, currency: str | None) -> str:
    """Write an amount with its sign, in whole ones where its interval is wide, never broken at the sign."""
    digits = 0 if of.high - of.low >= WIDE else 2
    text = money(abs(value), currency, digits)
    if not any(digit in text for digit in "123456789"):
        return text
    return f"{'+' if value > 0 else '−'}{JOINED}{text}"


def _signed(estimate: Estimate | None) -> str:
    if estimate is None:
        return NOTHING
    text = number(estimate.value, 0)
    return f"+{text}" if estimate.value >= 0.5 else text


def _ends(estimate: Estimate | None, write: Callable[[float], str]) -> str | None:
    if estimate is None or math.isnan(estimate.low):
        return None
    return f"95% interval {write(estimate.low)} to {write(estimate.high)}"
