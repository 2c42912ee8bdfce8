"""What an audience is and may bring, for the page that makes one and the page of a kept one."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from components.audiences.labels import BANDS, band_range, effect_words, people, percent_of
from components.base.format import NOTHING, estimate, money, number, percent
from components.base.graph import graph
from components.base.layout import banner, card, kpi, kpi_row, simple_table
from components.figures.audiences import profit_figure, profit_table
from core.audiences import BandFigures, Curve, Definition, Figures, band_filters
from core.audiences.definition import AMOUNTS

#: Id of this component.
CURVE = "audiences-curve"


def headline(*, figures: Figures, definition: Definition, currency: str | None) -> Component:
    """Return the figures of an audience side by side."""
    kind = definition.one_row_per
    share = figures.n / figures.people if figures.people else None
    shown = [
        kpi(
            f"{people(kind).capitalize()} in the audience",
            number(figures.n),
            f"{percent(share)} of {number(figures.people)} to choose from",
        ),
        kpi(
            "To contact",
            number(figures.treated),
            f"{number(figures.held_out)} held out" if figures.held_out else "no hold-out",
        ),
    ]
    over = bool(figures.known)
    if figures.buyers is not None and over:
        shown.append(
            kpi(
                "Interest",
                average_probability(figures),
                "average purchase probability of visits that are over",
                help="How much these visits looked like those that end in a purchase. They are over, so this "
                "is no number of buyers to come: whether a contact wins people back is what the hold-out "
                "shows.",
            )
        )
    elif figures.buyers is not None:
        low, high = figures.buyers.low, figures.buyers.high
        covers = "chance and the model's own error" if figures.calibrated else "chance alone"
        shown.append(
            kpi(
                "Expected buyers",
                number(figures.buyers.value, 1 if figures.buyers.value < 100 else 0),
                f"{number(low, 0)} to {number(high, 0)} (95% interval)",
                help="The audience's purchase probabilities added up: how many would buy anyway, without any "
                f"contact. The interval covers {covers}.",
            )
        )
    if figures.expected_revenue is not None:
        shown.append(
            kpi(
                "Expected revenue left behind" if over and not figures.bought else "Expected revenue",
                estimate(figures.expected_revenue, currency),
                "what visits like these spend on average" if over else "without any contact",
            )
        )
    if figures.profit is not None:
        shown.append(
            kpi(
                "Expected profit",
                money(figures.profit, currency, 0 if abs(figures.profit) >= 100 else 2),
                f"{number(figures.treated_extra, 1)} more purchases, "
                f"costs {money(figures.treated_cost, currency, 0)}",
                tone="positive" if figures.profit > 0 else "negative",
                help="What is kept of the revenue of additional purchases by those contacted, "
                "less what contacting them costs. It rests on what you assume of a contact"
                + (", and on people coming back as interested as they were." if over else "."),
            )
        )
    return kpi_row(*shown)


def verdict(*, figures: Figures, definition: Definition, currency: str | None) -> Component:
    """Say in a sentence or two what the figures come to."""
    parts = []
    if figures.break_even is not None:
        parts.append(
            f"At {money(definition.cost, currency)} per contact, you break even if contacting them lifts "
            f"purchases by {percent(figures.break_even)}; you assume it {effect_words(definition)}."
        )
    if figures.known:
        parts.append(
            f"{number(figures.bought)} of {number(figures.known)} with a known outcome have already bought."
            if figures.bought
            else "Their visits are over and none of them bought: they showed interest, and only a hold-out "
            "can show whether a contact wins them back."
            if figures.known == figures.n
            else f"The visits of {number(figures.known)} of them are over, and none of these bought."
        )
    return html.P(" ".join(parts), className="mb-0 text-body-secondary")


def curve_card(
    *, curve: Curve | None, figures: Figures, definition: Definition, currency: str | None
) -> Component:
    """Return the profit along the ranking, or why there is none."""
    if curve is None:
        return banner(
            "info",
            "No expected profit",
            "The model predicts no revenue for these sessions, so profit can't be estimated.",
        )
    who = people(definition.one_row_per)
    best, worth = curve.contacted[curve.best], curve.profit[curve.best]
    if best:
        digits = 0 if abs(worth) >= 100 else 2
        said = f"Profit peaks at the top {number(best)}: {money(worth, currency, digits)}."
    else:
        said = "With these assumptions, contacting anyone loses money."
    share = percent_of(definition.held_out)
    held = f"The {share} held out are not contacted, and not counted." if definition.held_out else ""
    return graph(
        id=CURVE,
        figure=profit_figure(curve=curve, definition=definition, currency=currency, who=who),
        title="Profit by audience size",
        subtitle=f"{said} {held}".strip(),
        table=profit_table(curve=curve, definition=definition, currency=currency, who=who),
        height=300,
        n=figures.people,
        unit=who,
        note=f"If a contact costs {money(definition.cost, currency)} and {effect_words(definition)}, "
        f"with {percent_of(definition.margin)} of the revenue kept: assumptions, not measured.",
    )


def bands_card(
    *,
    bands: tuple[BandFigures, ...],
    definition: Definition,
    default: Definition,
    result_id: str,
    over: bool = False,
) -> Component | None:
    """Return the three bands, each with a link that chooses it; ``over`` says that the visits have ended."""
    if not bands:
        return None
    who = people(definition.one_row_per)
    total = sum(band.n for band in bands)
    rows = [
        [
            BANDS[band.band],
            band_range(band.low, band.high),
            f"{number(band.n)} ({percent(band.n / total if total else None)})",
            (percent(band.buyers / band.n) if band.n else NOTHING)
            if over
            else number(band.buyers, 2 if band.buyers < 1 else 1 if band.buyers < 100 else 0),
            dcc.Link(
                "Use these",
                href=_band_address(band, definition, default, result_id),
                className="small fw-medium text-nowrap",
                title=f"Make an audience of the “{BANDS[band.band].lower()}” band",
            ),
        ]
        for band in bands
    ]
    return card(
        simple_table(
            [
                "Band",
                "Purchase probability",
                who.capitalize(),
                "Average probability" if over else "Expected buyers",
                "",
            ],
            rows,
            numeric=(2, 3),
            caption="Three bands of probability",
            stack=True,
        ),
        html.P(
            f"Likely: at or above the cut-off{'' if over else '; many of them buy without being contacted'}. "
            "On the fence: below the cut-off but above the result's average; these may be the ones to "
            "persuade, which only a hold-out can show. Unlikely: everyone else.",
            className="audiences-below mb-0 smaller text-body-tertiary",
        ),
        title="Likely, on the fence, unlikely",
        subtitle=f"All {number(total)} {who} to choose from, before any filter by probability.",
        flush=True,
    )


def notes_card(*, figures: Figures) -> Component:
    """Say how the figures come about and what they don't cover."""
    lines = [
        "A probability says how much a session looks like those that bought. For a finished visit, read it "
        "as interest: whether a contact wins someone back is what the hold-out will show.",
        *([] if figures.known else [_interval_words(figures)]),
        "Each person is counted as buying at most once, and a contact is assumed to affect everyone alike.",
        "The hold-out depends on the random seed and the id alone (SHA-256), so it is the same today and "
        "tomorrow. A larger share keeps it and adds to it.",
    ]
    return html.Details(
        [
            html.Summary("How these figures are calculated", className="fw-medium text-primary-emphasis"),
            html.Ul([html.Li(line) for line in lines]),
        ],
        className="small text-body-secondary",
    )


def _interval_words(figures: Figures) -> str:
    tested = (
        ", and how precisely the model's probabilities were tested"
        if figures.calibrated
        else "; the model's own error isn't known here"
    )
    return (
        f"The interval of expected buyers covers chance{tested}. It doesn't cover changes in the shop since."
    )


def average_probability(figures: Figures) -> str:
    """Write the average purchase probability of those chosen."""
    return percent(figures.buyers.value / figures.n) if figures.buyers and figures.n else NOTHING


def _band_address(band: BandFigures, definition: Definition, default: Definition, result_id: str) -> str:
    chosen = replace(
        definition,
        filters=band_filters(definition.chosen, band).to_query(),
        pick="all",
        amount=AMOUNTS["all"],
    )
    return new_address(result_id, chosen, default)


def new_address(result_id: str, definition: Definition, default: Definition, name: str = "") -> str:
    """Return the address of the page that makes an audience, with everything on it."""
    return f"/audiences/new?{new_query(result_id, definition, default, name)}"


def new_query(result_id: str, definition: Definition, default: Definition, name: str = "") -> str:
    """Return the query of that address."""
    named = f"name={quote(name)}" if name else ""
    return "&".join(filter(None, [f"result={quote(result_id)}", definition.to_query(default), named]))
