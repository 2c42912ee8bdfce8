"""Models with everything and with next to nothing to tell, for tests of the model card."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from core.base.settings import ROOT, Settings
from core.training.curves import curves

SHIPPED = ROOT / "models" / "demo-shop"
#: What nobody may be able to smuggle into a page or a file.
NASTY = '<script>alert("x")</script>'
ALARM = {"kind": "auc", "title": "Too good to be true", "text": f"Look at {NASTY}.", "value": 0.98}

Told = dict[str, Any]


def put_model(settings: Settings, name: str, change: Callable[[Told], None] = lambda told: None) -> None:
    """Put a changed copy of the shipped model into a models folder."""
    folder = settings.models_dir / name
    shutil.copytree(SHIPPED, folder)
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    told["name"] = name
    change(told)
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")


def full(told: Told) -> None:
    """Tell everything: curves, early prediction, why so many clusters, alarms, a column of one's own."""
    told |= {"threshold": 0.2, "threshold_rule": {"kind": "f1"}, "alarms": [ALARM], "synthetic": False}
    told["curves"] = curves(pq.read_table(SHIPPED / "reference.parquet"), 0.2)
    told["early"] = [
        {
            "k": k,
            "regime": regime,
            "n": 2_000 - 100 * place,
            "buyers": 60 - 2 * place,
            "metrics": {
                "roc_auc": figure(0.6 + 0.03 * place, "score"),
                "pr_auc": figure(0.1 + 0.03 * place, "score"),
                "calibration_error": figure(0.01, "share"),
            },
            "whole_only": {"pr_auc": figure(0.05 + 0.03 * place, "score")} if regime == "all" else None,
        }
        for place, k in enumerate([1, 2, 3, 5, 10, 15, None])
        for regime in ("all", "before_cart")
    ]
    told["clustering"] = {
        "k": 3,
        "chosen_by": "fit",
        "reason": "Three come out again on other samples and are furthest apart.",
        "candidates": [
            {"k": k, "silhouette": 0.3 + 0.01 * k, "stability": 0.9, "smallest": 0.1} for k in (2, 3, 4)
        ],
    }
    told["training"]["source"] = f"Our shop {NASTY}"
    own = {"name": f"bounce {NASTY}", "kind": "number", "dtype": "double", "minimum": 0.0, "maximum": 1.0}
    told["features"] = [*told["features"][:-2], own | {"typical": 0.2, "choices": None, "missing": 0.1}]


def old(told: Told) -> None:
    """Tell what the first version told."""
    told |= {"threshold": 0.2, "early": [], "clustering": {}, "alarms": [], "synthetic": True}
    for name in ("n", "buyers", "confusion", "scores", "revenue_deciles"):
        told["curves"].pop(name, None)
    for name, kept in (("gains", ("share", "captured")), ("calibration", ("predicted", "actual", "n"))):
        told["curves"][name] = {key: told["curves"][name][key] for key in kept}


def clusters_only(told: Told) -> None:
    """Tell what a model of an export without outcomes tells."""
    told |= {"base_rate": None, "threshold": None, "purchase": None, "revenue": None, "early": []}
    told |= {"alarms": [], "clustering": {}, "curves": {"silhouettes": {"2": 0.3, "3": 0.4}}}
    told["metrics"] = {
        "clusters": {
            name: value
            for name, value in told["metrics"]["clusters"].items()
            if name.endswith(".share") or name in ("silhouette", "davies_bouldin")
        }
    }
    told["training"] |= {"buyers": None, "first": None, "last": None, "split": {"slices": {}}}


def figure(value: float, unit: str) -> Told:
    """Return a figure as manifests have it."""
    return {"value": value, "low": 0.9 * value, "high": 1.1 * value, "n": 2_000, "unit": unit}


def shelf_of_all(folder: Path) -> Settings:
    """Return settings of a models folder with one model of each kind; ``old`` is in use."""
    settings = Settings(models_dir=folder / "models", data_dir=folder / "data", bundle="old", threads=1)
    put_model(settings, "full", full)
    put_model(settings, "old", old)
    put_model(settings, "clusters", clusters_only)
    return settings
