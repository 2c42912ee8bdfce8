"""What a threshold means, as parts of the card: the chart, right and wrong decisions, their shares."""

from __future__ import annotations

from collections.abc import Sequence

from components.base.format import NOTHING, money, number, percent
from components.figures import threshold as figures
from components.models.card_parts import Block, Chart, Missing, Part, Table
from components.models.labels import interval_text, rule_text, value_text
from core.base.written import counted
from core.bundle.model_card import Card
from core.bundle.threshold import ThresholdRule, best_place, profits
from core.stats.decisions import DecisionCounts, decision_figures
from core.stats.estimate import Figure

TITLE = "Who to act on: the cut-off"
OLDER = (
    "This model was made by an older version, which didn't count right and wrong decisions at different "
    "cut-offs. Train it again to choose one here."
)


def threshold_block(shown: Card) -> Block:
    """Return the section as it stands in a downloaded card: at the threshold in force."""
    counts, place = shown.counts, shown.place
    if not counts or place is None:
        return Block(key="threshold", title=TITLE, parts=(Missing(title="Not measured", text=OLDER),))
    rule = shown.rule if shown.rule.kind == "money" else None
    count = counts[place]
    parts: list[Part] = [chart_part(shown, place, rule)]
    if rule is not None:
        parts.append(chart_part(shown, place, None))
    parts.append(
        Table(
            title=f"Likely buyer from {percent(count.threshold)}",
            columns=("", "Actually bought", "Didn't buy", "Together"),
            rows=tuple((name, *(number(n) for n in row)) for name, row in matrix_rows(count)),
            numeric=(1, 2, 3),
        )
    )
    parts.append(
        Table(
            title="What that means",
            columns=("Figure", "Value", "95% interval", "n"),
            rows=tuple(share_rows(count)),
            numeric=(1, 2, 3),
        )
    )
    chosen = rule_text(shown.rule, shown.manifest.currency)
    return Block(
        key="threshold",
        title=TITLE,
        subtitle=f"In force: {percent(shown.manifest.threshold)}, chosen {chosen}. {measured(counts)}",
        parts=tuple(parts),
    )


def chart_part(shown: Card, place: int, rule: ThresholdRule | None) -> Chart:
    """Return money by threshold, or precision and recall."""
    counts, currency = shown.counts, shown.manifest.currency
    rows = tuple(
        (
            percent(count.threshold),
            number(count.called),
            number(count.tp),
            percent(count.precision),
            percent(count.recall),
            *((money(worth, currency, 0),) if rule else ()),
        )
        for count, worth in zip(counts, profits(counts, rule) if rule else [0.0] * len(counts), strict=True)
    )
    columns: tuple[str, ...] = ("From", "Called", "Of them buyers", "Precision", "Recall")
    best = best_place(counts, rule or ThresholdRule())
    note = "The best cut-off was found on these same sessions, so its figure is slightly optimistic."
    if rule is None:
        return Chart(
            key="model-decisions",
            title="Precision and recall by cut-off",
            subtitle="The dashed line is the cut-off, the dot the best F1",
            figure=figures.decisions_figure(counts=counts, place=place, best=best),
            n=counts[place].n,
            note=note,
            columns=columns,
            rows=rows,
        )
    value, cost = rule.amounts()
    return Chart(
        key="model-profit",
        title="Profit by cut-off",
        subtitle=f"A buyer is worth {money(value, currency)}, a contact costs {money(cost, currency)}; "
        "the dashed line is the cut-off, the dot the best one",
        figure=figures.profit_figure(counts=counts, rule=rule, place=place, best=best, currency=currency),
        n=counts[place].n,
        note=note,
        columns=(*columns, "Profit"),
        rows=rows,
    )


def matrix_rows(count: DecisionCounts) -> Sequence[tuple[str, tuple[int, int, int]]]:
    """Return right and wrong decisions, with their sums."""
    return (
        ("Likely buyers", (count.tp, count.fp, count.called)),
        ("Not likely", (count.fn, count.tn, count.n - count.called)),
        ("All", (count.buyers, count.n - count.buyers, count.n)),
    )


def share_rows(count: DecisionCounts) -> list[tuple[str, str, str, str]]:
    """Return what shares the decisions make: name, value, interval and n."""
    figures = decision_figures(count)
    wanted = {
        "Likely buyers who bought (precision)": figures["precision"],
        "Buyers found (recall)": figures["recall"],
        "Likely buyers": figures["called_buyers"],
    }
    rows = [(name, *_share(figure), number(figure.n)) for name, figure in wanted.items()]
    f1 = figures["f1"].to_dict()
    return [*rows, ("F1", value_text(f1), interval_text(f1), number(count.n))]


def _share(figure: Figure) -> tuple[str, str]:
    if figure.value is None:
        return NOTHING, NOTHING
    return percent(figure.value), f"{percent(figure.low)} to {percent(figure.high)}"


def measured(counts: Sequence[DecisionCounts]) -> str:
    """Say what the counts were measured on."""
    return (
        f"On {counted(counts[0].n, 'session')} the model had not seen, "
        f"{number(counts[0].buyers)} of them buyers."
    )
