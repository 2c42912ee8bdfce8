"""Figures of quality in words: what each is called, written with its unit and its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.base.written import decimals, number, percent

GROUPS = {"purchase": "Purchase", "revenue": "Revenue", "clusters": "Clusters"}

LABELS: dict[str, dict[str, str]] = {
    "purchase": {
        "roc_auc": "ROC-AUC",
        "pr_auc": "PR-AUC",
        "base_rate": "Base rate: sessions that bought",
        "lift_top10": "Lift of the top 10%",
        "captured_top10": "Buyers captured in the top 10%",
        "brier": "Brier score",
        "calibration_error": "Expected calibration error",
        "precision": "Precision at the cut-off",
        "recall": "Recall at the cut-off",
        "f1": "F1 at the cut-off",
        "called_buyers": "Likely buyers, of all sessions",
    },
    "revenue": {
        "mae": "Mean absolute error, on buyers",
        "rmse": "Root mean squared error, on buyers",
        "r2": "R², on buyers",
        "spearman": "Spearman correlation, on buyers",
        "buyers_predicted_to_actual": "Predicted to actual total, on buyers",
        "range_coverage": "Buyers who paid an amount inside the range (target: 80%)",
        "range_below": "Buyers who paid less than the range (target: 10%)",
        "range_above": "Buyers who paid more than the range (target: 10%)",
        "range_width": "Width of the range, on average",
        "expected_total": "Expected total, on all sessions",
        "actual_total": "Actual total, on all sessions",
        "predicted_to_actual": "Expected to actual total, on all sessions",
        "gini": "Normalised Gini, on all sessions",
        "gini_baseline": "Normalised Gini of mean basket × probability",
        "gini_gain": "Normalised Gini gained over that",
    },
    "clusters": {"silhouette": "Silhouette", "davies_bouldin": "Davies–Bouldin index"},
}
OF_A_CLUSTER = {
    "share": "share of sessions",
    "conversion": "conversion",
    "revenue_per_session": "revenue per session",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One figure as text."""

    group: str
    label: str
    value: str
    interval: str
    n: str


def lines(
    metrics: Mapping[str, Mapping[str, Mapping[str, Any]]], cluster_names: Sequence[str] = ()
) -> list[Line]:
    """Return every figure in words, by group, in the order people read them."""
    found = []
    for group, title in GROUPS.items():
        figures = metrics.get(group, {})
        ordered = [name for name in LABELS[group] if name in figures]
        ordered += [name for name in figures if name not in LABELS[group]]
        for name in ordered:
            figure = figures[name]
            label = LABELS[group].get(name) or _of_cluster(name, cluster_names)
            found.append(Line(title, label, _value(figure, "value"), _interval(figure), number(figure["n"])))
    return found


def markdown(told: Sequence[Line]) -> str:
    """Return figures as a Markdown table."""
    rows = [f"| {line.group} | {line.label} | {line.value} | {line.interval} | {line.n} |" for line in told]
    return "\n".join(["| | figure | value | 95% interval | sessions |", "|---|---|---|---|---|", *rows])


def _of_cluster(name: str, cluster_names: Sequence[str]) -> str:
    number, _, what = name.partition(".")
    known = number.isdigit() and int(number) < len(cluster_names)
    cluster = cluster_names[int(number)] if known else f"Cluster {number}"
    return f"{cluster}: {OF_A_CLUSTER.get(what, what)}"


def _interval(figure: Mapping[str, Any]) -> str:
    if figure["low"] is None:
        return "–"
    return f"{_value(figure, 'low')} to {_value(figure, 'high')}"


def _value(figure: Mapping[str, Any], which: str) -> str:
    value, unit = figure[which], figure["unit"]
    if value is None:
        return "–"
    if unit == "share":
        return percent(value, 1, of_whole=(figure["high"] or 0.0) <= 1)
    if unit == "times":
        return f"{decimals(value, 1)}×"
    return decimals(value, 3) if unit == "score" else f"{decimals(value, 2)} {unit}"
