"""More sections of a model card: early prediction, revenue, clusters and features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components import figures_models_more as figures
from components.format import NOTHING, money, number, percent
from components.models_parts import Block, Chart, Missing, Part, Table
from components.models_words import interval_text, value_text
from core.analysis.model_card import REGIMES, Card, Early
from core.bundle import FeatureNote
from core.sessions import FIELD
from core.training.wording import lines

EARLY_PR, EARLY_ROC, DECILES, WHY = "model-early-pr", "model-early-roc", "model-deciles", "model-why"


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
                    text="To measure it, a model has to learn from single events: session rows alone don't "
                    "tell what was known after so many of them.",
                ),
            ),
        )
    table = Table(
        title="Early prediction in figures",
        columns=("Events", "Regime", "Sessions", "Buyers", "PR-AUC", "ROC-AUC", "Calibration error"),
        rows=tuple(
            (
                row.label,
                REGIMES.get(row.regime, row.regime),
                number(row.n),
                number(row.buyers),
                *(_both(row, name, digits) for name, digits in _EARLY),
            )
            for row in rows
        ),
        numeric=(2, 3, 4, 5, 6),
    )
    return Block(
        key="early",
        title=title,
        subtitle="Test sessions cut after so many events, of those that still go on; “before the first cart "
        "add” leaves out whoever has put something in the cart by then.",
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
            "The data tells no amounts, so this model doesn't predict revenue."
            if card.manifest.revenue is None
            else "Too few buyers of the test slice tell an amount to judge it."
        )
        return Block(key="revenue", title=title, parts=(Missing(title="Nothing to show", text=why),))
    currency = card.manifest.currency
    deciles = card.manifest.curves.get("revenue_deciles") or ()
    parts: list[Part] = []
    if deciles:
        parts.append(
            Chart(
                key=DECILES,
                title="Expected and real revenue",
                subtitle="A session, by tenth of the sessions; the bars are 95% intervals",
                figure=figures.revenue_deciles_figure(deciles=deciles, currency=currency),
                n=sum(row["n"] for row in deciles),
                columns=("Tenth", "Sessions", "Buyers", "Expected", "Real", "From", "To", "Of all revenue"),
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
                text="This model was made by an older version, which didn't measure it.",
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
        subtitle="What sessions were expected to pay, against what they really paid.",
        parts=tuple(parts),
        beside=True,
    )


def clusters_block(card: Card) -> Block:
    """Return the clusters, how good they are, and why there are so many."""
    manifest = card.manifest
    quality = [
        f"{label} {value_text(figure)} ({interval_text(figure)})"
        for name, label in (("silhouette", "silhouette"), ("davies_bouldin", "Davies–Bouldin index"))
        if (figure := card.figure("clusters", name))
    ]
    rows = tuple(
        (
            note.name,
            _of(card, place, "share"),
            _of(card, place, "conversion"),
            _of(card, place, "revenue_per_session"),
            number((manifest.metrics.get("clusters", {}).get(f"{place}.share") or {}).get("n")),
            note.sentence,
        )
        for place, note in enumerate(manifest.clusters)
    )
    return Block(
        key="clusters",
        title="Clusters",
        subtitle="How well they are apart: " + ", ".join(quality) + "." if quality else None,
        parts=(
            _why(card),
            Table(
                title=f"{len(manifest.clusters)} clusters",
                columns=("Cluster", "Share", "Bought", "Revenue a session", "Sessions", "What they do"),
                rows=rows,
                numeric=(1, 2, 3, 4),
            ),
        ),
    )


def features_block(card: Card) -> Block:
    """Return which features the model reads, and which it had to do without."""
    parts: list[Part] = [
        Table(
            title=f"{len(card.known)} features of the session",
            columns=("Feature", "Typical", "Usual range or values", "Not known"),
            rows=tuple(_feature(note) for note in card.known),
            numeric=(3,),
        )
    ]
    if card.own:
        parts.append(
            Table(
                title=f"{len(card.own)} columns of your own",
                columns=("Column", "Typical", "Usual range or values", "Not known"),
                rows=tuple(_feature(note) for note in card.own),
                numeric=(3,),
            )
        )
    absent = tuple((FIELD[name].label, FIELD[name].help) for name in card.absent)
    if absent:
        parts.append(
            Table(
                title=f"{len(absent)} features it has no data for",
                subtitle="The export doesn't tell them; a session that brings them is answered without.",
                columns=("Feature", "What it is"),
                rows=absent,
            )
        )
    return Block(key="features", title="What it looks at", parts=tuple(parts))


_EARLY = (("pr_auc", 1), ("roc_auc", 1), ("calibration_error", 2))


def _early_chart(rows: tuple[Early, ...], key: str, metric: str, label: str, *, base: bool = False) -> Part:
    told = [row for row in rows if (row.metrics.get(metric) or {}).get("value") is not None]
    return Chart(
        key=key,
        title=f"{label} by events seen",
        subtitle="The bars are 95% intervals" + ("; dotted is the base rate" if base else ""),
        figure=figures.early_figure(rows=rows, metric=metric, label=label, base=base),
        n=max((row.n for row in told), default=None),
        note="n is fewer the later, as sessions end; the table has each.",
        columns=("Events", "Regime", label, "From", "To", "Sessions", "Buyers"),
        rows=tuple(
            (
                row.label,
                REGIMES.get(row.regime, row.regime),
                *(_plain(row.metrics[metric].get(side)) for side in ("value", "low", "high")),
                number(row.n),
                number(row.buyers),
            )
            for row in told
        ),
    )


def _both(row: Early, name: str, digits: int) -> str:
    figure = row.metrics.get(name)
    if not figure or figure.get("value") is None:
        return NOTHING
    known: Mapping[str, Any] = {"unit": "share" if name == "calibration_error" else "score", **figure}
    return f"{value_text(known, digits)} ({interval_text(known, digits)})"


def _plain(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3f}"


def _coverage(card: Card) -> str | None:
    figure = card.figure("revenue", "range_coverage")
    if figure is None:
        return "This model predicts an amount, but no range around it." if card.manifest.revenue else None
    return (
        f"{value_text(figure)} of the buyers ({interval_text(figure)}, n = {number(figure['n'])}) paid an "
        "amount within the predicted range; P10 to P90 is meant to hold 80%."
    )


def _of(card: Card, place: int, what: str) -> str:
    figure = card.figure("clusters", f"{place}.{what}")
    return f"{value_text(figure)} ({interval_text(figure)})" if figure else NOTHING


def _why(card: Card) -> Part:
    told = card.manifest.clustering
    candidates = list(told.get("candidates") or ())
    if not candidates:
        # Models of older versions only kept how far apart the clusters were.
        silhouettes = card.manifest.curves.get("silhouettes") or {}
        candidates = [{"k": int(k), "silhouette": value} for k, value in silhouettes.items()]
    if not candidates:
        return Missing(title="Why so many clusters", text="This model doesn't tell which numbers were tried.")
    chosen = int(told.get("k") or len(card.manifest.clusters))
    by_hand = told.get("chosen_by") == "hand"
    return Chart(
        key=WHY,
        title=f"Why {chosen} clusters",
        subtitle=str(told.get("reason") or ("Set by hand" if by_hand else "The number that fits best")),
        figure=figures.clustering_figure(candidates=candidates, chosen=chosen),
        unit="",
        columns=("Clusters", "Apart (silhouette)", "Found again (stability)", "Smallest cluster"),
        rows=tuple(
            (
                number(row["k"]),
                _plain(row.get("silhouette")),
                _plain(row.get("stability")),
                percent(row.get("smallest")),
            )
            for row in candidates
        ),
    )


def _feature(note: FeatureNote) -> tuple[str, str, str, str]:
    field = FIELD.get(note.name)
    typical = NOTHING if note.typical is None else _value(note.typical)
    if note.choices is not None:
        shown = ", ".join(str(choice) for choice in note.choices[:6])
        usual = f"{shown} and {len(note.choices) - 6} more" if len(note.choices) > 6 else shown
    elif note.minimum is None or note.maximum is None:
        usual = NOTHING
    else:
        usual = f"{number(note.minimum)} to {number(note.maximum)}"
    return (field.label if field else note.name, typical, usual, percent(note.missing))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(value)
