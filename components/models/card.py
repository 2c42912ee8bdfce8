"""A whole model card: all its sections in the order people read them, as parts anybody can show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.base.format import decimals, number
from components.models.card_parts import Block, Missing, Table
from components.models.inside_sections import clusters_block, features_block
from components.models.labels import interval_text, value_text
from components.models.prediction_sections import early_block, revenue_block
from components.models.quality_sections import calibration_block, data_block, ranking_block
from core.bundle.model_card import Card
from core.training.wording import lines


def candidates_block(card: Card) -> Block:
    """Return which kinds of model competed, and which one was taken."""
    purchase = card.manifest.purchase or {}
    candidates = purchase.get("candidates") or ()
    rows = tuple(
        (
            f"{candidate.get('name', candidate.get('kind', ''))}{' ✓' if candidate.get('chosen') else ''}",
            value_text(_score(candidate.get("pr_auc"))),
            interval_text(_score(candidate.get("pr_auc"))),
            decimals(candidate.get("roc_auc"), 3),
            value_text(_score(candidate.get("behind_best"))),
            interval_text(_score(candidate.get("behind_best"))),
        )
        for candidate in candidates
    )
    if not rows:
        return Block(
            key="candidates",
            title="Which models competed",
            parts=(Missing(title="Not recorded", text="Which other models were tried isn't recorded."),),
        )
    n = next((c["pr_auc"]["n"] for c in candidates if (c.get("pr_auc") or {}).get("n")), None)
    taken = f"{purchase.get('name', '')}, calibrated by {purchase.get('calibration', 'an unknown way')}"
    return Block(
        key="candidates",
        title="Which models competed",
        subtitle=(
            f"Chosen: {taken}. Of candidates that perform alike, the fastest is chosen. Compared on "
            f"{purchase.get('judged_on') or 'the validation slice'} (n = {number(n)}){_searched(purchase)}."
        ),
        parts=(
            Table(
                title="Candidates",
                columns=("Model", "PR-AUC", "95% interval", "ROC-AUC", "Behind the best", "Interval of that"),
                rows=rows,
                numeric=(1, 2, 3, 4, 5),
            ),
        ),
    )


def figures_block(card: Card) -> Block:
    """Return every figure with its interval and n, as a table a kind."""
    told = lines(card.manifest.metrics, [note.name for note in card.manifest.clusters])
    # Revenue and clusters have sections of their own, with their figures.
    groups = [line.group for line in told if line.group == "Purchase"]
    parts = [
        Table(
            title=group,
            columns=("Figure", "Value", "95% interval", "n"),
            rows=tuple(
                (line.label, line.value, line.interval, line.n) for line in told if line.group == group
            ),
            numeric=(1, 2, 3),
        )
        for group in dict.fromkeys(groups)
    ]
    return Block(
        key="figures",
        title="All figures of the purchase prediction",
        subtitle="Intervals allow for visitors with several sessions; n is sessions.",
        parts=tuple(parts),
    )


def blocks(card: Card) -> tuple[Block, ...]:
    """Return all sections of a card but the threshold, which the page lets one move."""
    if not card.predicts_purchase:
        return (data_block(card), clusters_block(card), features_block(card))
    return (
        data_block(card),
        ranking_block(card),
        calibration_block(card),
        early_block(card),
        revenue_block(card),
        clusters_block(card),
        candidates_block(card),
        features_block(card),
        figures_block(card),
    )


def _searched(purchase: Mapping[str, Any]) -> str:
    trials = (purchase.get("search") or {}).get("trials")
    return f", after {number(trials)} settings had been tried" if trials else ""


def _score(figure: dict[str, object] | None) -> dict[str, object] | None:
    """Areas are written as scores, whatever unit an older model gave them."""
    return figure and {**figure, "unit": "score"}
