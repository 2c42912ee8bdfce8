"""Changes of a saved bundle that need no training: only its manifest is written anew.

One change at a time, and whole or not at all: whoever reads meanwhile sees the manifest before or after
it. Every process that has the bundle loaded notices and reads it again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from core.base.atomic_write import atomic_write
from core.base.errors import BundleError, DecisionError
from core.base.settings import Settings, get_settings
from core.bundle.cluster_names import clean_names
from core.bundle.models_folder import alone, writing
from core.bundle.repository import (
    MANIFEST_FILE,
    REFERENCE_FILE,
    TEST_FILE,
    Manifest,
    check_name,
    file_stamp,
    read_manifest,
)
from core.bundle.threshold import ThresholdRule, design_effect_of, read_counts
from core.stats.decisions import DecisionCounts, count_decisions, decision_figures

LOCK = "edit.lock"


def edit_manifest(
    name: str, change: Callable[[Manifest], Manifest], settings: Settings | None = None
) -> Manifest:
    """Change what a bundle says about itself, and return what it says now.

    Parameters
    ----------
    change
        Gets the manifest as it is on disk now, returns it changed; whatever it raises leaves all as it is.

    Raises
    ------
    BundleError
        If there is no such bundle, or its manifest can't be read.
    StorageError
        If the folder can't be written.
    """
    settings = get_settings(settings)
    check_name(name)
    with _alone(settings):
        changed = change(read_manifest(name, settings))
        text = json.dumps(changed.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
        with writing(settings), atomic_write(settings.models_dir / name / MANIFEST_FILE) as partial:
            partial.write_text(text + "\n", encoding="utf-8")
    return changed


def set_threshold(
    name: str, threshold: float, rule: ThresholdRule, settings: Settings | None = None
) -> Manifest:
    """Say from which probability on a session counts as a buyer, and how that was chosen.

    The figures at the threshold are counted anew, on the sessions of the test slice.

    Raises
    ------
    DecisionError
        If it is no probability, or the rule is none.
    BundleError
        If there is no such bundle, or it doesn't predict purchases.
    """
    rule.validate()
    settings = get_settings(settings)
    if not math.isfinite(threshold) or not 0.0 < threshold < 1.0:
        raise DecisionError(
            f"{threshold:g} can't be a cut-off.", remedy="Give a probability between 0 and 1."
        )

    def change(manifest: Manifest) -> Manifest:
        if not manifest.predicts_purchase:
            raise BundleError(
                "This model has clusters only, so it has no cut-off.",
                where=f"model {name}",
                remedy="Train one on an export with purchases.",
            )
        metrics = dict(manifest.metrics)
        counts = _counts(manifest, threshold, settings)
        if counts is not None:
            figures = {name: figure.to_dict() for name, figure in decision_figures(counts).items()}
            metrics["purchase"] = dict(metrics.get("purchase", {})) | figures
        return replace(manifest, threshold=float(threshold), threshold_rule=rule.to_dict(), metrics=metrics)

    return edit_manifest(name, change, settings)


def _counts(manifest: Manifest, threshold: float, settings: Settings) -> DecisionCounts | None:
    """Count right and wrong decisions at a threshold; None where nothing tells them."""
    for counts in read_counts(manifest.curves):
        if counts.threshold == threshold:
            return counts
    test = settings.models_dir / manifest.name / TEST_FILE
    if not test.is_file():
        return None
    table = pq.read_table(test, columns=["purchase_probability", "purchased"])
    outcome = table["purchased"].to_numpy(zero_copy_only=False).astype(bool)
    effect = design_effect_of(manifest.curves)
    return count_decisions(table["purchase_probability"].to_numpy(), outcome, threshold, design_effect=effect)


def rename_clusters(name: str, names: Sequence[str], settings: Settings | None = None) -> Manifest:
    """Call a bundle's clusters as somebody says, by id; sentences stay.

    Predictions name clusters so from now on. What is scored already keeps the names it has.

    Raises
    ------
    BundleError
        If there is no such bundle, or it isn't one name of its own for each cluster.
    """
    cleaned = clean_names(names)

    def change(manifest: Manifest) -> Manifest:
        if len(cleaned) != len(manifest.clusters) or not all(cleaned):
            raise BundleError(
                f"{sum(map(bool, cleaned))} names are given for {len(manifest.clusters)} clusters.",
                where=f"model {name}",
                remedy="Give each cluster a name.",
            )
        clusters = zip(manifest.clusters, cleaned, strict=True)
        return replace(manifest, clusters=tuple(replace(note, name=said) for note, said in clusters))

    return edit_manifest(name, change, settings)


def replace_reference(name: str, rewrite: Callable[[Path], int], settings: Settings | None = None) -> int:
    """Write a bundle's reference sample anew, and say in its manifest that it has changed.

    ``rewrite`` gets the file's path and returns how many rows it took out. What the model learned, and the
    figures of its quality, stay as they were.
    """
    settings = get_settings(settings)
    path, removed = settings.models_dir / name / REFERENCE_FILE, 0

    def change(manifest: Manifest) -> Manifest:
        nonlocal removed
        removed = rewrite(path)
        return replace(manifest, files={**manifest.files, REFERENCE_FILE: file_stamp(path.read_bytes())})

    edit_manifest(name, change, settings)
    return removed


def _alone(settings: Settings) -> AbstractContextManager[None]:
    """Let one process at a time edit; where there is no folder, there is nothing to edit."""
    return alone(settings, LOCK) if settings.models_dir.is_dir() else nullcontext()
