"""How long visitors take from one step to the next."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.base.format import duration
from components.base.graph import graph
from components.base.layout import card, empty_state, section
from components.figures import journeys as figures
from components.journeys.state import Look
from core.base.errors import CoreError
from core.base.written import counted
from core.journeys.times import Time, Times, step_times
from core.results.filters import Filters
from core.results.sources import Source


def times_section(*, source: Source, look: Look, filters: Filters) -> Component:
    """Return how long the filtered sessions took between steps."""
    title, subtitle = "Time between steps", "The dot is the median; the bar covers the middle half."
    try:
        found = step_times(source, filters, merge=look.merge)
    except CoreError as error:
        return section(
            card(empty_state("No times here", f"{error.message} {error.remedy or ''}")), title=title
        )
    cards = [
        _times_chart(
            found.ways,
            "ways",
            "On the way to a purchase",
            "From the first occurrence of each step to the next",
        ),
        _times_chart(found.pairs, "pairs", "From one step to the next", _pairs_words(look)),
    ]
    shown = [chart for chart in cards if chart is not None]
    if not shown:
        shown = [
            card(empty_state("Too few steps", "No path was taken often enough to say how long it takes."))
        ]
    return section(html.Div(shown, className="cards-lg"), title=title, subtitle=_sampled(subtitle, found))


def _pairs_words(look: Look) -> str:
    return "The most common, timed from the start of each step" if look.merge else "The most common"


def _sampled(words: str, found: Times) -> str:
    return f"{words} From a fixed sample of {counted(found.n, 'session')}." if found.is_sample else words


def _times_chart(times: Sequence[Time], name: str, title: str, subtitle: str) -> Component | None:
    if not times:
        return None
    return graph(
        id=f"journeys-{name}",
        figure=figures.times_figure(times=times),
        title=title,
        subtitle=subtitle,
        table={
            "columns": [
                "From → to",
                "A quarter take less than",
                "Median",
                "A quarter take more than",
                "Times",
            ],
            "rows": [
                [figures.way(time), duration(time.low), duration(time.median), duration(time.high), time.n]
                for time in times
            ],
        },
        height=80 + 36 * max(len(times), 3),
        n=sum(time.n for time in times),
        unit="times",
    )
