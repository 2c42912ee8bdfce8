"""The demo shop's model that comes with the program, and the copies of it in other models folders."""

from __future__ import annotations

import json
import logging
import secrets
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from core.base.project import SHIPPED
from core.base.settings import ROOT, Settings
from core.bundle.edit import rename_clusters, set_threshold
from core.bundle.models_folder import writing
from core.bundle.repository import MANIFEST_FILE, Manifest, put_in_place, read_manifest
from core.bundle.threshold import ThresholdRule

log = logging.getLogger(__name__)

SOURCE = ROOT / "models" / SHIPPED


def refresh_shipped(settings: Settings, source: Path = SOURCE) -> bool:
    """Replace a project's copy of the shipped model where an upgrade has brought a newer one.

    A model of the shop's own under that name stays, and where somebody has removed the copy none is made. A
    cut-off somebody has set is kept, and so are names given to clusters that are the same in the newer one.

    Returns
    -------
    bool
        Whether it was replaced.
    """
    copy = settings.models_dir / SHIPPED
    if not copy.is_dir() or copy.resolve() == source.resolve():
        return False
    new, old = _told(source), _told(copy)
    if not (new and old and old["synthetic"] and _made(new) > _made(old)):
        return False
    apart = settings.model_copy(
        update={"models_dir": settings.models_dir / f".{SHIPPED}-{secrets.token_hex(4)}"}
    )
    with writing(settings):
        try:
            shutil.copytree(source, apart.models_dir / SHIPPED)
            _edit_as(read_manifest(SHIPPED, settings), apart)
            put_in_place(apart.models_dir / SHIPPED, copy)
        finally:
            shutil.rmtree(apart.models_dir, ignore_errors=True)
    log.info("the demo shop's model of %s was replaced by that of this version", settings.project or "here")
    return True


def _edit_as(old: Manifest, apart: Settings) -> None:
    """Change the newer model as the older one was changed by hand."""
    rule = ThresholdRule.from_dict(old.threshold_rule)
    if rule.kind != "f1" and old.threshold is not None:
        set_threshold(SHIPPED, old.threshold, rule, apart)
    clusters = read_manifest(SHIPPED, apart).clusters
    # Whoever names a cluster leaves its sentence: one with the same sentence is the same kind of visit.
    named = {note.sentence: note.name for note in old.clusters}
    names = [named.get(note.sentence, note.name) for note in clusters]
    if len(set(names)) == len(names):
        rename_clusters(SHIPPED, names, apart)


def _told(model: Path) -> dict[str, Any] | None:
    """Return what a model says of itself; None of one that can't be read."""
    try:
        told = json.loads((model / MANIFEST_FILE).read_text(encoding="utf-8"))
        return told if isinstance(told["synthetic"], bool) and _made(told) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _made(told: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(told["created_at"])
