"""The middle of a report: kinds of visits, how far they came, where and when they came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from components.base.format import MINUS, NOTHING, date, estimate, money, number, percent, short_date
from components.base.theme import CLUSTER_COLOURS
from components.figures.clusters import FULL_COLOUR, profile_features, raw
from components.figures.results import STAGE_NAMES
from components.report.parts import SECTIONS, Chart
from components.report.svg import Lying, columns, lying_bars, scatter, shade_of
from components.results.charts import BREAKDOWNS
from components.shared.few_dots import FEWEST_DOTS
from components.shared.labels import NOT_KNOWN, value_name
from core.base.written import counted
from core.report import Scene
from core.report.profile import profile
from core.results.clusters.profiles import ProfileCell
from core.results.filters import CHOICES
from core.results.view import Group, Sums, largest, together
from core.schema.sessions import FIELD
from core.stats.proportions import wilson

#: Groups of a breakdown with any number of them; the rest is one line.
MOST_GROUPS = 8
#: Dots of the map: more would only lie on top of each other.
DOTS = 2_000
#: What sessions are broken down by where it is told, in this order.
PLACES = ("country_group", "country", "category", "channel", "device")


def clusters(scene: Scene) -> Iterator[Markup]:
    """Yield the kinds of visits: how many, what they are worth, what sets them apart."""
    groups = [group for group in scene.view.groups(scene.filters, "cluster") if group.key is not None]
    groups.sort(key=lambda group: (-group.sums.n, group.key))
    if not groups:
        return
    total = scene.view.kpis(scene.filters)
    heads, lines = _cluster_table(scene, groups, total)
    charts = (_map(scene, groups), _cluster_bars(scene, groups))
    yield SECTIONS.clusters(heads, lines, [chart for chart in charts if chart])
    cells = profile(scene.sessions, scene.filters)
    features = profile_features(cells)
    if features and len(groups) > 1:
        yield _heat(scene, groups, cells, features)


def funnel(scene: Scene) -> Iterator[Markup]:
    """Yield how far sessions came."""
    steps, n = scene.view.funnel(scene.filters), scene.view.kpis(scene.filters).n
    if not steps:
        return
    bars = [Lying(label="All sessions", value=n, text=number(n), shade="muted")]
    bars += [
        Lying(label=STAGE_NAMES[step.stage], value=step.n, text=f"{number(step.n)} ({percent(step.n / n)})")
        for step in steps
    ]
    untold = [name.lower() for stage, name in STAGE_NAMES.items() if stage not in {s.stage for s in steps}]
    yield SECTIONS.funnel(
        Chart(
            title="Steps towards a purchase",
            drawing=lying_bars(bars),
            subtitle="Steps before any purchase, then the purchase itself",
            columns=("Stage", "Sessions", "Share"),
            rows=[(STAGE_NAMES[s.stage], number(s.n), percent(s.n / n)) for s in steps],
            n=n,
            note=f"Missing from the file: who {', who '.join(untold)}" if untold else None,
        ),
    )


def places(scene: Scene) -> Iterator[Markup]:
    """Yield the largest groups by country, category and way in, with what they are worth."""
    found = []
    for by in PLACES:
        if CHOICES[by] not in scene.told:
            continue
        groups = scene.view.groups(scene.filters, by)
        if any(group.key is not None for group in groups):
            found.append(_group_table(scene, by, groups))
    if found:
        yield SECTIONS.places(found, MOST_GROUPS)


def times(scene: Scene) -> Iterator[Markup]:
    """Yield sessions by day, weekday and hour."""
    if "started_at" not in scene.told:
        return
    found = []
    days = [group for group in scene.view.groups(scene.filters, "day") if group.key is not None]
    if len(days) > 1:
        name = "Week" if scene.view.weekly else "Day"
        found.append(
            _columns(
                scene,
                "By week" if scene.view.weekly else "By day",
                name,
                days,
                [short_date(group.key) for group in days],
                [date(group.key) for group in days],
                subtitle=f"Sessions by {'week' if scene.view.weekly else 'day'}, {scene.clock}",
            )
        )
    for by, title in (("weekday", "Weekdays"), ("hour", "Hours of day")):
        groups = [group for group in scene.view.groups(scene.filters, by) if group.key is not None]
        if len(groups) > 1 and CHOICES[by] in scene.told:
            names = [value_name(by, group.key) for group in groups]
            labels = [
                str(group.key) if by == "hour" else name[:3]
                for group, name in zip(groups, names, strict=True)
            ]
            found.append(
                _columns(
                    scene,
                    title,
                    title[:-1] if by == "weekday" else "Hour",
                    groups,
                    labels,
                    names,
                    subtitle=f"Sessions by their first event, {scene.clock}",
                )
            )
    if found:
        first = found.pop(0) if len(days) > 1 else None
        yield SECTIONS.times(first, found)


def _columns(
    scene: Scene,
    title: str,
    name: str,
    groups: Sequence[Group],
    labels: Sequence[str],
    names: Sequence[str],
    *,
    subtitle: str,
) -> Chart:
    total = together(groups)
    return Chart(
        title=title,
        drawing=columns([group.sums.n for group in groups], labels),
        subtitle=subtitle,
        columns=(name, *_heads(scene, total)),
        rows=[(label, *_cells(scene, group.sums, total)) for label, group in zip(names, groups, strict=True)],
        n=total.n,
    )


def _cluster_table(
    scene: Scene, groups: Sequence[Group], total: Sums
) -> tuple[list[str], list[dict[str, object]]]:
    heads = ["Kind of visit", "Sessions"]
    heads += ["Average probability"] if scene.predicts else []
    heads += ["Expected revenue", "Per session"] if scene.amounts else []
    heads += ["Bought", "95% interval"] if total.n_known else []
    lines: list[dict[str, object]] = []
    for group in groups:
        sums = group.sums
        cells: list[str] = [f"{number(sums.n)} ({percent(sums.n / total.n, 0)})"]
        cells += [percent(sums.probability)] if scene.predicts else []
        if scene.amounts:
            cells += [
                estimate(sums.expected_revenue, scene.currency),
                money(sums.expected_revenue / sums.n if sums.n else None, scene.currency),
            ]
        if total.n_known:
            cells += [percent(sums.buyers / sums.n_known) if sums.n_known else NOTHING, _interval(sums)]
        lines.append(
            {
                "shade": _shade(group.key),
                "label": group.label or "",
                "cells": cells,
                "sentence": scene.sentences.get(group.key),
            }
        )
    return heads, lines


def _interval(sums: Sums) -> str:
    if not sums.n_known:
        return NOTHING
    low, high = wilson(sums.buyers, sums.n_known)
    return f"{percent(low)} to {percent(high)}"


def _map(scene: Scene, groups: Sequence[Group]) -> Chart | None:
    points = scene.view.points(scene.filters)
    drawn = min(len(points["session_id"]), DOTS)
    if drawn < FEWEST_DOTS:
        return None
    by_cluster: dict[int, list[tuple[float, float]]] = {group.key: [] for group in groups}
    rows = zip(points["cluster_id"], points["cluster_x"], points["cluster_y"], strict=True)
    for cluster, x, y in list(rows)[:drawn]:
        by_cluster.setdefault(cluster, []).append((x, y))
    n = sum(group.sums.n for group in groups)
    names = [(_shade(group.key), group.label or "") for group in groups]
    return Chart(
        title="Map of sessions",
        drawing=scatter([(_shade(key), there) for key, there in by_cluster.items()], names),
        subtitle="Each dot is a session; the closer two are, the more alike",
        columns=("Kind of visit", "Dots"),
        rows=[(group.label, number(len(by_cluster[group.key]))) for group in groups],
        n=drawn,
        note=f"A sample of {number(drawn)} of {counted(n, 'session')}" if drawn < n else "All sessions",
    )


def _cluster_bars(scene: Scene, groups: Sequence[Group]) -> Chart | None:
    """Draw what each kind of visit brings: what really bought, or what is predicted."""
    known = sum(group.sums.n_known for group in groups)
    if known:
        bars = []
        for group in groups:
            sums = group.sums
            share = sums.buyers / sums.n_known if sums.n_known else None
            low, high = wilson(sums.buyers, sums.n_known) if sums.n_known else (None, None)
            bars.append(
                Lying(
                    label=group.label or "",
                    value=share,
                    text=percent(share),
                    shade=_shade(group.key),
                    low=low,
                    high=high,
                )
            )
        return Chart(
            title="Who buys",
            drawing=lying_bars(bars),
            subtitle="Share of sessions that actually bought; lines are 95% intervals",
            columns=("Kind of visit", "Sessions", "Bought", "95% interval"),
            rows=[
                (group.label, number(group.sums.n_known), bar.text, _interval(group.sums))
                for group, bar in zip(groups, bars, strict=True)
            ],
            n=known,
        )
    if not scene.predicts:
        return None
    bars = [
        Lying(
            label=group.label or "",
            value=group.sums.probability,
            text=percent(group.sums.probability),
            shade=_shade(group.key),
        )
        for group in groups
    ]
    return Chart(
        title="Who is likely to buy",
        drawing=lying_bars(bars),
        subtitle="Average predicted probability",
        columns=("Kind of visit", "Sessions", "Average probability"),
        rows=[(bar.label, number(group.sums.n), bar.text) for bar, group in zip(bars, groups, strict=True)],
        n=sum(group.sums.n for group in groups),
    )


def _heat(
    scene: Scene, groups: Sequence[Group], cells: Sequence[ProfileCell], features: Sequence[str]
) -> Markup:
    """Draw each kind of visit against all sessions: averages, coloured by how far off they are."""
    by_place = {(cell.cluster_id, cell.feature): cell for cell in cells}
    rows = []
    for feature in features:
        row = [by_place.get((group.key, feature)) for group in groups]
        everybody = next((cell.overall_mean for cell in row if cell is not None), None)
        rows.append(
            {
                "label": FIELD[feature].label,
                "cells": [
                    {
                        "text": NOTHING if cell is None else _average(feature, cell.mean, scene.currency),
                        "shade": shade_of(None if cell is None else cell.difference, FULL_COLOUR),
                        "off": _off(cell),
                    }
                    for cell in row
                ],
                "everybody": _average(feature, everybody, scene.currency),
            }
        )
    heads = ["", *(group.label or "" for group in groups), "All sessions"]
    return SECTIONS.heat(heads, rows, f"{FULL_COLOUR:g}")


def _average(feature: str, mean: float | None, currency: str | None) -> str:
    return raw(feature, mean, currency).replace(" of sessions", "")


def _off(cell: ProfileCell | None) -> str | None:
    if cell is None or cell.difference is None:
        return None
    sign = "+" if cell.difference >= 0 else MINUS
    return f"{sign}{abs(cell.difference):.1f} standard deviations"


def _group_table(scene: Scene, by: str, groups: Sequence[Group]) -> dict[str, object]:
    shown, rest = largest(groups, MOST_GROUPS)
    total = together(groups)
    rows = [(value_name(by, group.key) or NOT_KNOWN, *_cells(scene, group.sums, total)) for group in shown]
    if rest:
        rows.append((f"{len(rest)} others", *_cells(scene, together(rest), total)))
    heads = (BREAKDOWNS[by].axis.capitalize(), *_heads(scene, total))
    return {"title": BREAKDOWNS[by].title, "heads": heads, "rows": rows}


def _heads(scene: Scene, total: Sums) -> list[str]:
    heads = ["Sessions", "Share"]
    heads += ["Likely buyers", "Average probability"] if scene.predicts else []
    heads += ["Expected revenue"] if scene.amounts else []
    heads += ["Bought"] if total.n_known else []
    return heads + (["Revenue"] if total.revenue is not None else [])


def _cells(scene: Scene, sums: Sums, total: Sums) -> list[str]:
    cells = [number(sums.n), percent(sums.n / total.n)]
    cells += [number(sums.predicted_buyers), percent(sums.probability)] if scene.predicts else []
    cells += [estimate(sums.expected_revenue, scene.currency)] if scene.amounts else []
    if total.n_known:
        share = f" ({percent(sums.buyers / sums.n_known)})" if sums.n_known else ""
        cells.append(f"{number(sums.buyers)}{share}")
    return cells + ([money(sums.revenue, scene.currency, 0)] if total.revenue is not None else [])


def _shade(cluster: int) -> str:
    return f"c{cluster % len(CLUSTER_COLOURS)}"
