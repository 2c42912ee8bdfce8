"""The first pages of a report: what is predicted in a few figures and sentences, and how it is spread."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from markupsafe import Markup

from components.base.format import estimate, expected_number, money, number, percent
from components.figures.distributions import amount_range, is_steep
from components.report.parts import SECTIONS, Chart, Kpi
from components.report.svg import columns
from core.report import Chances, Scene, TopShare, prediction_intervals, top_shares
from core.report.prediction_interval import Expected
from core.results.distributions import Histogram
from core.results.view import Sums

#: Steps of 2 points are joined to steps of 4 where a chart has more bars than this.
MOST_BARS = 25


def overview(scene: Scene) -> Iterator[Markup]:
    """Yield the figures and what they say in a few sentences."""
    sums, expected = scene.view.kpis(scene.filters), prediction_intervals(scene.sessions, scene.filters)
    figures, short = _figures(scene, sums, expected), _in_short(scene, sums, expected)
    yield SECTIONS.overview(scene.trust, figures, short, scene.predicts)


def spread(scene: Scene) -> Iterator[Markup]:
    """Yield how probabilities and amounts are spread, and what the most likely sessions hold."""
    amounts = []
    if scene.amounts:
        amounts = [
            _amounts(scene, "expected", "Expected revenue", "All sessions: probability × revenue if it buys"),
            _amounts(scene, "if_bought", "Revenue if it buys", "Likely buyers only"),
        ]
    heads, tops = _top_table(scene, top_shares(scene.sessions, scene.filters))
    yield SECTIONS.spread(_probabilities(scene), [chart for chart in amounts if chart], heads, tops)


def _figures(scene: Scene, sums: Sums, expected: Chances) -> list[Kpi]:
    currency = scene.currency
    n_all = scene.view.span.n
    share = "all of this result" if sums.n == n_all else f"{percent(sums.n / n_all)} of {number(n_all)}"
    found = [Kpi(label="Sessions", value=number(sums.n), note=share)]
    if sums.probability is None:
        return found
    found += [
        Kpi(
            label="Likely buyers",
            value=number(sums.predicted_buyers),
            note=f"{percent(sums.predicted_buyers / sums.n)} of sessions: "
            f"a probability of {percent(scene.threshold)} or more",
        ),
        *_range("Expected buyers", expected.buyers, expected_number),
    ]
    if scene.amounts:
        found += _range("Expected revenue", expected.revenue, lambda value: estimate(value, currency))
        found.append(
            Kpi(
                label="Predicted revenue",
                value=estimate(sums.predicted_revenue, currency),
                note="likely buyers only",
            )
        )
    if sums.n_known:
        found.append(
            Kpi(
                label="Actually bought",
                value=number(sums.buyers),
                note=f"{percent(sums.buyers / sums.n_known, 2)} of the {number(sums.n_known)} known outcomes",
            )
        )
    if sums.revenue is not None:
        found.append(
            Kpi(
                label="Actual revenue",
                value=money(sums.revenue, currency, 0),
                note=f"of the {number(sums.n_revenue)} with known revenue",
            )
        )
    return found


def _range(label: str, expected: Expected | None, write: Callable[[float], str]) -> list[Kpi]:
    if expected is None:
        return []
    return [
        Kpi(
            label=label,
            value=write(expected.value),
            note=f"{write(expected.low)} to {write(expected.high)}",
        )
    ]


def _in_short(scene: Scene, sums: Sums, expected: Chances) -> list[str]:
    """Say what matters most in a few sentences."""
    found = []
    if expected.buyers is not None:
        rate = percent(expected.buyers.value / sums.n, 2)
        found.append(
            f"About {expected_number(expected.buyers.value)} of {number(sums.n)} sessions are expected to "
            f"buy ({rate})."
        )
        tenth = next((top for top in top_shares(scene.sessions, scene.filters) if top.share == 0.1), None)
        if tenth is not None and tenth.of_expected is not None and tenth.n <= 0.15 * sums.n:
            line = (
                f"The top 10% of sessions (a probability of {percent(tenth.least)} or "
                f"more) hold {percent(tenth.of_expected, 0)} of the expected buyers"
            )
            if tenth.of_buyers is not None:
                line += f", and {percent(tenth.of_buyers, 0)} of actual buyers"
            found.append(f"{line}.")
    groups = [group for group in scene.view.groups(scene.filters, "cluster") if group.key is not None]
    if groups:
        largest = max(groups, key=lambda group: group.sums.n)
        found.append(
            f"The most common of {len(groups)} kinds of visit is “{largest.label}” "
            f"({percent(largest.sums.n / sums.n, 0)} of sessions)."
        )
        if scene.amounts and sums.expected_revenue and len(groups) > 1:
            best = max(groups, key=lambda group: group.sums.expected_revenue)
            found.append(
                f"“{best.label}” accounts for "
                f"{percent(best.sums.expected_revenue / sums.expected_revenue, 0)} "
                f"of expected revenue with {percent(best.sums.n / sums.n, 0)} of sessions."
            )
    quality = scene.view.quality(scene.filters) if scene.predicts else None
    if quality is not None and quality.buyers and quality.buyers_predicted.value is not None:
        found.append(
            f"Where the outcome is known, {number(quality.buyers)} bought; "
            f"{expected_number(quality.buyers_predicted.value)} were expected to."
        )
    elif scene.predicts:
        found.append("Purchases are missing from this file, so accuracy can't be measured.")
    return found


def _probabilities(scene: Scene) -> Chart:
    histogram = _wider(scene.view.histogram(scene.filters, "p"))
    edges, counts = histogram.edges, list(histogram.counts)
    threshold = scene.threshold
    last = max((place for place, count in enumerate(counts) if count), default=len(counts) - 1)
    reach = next((place for place, edge in enumerate(edges[1:]) if edge >= (threshold or 0)), 0)
    shown = min(len(counts), max(last, reach) + 2)
    end = edges[shown]
    log = is_steep(counts)
    return Chart(
        title="Purchase probability",
        drawing=columns(
            counts[:shown],
            [f"{100 * edge:g}%" for edge in edges[:shown]],
            mark=threshold / end if threshold is not None and threshold <= end else None,
            mark_label=f"likely buyer from {percent(threshold)}",
            log=log,
            every=5,
            centred=False,
        ),
        subtitle=f"Sessions by how likely they are to buy{_scale_words(log)}",
        columns=("Probability", "Sessions"),
        rows=[
            (f"{100 * low:g} to {100 * high:g}%", number(count))
            for (low, high), count in zip(itertools.pairwise(edges), counts, strict=True)
            if count
        ],
        n=histogram.n,
    )


def _amounts(scene: Scene, name: str, title: str, subtitle: str) -> Chart | None:
    histogram = scene.view.histogram(scene.filters, name)
    if not histogram.n:
        return None
    log = is_steep(histogram.counts)
    ranges = [
        amount_range(low, high, scene.currency).replace("–", " to ")
        for low, high in itertools.pairwise(histogram.edges)
    ]
    return Chart(
        title=title,
        drawing=columns(
            list(histogram.counts),
            [money(low, scene.currency, 2 if 0 < low < 1 else 0) for low in histogram.edges[:-1]],
            log=log,
            centred=False,
        ),
        subtitle=f"{subtitle}{_scale_words(log)}",
        columns=(title, "Sessions"),
        rows=[(words, number(count)) for words, count in zip(ranges, histogram.counts, strict=True) if count],
        n=histogram.n,
        note=f"{estimate(histogram.total, scene.currency)} in total; each bar starts at its label",
    )


def _top_table(scene: Scene, tops: tuple[TopShare, ...]) -> tuple[list[str], list[list[str]]]:
    """Return the heads and rows of the table of the most likely sessions."""
    known = any(top.of_buyers is not None for top in tops)
    heads = ["Most likely", "From", "Sessions", "Expected buyers"]
    heads += ["Expected revenue"] if scene.amounts else []
    heads += ["Of all buyers"] if known else []
    rows = []
    for top in tops:
        cells = [
            percent(top.share, 0),
            percent(top.least),
            number(top.n),
            f"{number(top.expected, 0)} ({percent(top.of_expected, 0)})",
        ]
        cells += [estimate(top.expected_revenue, scene.currency)] if scene.amounts else []
        cells += [percent(top.of_buyers, 0)] if known else []
        rows.append(cells)
    return heads, rows


def _wider(histogram: Histogram) -> Histogram:
    """Join bars two by two where there are too many for a small chart."""
    counts, edges = histogram.counts, histogram.edges
    if len(counts) <= MOST_BARS:
        return histogram
    joined = tuple(sum(counts[place : place + 2]) for place in range(0, len(counts), 2))
    ends = (*edges[:-1:2], edges[-1])
    return Histogram(edges=ends, counts=joined, n=histogram.n, total=histogram.total)


def _scale_words(log: bool) -> str:
    return "; each line is ten times the one below" if log else ""
