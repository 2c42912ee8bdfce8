"""More sections of a model card: early prediction and revenue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from components.base.format import NOTHING, money, number, percent
from components.figures import models_early as figures
from components.models.card_parts import Block, Chart, Missing, Part, Table
from components.models.labels import interval_text, score_text, value_text
from core.bundle.model_card import REGIMES, Card, Early
from core.stats.estimate import Figure
from core.stats.guessing import guesses
from core.training.wording import lines

EARLY_PR, EARLY_ROC, DECILES = "model-early-pr", "model-early-roc", "model-deciles"


def early_block(card: Card) -> Block:
    """Return how good the model is after so many events, in both regimes."""
    rows = card.early
    title = "How early does it know?"
    if not rows:
        return Block(
            key="early",
            title=title,
            parts=(
                Missing(
                    title="Not measured",
                    text="Measuring this takes single events; it learned from session rows, which don't show "
                    "what was known after how many of them.",
                ),
            ),
        )
    beside = any(row.whole_only for row in rows)
    table = Table(
        title="Early prediction in figures",
        columns=(
            *("Events", "Regime", "Sessions", "Buyers", "PR-AUC", "ROC-AUC", "Calibration error"),
            *(("PR-AUC, whole sessions only",) if beside else ()),
        ),
        rows=tuple(
            (
                row.label,
                REGIMES.get(row.regime, row.regime),
                number(row.n),
                number(row.buyers),
                *(_both(row.metrics, name, digits) for name, digits in _EARLY),
                *((_both(row.whole_only, "pr_auc", 1),) if beside else ()),
            )
            for row in rows
        ),
        numeric=(2, 3, 4, 5, 6, 7),
    )
    return Block(
        key="early",
        title=title,
        subtitle="Test sessions cut off after so many events, if they continue beyond."
        + (
            " “Before the first cart add” leaves out sessions with something in the cart by then."
            if any(row.regime == "before_cart" for row in rows)
            else ""
        ),
        parts=(
            _early_chart(rows, EARLY_PR, "pr_auc", "PR-AUC", base=True),
            _early_chart(rows, EARLY_ROC, "roc_auc", "ROC-AUC"),
            table,
        ),
    )


def revenue_block(card: Card) -> Block:
    """Return whether revenue comes out right: by tenth, in total, and within its range."""
    title = "Is the revenue right?"
    told = card.manifest.metrics.get("revenue", {})
    if not told:
        why = (
            "Revenue was missing from the data, so this model doesn't predict it."
            if card.manifest.revenue is None
            else "Too few of the buyers it was tested on have an amount to judge this."
        )
        return Block(key="revenue", title=title, parts=(Missing(title="Nothing to show", text=why),))
    currency = card.manifest.currency
    deciles = card.manifest.curves.get("revenue_deciles") or ()
    parts: list[Part] = []
    if deciles:
        parts.append(
            Chart(
                key=DECILES,
                title="Expected and actual revenue",
                subtitle="A session, by tenth of the sessions; the bars are 95% intervals",
                figure=figures.revenue_deciles_figure(deciles=deciles, currency=currency),
                n=sum(row["n"] for row in deciles),
                columns=("Tenth", "Sessions", "Buyers", "Expected", "Actual", "From", "To", "Of all revenue"),
                rows=tuple(
                    (
                        number(row["decile"]),
                        number(row["n"]),
                        number(row["buyers"]),
                        *(money(row[name], currency) for name in ("expected", "actual", "low", "high")),
                        percent(row["share"]),
                    )
                    for row in deciles
                ),
            )
        )
    else:
        parts.append(
            Missing(
                title="By tenth of the sessions",
                text="This model was made by an older version that didn't measure this.",
            )
        )
    parts.append(
        Table(
            title="Revenue in figures",
            subtitle=_coverage(card),
            columns=("Figure", "Value", "95% interval", "n"),
            rows=tuple((line.label, line.value, line.interval, line.n) for line in lines({"revenue": told})),
            numeric=(1, 2, 3),
        )
    )
    return Block(
        key="revenue",
        title=title,
        subtitle="What sessions were expected to spend, compared with what they spent.",
        parts=tuple(parts),
    )


_EARLY = (("pr_auc", 1), ("roc_auc", 1), ("calibration_error", 2))


def _early_chart(rows: tuple[Early, ...], key: str, metric: str, label: str, *, base: bool = False) -> Part:
    told = [row for row in rows if (row.metrics.get(metric) or {}).get("value") is not None]
    return Chart(
        key=key,
        title=f"{label} by events seen",
        subtitle="; ".join([_early_words(rows, base=base), *(_guessed(told) if metric == "roc_auc" else ())]),
        figure=figures.early_figure(rows=rows, metric=metric, label=label, base=base),
        n=max((row.n for row in told), default=None),
        note="n falls as sessions end; the table has each.",
        columns=("Events", "Regime", label, "From", "To", "Sessions", "Buyers"),
        rows=tuple(
            (
                row.label,
                REGIMES.get(row.regime, row.regime),
                *(score_text(row.metrics[metric].get(side)) for side in ("value", "low", "high")),
                number(row.n),
                number(row.buyers),
            )
            for row in told
        ),
    )


def _early_words(rows: tuple[Early, ...], *, base: bool) -> str:
    said = ["The bars are 95% intervals"]
    if any(row.whole_only for row in rows):
        said.append("dashed is a model of whole sessions only")
    if base:
        said.append("dotted is the base rate")
    return "; ".join(said)


def _guessed(rows: Iterable[Early]) -> list[str]:
    """Say after how many events the model can't be told from guessing, in either regime."""
    said = []
    for regime, name in REGIMES.items():
        unsure = [row for row in rows if row.regime == regime and row.k and _guesses(row)]
        if unsure:
            numbers = ", ".join(row.label for row in unsure)
            said.append(f"not shown to do better than guessing after {numbers} events ({name.lower()})")
    return said


def _guesses(row: Early) -> bool:
    area = Figure(**row.metrics["roc_auc"])
    return guesses(area, row.buyers, where="", shown_by="") is not None


def _both(metrics: Mapping[str, Mapping[str, Any]], name: str, digits: int) -> str:
    figure = metrics.get(name)
    if not figure or figure.get("value") is None:
        return NOTHING
    known: Mapping[str, Any] = {"unit": "share" if name == "calibration_error" else "score", **figure}
    return f"{value_text(known, digits)} ({interval_text(known, digits)})"


def _coverage(card: Card) -> str | None:
    figure = card.figure("revenue", "range_coverage")
    if figure is None:
        return "This model predicts an amount, but no range around it." if card.manifest.revenue else None
    return (
        f"{value_text(figure)} of the buyers ({interval_text(figure)}, n = {number(figure['n'])}) paid an "
        "amount within the predicted range; P10 to P90 is meant to hold 80%."
    )
