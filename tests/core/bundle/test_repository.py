"""A bundle is loaded whole and untouched, or not at all."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.base.errors import BundleError
from core.base.settings import Settings
from core.bundle import repository as module
from core.bundle.repository import (
    MANIFEST_FILE,
    MODELS_FILE,
    REFERENCE_FILE,
    TEST_FILE,
    Manifest,
    list_bundles,
    load_bundle,
    save_bundle,
)

NAME = "small-shop"


@pytest.fixture
def copy(trained, tmp_path: Path) -> Settings:
    """Settings whose models folder has a copy of the trained bundle, to be damaged."""
    shutil.copytree(trained.settings.models_dir, tmp_path / "models")
    return Settings(models_dir=tmp_path / "models")


class Trap:
    """Something that leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (os.mkdir, (str(self.mark),))


def edit_manifest(settings: Settings, **changes: object) -> None:
    path = settings.models_dir / NAME / MANIFEST_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_saved_bundle_comes_back_with_its_manifest(trained) -> None:
    loaded = load_bundle(NAME, trained.settings)

    assert loaded.manifest == trained.bundle.manifest
    assert Manifest.from_dict(json.loads(json.dumps(loaded.manifest.to_dict()))) == loaded.manifest
    assert loaded.models.encoder == trained.bundle.models.encoder
    assert set(loaded.manifest.files) == {MODELS_FILE, REFERENCE_FILE, TEST_FILE}


def test_tampered_models_are_refused_before_they_are_unpickled(copy: Settings, tmp_path: Path) -> None:
    mark = tmp_path / "unpickled"
    trap = pickle.dumps(Trap(mark))
    (copy.models_dir / NAME / MODELS_FILE).write_bytes(trap)

    with pytest.raises(BundleError, match=r"bundle\.joblib isn't the file") as caught:
        load_bundle(NAME, copy)

    assert not mark.exists()
    assert "train it again" in caught.value.remedy
    pickle.loads(trap)
    assert mark.exists()  # the trap would have worked


def test_one_changed_byte_is_enough(copy: Settings) -> None:
    path = copy.models_dir / NAME / MODELS_FILE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(BundleError):
        load_bundle(NAME, copy)


def test_a_changed_reference_sample_is_refused(copy: Settings) -> None:
    with (copy.models_dir / NAME / REFERENCE_FILE).open("ab") as stream:
        stream.write(b"more")

    with pytest.raises(BundleError, match=r"reference\.parquet"):
        load_bundle(NAME, copy)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"format_version": 99}, "format 99"),
        ({"libraries": {"numpy": "1.26.4"}}, r"numpy 1\.26\.4"),
        ({"libraries": {}}, "unknown"),
        ({"files": {}}, "isn't the file"),
        ({"features": [{}]}, "damaged"),
    ],
)
def test_what_doesnt_fit_this_version_is_refused(copy: Settings, changes: dict, found: str) -> None:
    edit_manifest(copy, **changes)

    with pytest.raises(BundleError, match=found) as caught:
        load_bundle(NAME, copy)

    assert caught.value.remedy
    assert NAME in caught.value.where


def test_a_newer_minor_version_of_a_library_is_fine(copy: Settings) -> None:
    libraries = module.library_versions()
    edit_manifest(copy, libraries=libraries | {"numpy": libraries["numpy"].split(".")[0] + ".0.1"})

    assert load_bundle(NAME, copy).name == NAME


@pytest.mark.parametrize(
    "name", ["../models/small-shop", "..", "a/b", "/etc", "", "a" * 65, ".hidden", "a\n"]
)
def test_names_that_lead_elsewhere_are_refused(copy: Settings, name: str) -> None:
    with pytest.raises(BundleError, match="can't be a model's name"):
        load_bundle(name, copy)


def test_links_out_of_the_models_folder_are_refused(copy: Settings, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(copy.models_dir / NAME, outside)
    (copy.models_dir / "linked").symlink_to(outside)
    inside = copy.models_dir / NAME / MODELS_FILE
    inside.unlink()
    inside.symlink_to(outside / MODELS_FILE)

    with pytest.raises(BundleError, match="link"):
        load_bundle("linked", copy)
    with pytest.raises(BundleError, match="can't be read"):
        load_bundle(NAME, copy)


def test_a_missing_bundle_says_how_to_get_one(copy: Settings) -> None:
    with pytest.raises(BundleError, match="Model not found") as caught:
        load_bundle("absent", copy)

    assert "train" in caught.value.remedy


def test_a_save_that_fails_leaves_the_old_bundle_and_nothing_else(
    copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load_bundle(NAME, copy)
    with pytest.raises(ValueError, match="JSON"):
        save_bundle(
            loaded.models,
            replace(loaded.manifest, threshold=float("nan")),
            pq.read_table(loaded.reference_path),
            copy,
        )

    assert [path.name for path in copy.models_dir.iterdir()] == [NAME]
    assert load_bundle(NAME, copy).manifest == loaded.manifest


def test_saving_again_replaces_the_bundle(copy: Settings) -> None:
    loaded = load_bundle(NAME, copy)
    save_bundle(
        loaded.models, replace(loaded.manifest, currency="CHF"), pq.read_table(loaded.reference_path), copy
    )

    assert load_bundle(NAME, copy).manifest.currency == "CHF"
    assert [path.name for path in copy.models_dir.iterdir()] == [NAME]


def test_the_list_passes_over_what_cant_be_read(copy: Settings) -> None:
    (copy.models_dir / "broken").mkdir()
    (copy.models_dir / "notes.txt").write_text("not a bundle")

    assert [manifest.name for manifest in list_bundles(copy)] == [NAME]
    assert list_bundles(Settings(models_dir=copy.models_dir / "nowhere")) == []
