"""Bundles of the same sessions that differ in one thing, made in a second, for tests that choose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from core.base.settings import Settings
from core.bundle.repository import Bundle, save_bundle
from tests.core.whatif.handmade import make_bundle

ALARM = {"kind": "single_feature", "title": "One column gives the outcome away", "text": "It is coupon."}


def good_bundle(settings: Settings, name: str = "good", rows: pa.Table | None = None) -> Bundle:
    """Save a bundle that knows something; its test slice is the sessions it comes from."""
    made = make_bundle(settings, name=name, rows=rows)
    return variant(made, name, settings)


def variant(
    bundle: Bundle,
    name: str,
    settings: Settings,
    *,
    purchase: dict[str, Any] | None = None,
    revenue: dict[str, Any] | None = None,
    **manifest: Any,
) -> Bundle:
    """Save a copy of a bundle under another name, with other parts of models and manifest."""
    import pyarrow.parquet as pq

    models = bundle.models
    models = replace(models, purchase=replace(models.purchase, **(purchase or {})))
    models = replace(models, revenue=replace(models.revenue, **(revenue or {})))
    table = pq.read_table(bundle.reference_path)
    told = replace(bundle.manifest, name=name, **manifest)
    return save_bundle(models, told, table, settings, test=table)


def blind(bundle: Bundle) -> dict[str, Any]:
    """Return the purchase parts of a model that answers by chance."""
    classifier = bundle.models.purchase.classifier
    weights = np.random.default_rng(0).normal(0, 1, len(classifier.weights))
    return {"classifier": replace(classifier, weights=weights)}
