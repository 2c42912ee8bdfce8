"""Copies of the shipped model, in projects and in models folders of their own, after an upgrade."""

from __future__ import annotations

import errno
import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core.base.settings import Settings
from core.bundle.edit import rename_clusters, set_threshold
from core.bundle.repository import load_bundle, read_manifest, verify_bundle
from core.bundle.shipped import refresh_shipped
from core.bundle.threshold import ThresholdRule
from core.jobs import worker
from core.projects import create_project
from core.projects.records import every_settings, in_every_project
from tests.conftest import SHIPPED


def changed(model: Path, **values: Any) -> Path:
    path = model / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    return model


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(SHIPPED, tmp_path / "models" / SHIPPED.name)
    return Settings(data_dir=tmp_path / "data", models_dir=tmp_path / "models", min_free_bytes=0)


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """Return the model of a version to come."""
    copied = shutil.copytree(SHIPPED, tmp_path / "newer" / SHIPPED.name)
    return changed(copied, created_at="2100-01-01T00:00:00+00:00")


def test_every_project_gets_the_newer_one(settings: Settings, newer: Path) -> None:
    create_project("France", settings)
    assert in_every_project(settings, lambda own: refresh_shipped(own, newer), "test") == [True, True]
    for own in every_settings(settings):
        assert read_manifest(SHIPPED.name, own).created_at.startswith("2100")
        verify_bundle(SHIPPED.name, own)
        load_bundle(SHIPPED.name, own)
        assert [path.name for path in own.models_dir.iterdir()] == [SHIPPED.name]
    assert in_every_project(settings, lambda own: refresh_shipped(own, newer), "test") == [False, False]


def test_what_somebody_set_in_the_older_one_is_kept(settings: Settings, newer: Path) -> None:
    name = SHIPPED.name
    shipped = read_manifest(name, settings)
    own_names = [f"Kind {place}" for place in range(len(shipped.clusters))]
    rename_clusters(name, own_names, settings)
    set_threshold(name, 0.4, ThresholdRule(kind="hand"), settings)
    changed_sentence = shipped.to_dict()["clusters"]
    changed_sentence[0]["sentence"] = "Visits of another kind."
    changed(newer, clusters=changed_sentence)
    assert refresh_shipped(settings, newer)
    now = read_manifest(name, settings)
    assert now.created_at.startswith("2100")
    assert (now.threshold, now.threshold_rule["kind"]) == (0.4, "hand")
    assert now.metrics["purchase"]["recall"] != shipped.metrics["purchase"]["recall"]
    # A cluster that isn't the same any more keeps the newer one's name.
    assert [note.name for note in now.clusters] == [shipped.clusters[0].name, *own_names[1:]]
    verify_bundle(name, settings)
    assert sorted(path.name for path in settings.models_dir.iterdir() if path.is_dir()) == [name]


@pytest.mark.parametrize(
    "values", [{"synthetic": False}, {"created_at": "2100-01-02T00:00:00+00:00"}, {"created_at": 5}], ids=str
)
def test_what_is_the_shop_s_own_or_newer_stays(
    settings: Settings, newer: Path, values: dict[str, Any]
) -> None:
    before = changed(settings.models_dir / SHIPPED.name, **values).joinpath("manifest.json").read_bytes()
    assert refresh_shipped(settings, newer) is False
    assert (settings.models_dir / SHIPPED.name / "manifest.json").read_bytes() == before


def test_none_is_made_where_there_is_none_and_the_program_s_own_stays(
    settings: Settings, newer: Path
) -> None:
    assert refresh_shipped(settings, settings.models_dir / SHIPPED.name) is False
    shutil.rmtree(settings.models_dir / SHIPPED.name)
    assert refresh_shipped(settings, newer) is False
    assert list(settings.models_dir.iterdir()) == []


def test_a_full_disk_keeps_no_worker_from_starting(
    settings: Settings, newer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.bundle.shipped.shutil.copytree", full)
    monkeypatch.setattr(worker, "refresh_shipped", partial(refresh_shipped, source=newer))
    assert in_every_project(settings, worker._renew, "test") == [None]
