"""Sections of a model card on what is inside: its clusters, and the features it looks at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.base.format import NOTHING, number, percent
from components.figures import models_early as figures
from components.models.card_parts import Block, Chart, Missing, Part, Table
from components.models.labels import interval_text, score_text, value_text
from core.bundle.model_card import Card
from core.bundle.repository import FeatureNote
from core.schema.sessions import FIELD

WHY = "model-why"
#: Values of a category that are named.
NAMED = 6


def clusters_block(card: Card) -> Block:
    """Return the clusters, how good they are, and why there are so many."""
    manifest = card.manifest
    quality = [
        f"{label} {value_text(figure)} ({interval_text(figure)})"
        for name, label in (("silhouette", "silhouette"), ("davies_bouldin", "Davies–Bouldin index"))
        if (figure := card.figure("clusters", name))
    ]
    # Without outcomes nobody knows who bought.
    outcomes = ("conversion", "revenue_per_session") if card.predicts_purchase else ()
    rows = tuple(
        (
            note.name,
            _of(card, place, "share"),
            *(_of(card, place, name) for name in outcomes),
            number((manifest.metrics.get("clusters", {}).get(f"{place}.share") or {}).get("n")),
            note.sentence,
        )
        for place, note in enumerate(manifest.clusters)
    )
    return Block(
        key="clusters",
        title="Clusters",
        subtitle="Separation: " + ", ".join(quality) + "." if quality else None,
        parts=(
            _why(card),
            Table(
                title=f"{len(manifest.clusters)} clusters",
                columns=(
                    "Cluster",
                    "Share",
                    *(("Bought", "Revenue per session") if outcomes else ()),
                    "Sessions",
                    "What they do",
                ),
                rows=rows,
                numeric=(1, 2, 3, 4) if outcomes else (1, 2),
            ),
        ),
    )


def features_block(card: Card) -> Block:
    """Return which features the model reads, and which it had to do without."""
    parts: list[Part] = [
        Table(
            title=f"{len(card.known)} features of the session",
            columns=("Feature", "Typical", "Usual range or values", "Missing"),
            rows=tuple(_feature(note) for note in card.known),
            numeric=(3,),
        )
    ]
    if card.own:
        parts.append(
            Table(
                title=f"{len(card.own)} column{'s' if len(card.own) > 1 else ''} of your own",
                columns=("Column", "Typical", "Usual range or values", "Missing"),
                rows=tuple(_feature(note) for note in card.own),
                numeric=(3,),
            )
        )
    absent = tuple((FIELD[name].label, FIELD[name].help) for name in card.absent)
    if absent:
        parts.append(
            Table(
                title=f"{len(absent)} feature{'s' if len(absent) > 1 else ''} it has no data for",
                subtitle="Missing from the export it learned from, so they don't affect its predictions.",
                columns=("Feature", "What it is"),
                rows=absent,
            )
        )
    return Block(key="features", title="What it uses", parts=tuple(parts))


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
        return Missing(title="Why so many clusters", text="Which numbers were tried isn't recorded.")
    chosen = int(told.get("k") or len(card.manifest.clusters))
    by_hand = told.get("chosen_by") == "hand"
    return Chart(
        key=WHY,
        title=f"Why {chosen} clusters",
        subtitle=str(told.get("reason") or ("Set manually" if by_hand else "The number that fits best")),
        figure=figures.clustering_figure(candidates=candidates, chosen=chosen),
        n=candidates[0].get("n"),
        unit="of the sessions it learned from",
        columns=("Clusters", "Separation (silhouette)", "Stability", "Smallest cluster"),
        rows=tuple(
            (
                number(row["k"]),
                *(_plain_both(row, name) for name in ("silhouette", "stability")),
                percent(row.get("smallest")),
            )
            for row in candidates
        ),
    )


def _plain_both(row: Mapping[str, Any], name: str) -> str:
    if row.get(f"{name}_low") is None:
        return score_text(row.get(name))
    return f"{score_text(row[name])} ({score_text(row[f'{name}_low'])} to {score_text(row[f'{name}_high'])})"


def _feature(note: FeatureNote) -> tuple[str, str, str, str]:
    field = FIELD.get(note.name)
    typical = NOTHING if note.typical is None else _value(note.typical)
    if note.choices is not None:
        shown = ", ".join(str(choice) for choice in note.choices[:NAMED])
        usual = f"{shown} and {len(note.choices) - NAMED} more" if len(note.choices) > NAMED else shown
    elif note.minimum is None or note.maximum is None:
        usual = NOTHING
    else:
        usual = f"{number(note.minimum)} to {number(note.maximum)}"
    return (field.label if field else note.name, typical, usual, percent(note.missing))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(value)
