"""A bundle on disk: the fitted models, what they are worth, and proof that nobody changed them.

    models/<name>/bundle.joblib      the fitted models
                  manifest.json      what they were trained on and how good they are, and the files' hashes
                  reference.parquet  scored sessions of the test slice: a sample
                  test.parquet       sessions of the test slice, for comparing models on

Only folders right under the models folder are read, and ``bundle.joblib`` is unpickled only after its
hash has been checked, from the very bytes that were hashed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import re
import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.base.errors import BundleError, BundleNameError
from core.base.settings import Settings, get_settings

if TYPE_CHECKING:
    from core.bundle.models import Models

#: Raised whenever an older program could misread a bundle.
FORMAT_VERSION = 2
MODELS_FILE, MANIFEST_FILE, REFERENCE_FILE = "bundle.joblib", "manifest.json", "reference.parquet"
TEST_FILE = "test.parquet"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

#: Libraries whose objects are inside ``bundle.joblib``, by the name they are installed under.
LIBRARIES = {"numpy": "numpy", "scikit-learn": "scikit-learn", "xgboost": "xgboost-cpu", "joblib": "joblib"}

#: Where the classes inside bundles of earlier versions were defined, and where they are now.
MOVED = {"core.models": "core.bundle.models", "core.encode": "core.bundle.encoder"}

RETRAIN = "Train it again: python -m core train."
RESTORE = "Restore the folder from where it was trained, or train it again: python -m core train."


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureNote:
    """What a bundle knows of one feature: enough to draw a form and to tell what is unusual.

    ``minimum`` and ``maximum`` are the 0.5% and 99.5% points of the training rows, ``typical`` the
    median or the most frequent value, ``missing`` the share of training rows without a value.
    """

    name: str
    kind: str
    dtype: str
    minimum: float | None
    maximum: float | None
    typical: float | int | str | bool | None
    choices: tuple[str | int, ...] | None
    missing: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterNote:
    """What a bundle says of one cluster; its id is its place in the manifest's list."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything about a bundle that is to be read without unpickling it.

    ``training`` says what it learned from and how that was split; ``purchase`` which models competed;
    ``metrics`` how good it is on the test slice: by group (``purchase``, ``revenue``, ``clusters``) and
    name, each ``{value, low, high, n, unit}``. ``files`` is filled in when the bundle is saved.

    A bundle of an export that tells no outcome has clusters only: ``base_rate``, ``threshold`` and
    ``purchase`` are null. ``threshold_rule`` says how the threshold was chosen: ``{"kind": "f1"}``, or
    ``{"kind": "money", "value_of_buyer": ..., "cost_of_contact": ...}`` in ``currency``, or
    ``{"kind": "hand"}``. ``early`` says how good it is after k events: rows of ``k`` (null at the end),
    ``regime`` (``all`` or ``before_cart``), ``n``, ``buyers`` and ``metrics``. ``clustering`` says why
    there are so many clusters: ``k``, ``chosen_by`` and ``candidates``. ``alarms`` are signs that
    something gives the outcome away: ``kind``, ``title``, ``text``.
    """

    name: str
    created_at: str
    currency: str
    synthetic: bool
    base_rate: float | None
    threshold: float | None
    features: tuple[FeatureNote, ...]
    clusters: tuple[ClusterNote, ...]
    training: Mapping[str, Any]
    purchase: Mapping[str, Any] | None
    revenue: Mapping[str, Any] | None
    metrics: Mapping[str, Mapping[str, Mapping[str, Any]]]
    curves: Mapping[str, Any] = field(default_factory=dict)
    threshold_rule: Mapping[str, Any] = field(default_factory=lambda: {"kind": "f1"})
    early: tuple[Mapping[str, Any], ...] = ()
    clustering: Mapping[str, Any] = field(default_factory=dict)
    alarms: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    libraries: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    @property
    def predicts_purchase(self) -> bool:
        """Whether it answers more than which cluster a session belongs to."""
        return self.purchase is not None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Manifest:
        """Read what ``to_dict`` wrote.

        Raises
        ------
        KeyError, TypeError
            If it isn't a manifest's.
        """
        known = {
            item.name: told[item.name]
            for item in fields(cls)
            if item.name in told or (item.default is MISSING and item.default_factory is MISSING)
        }
        known["features"] = tuple(
            FeatureNote(**(note | {"choices": None if note["choices"] is None else tuple(note["choices"])}))
            for note in told["features"]
        )
        known["clusters"] = tuple(ClusterNote(**note) for note in told["clusters"])
        for name in ("notes", "early", "alarms"):
            known[name] = tuple(told.get(name, ()))
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A loaded bundle: the models, their manifest, and the folder they came from."""

    models: Models
    manifest: Manifest
    folder: Path

    @property
    def name(self) -> str:
        """Name of the folder under the models folder."""
        return self.manifest.name

    @property
    def reference_path(self) -> Path:
        """Scored sessions of the test slice: session rows with predictions."""
        return self.folder / REFERENCE_FILE

    @property
    def test_path(self) -> Path:
        """Whole sessions of the test slice with outcomes and predictions; may be missing."""
        return self.folder / TEST_FILE


def library_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries whose objects a bundle holds."""
    return {"python": platform.python_version()} | {name: version(dist) for name, dist in LIBRARIES.items()}


def check_name(name: str) -> str:
    """Return a bundle's name if it is one.

    Raises
    ------
    BundleNameError
        If it could lead out of the models folder, or isn't a plain name.
    """
    if not NAME.fullmatch(name) or ".." in name:
        raise BundleNameError(
            f"{name[:80]!r} can't be a model's name.",
            remedy="Use up to 64 letters, digits, '.', '_' and '-', starting with a letter or digit.",
        )
    return name


def save_bundle(
    models: Models,
    manifest: Manifest,
    reference: pa.Table,
    settings: Settings,
    *,
    test: pa.Table | None = None,
) -> Bundle:
    """Write a bundle under the models folder, whole or not at all; one of the same name is replaced.

    Parameters
    ----------
    reference
        Scored sessions for scatters, neighbours and drift.
    test
        Scored sessions of the test slice, for comparing models on.

    Raises
    ------
    BundleError
        If the manifest's name isn't a plain name.
    """
    import joblib

    name = check_name(manifest.name)
    settings.models_dir.mkdir(parents=True, exist_ok=True)
    folder = settings.models_dir / name
    building = settings.models_dir / f".{name}-{secrets.token_hex(4)}"
    building.mkdir()
    try:
        joblib.dump(models, building / MODELS_FILE, compress=("zlib", 6))
        pq.write_table(reference, building / REFERENCE_FILE, compression="zstd")
        if test is not None:
            pq.write_table(test, building / TEST_FILE, compression="zstd")
        files = {
            file: file_stamp((building / file).read_bytes())
            for file in (MODELS_FILE, REFERENCE_FILE, TEST_FILE)
            if (building / file).exists()
        }
        manifest = replace(manifest, files=files, libraries=library_versions())
        text = json.dumps(manifest.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
        (building / MANIFEST_FILE).write_text(text + "\n", encoding="utf-8")
        put_in_place(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return Bundle(models=models, manifest=manifest, folder=folder)


def load_bundle(name: str, settings: Settings | None = None) -> Bundle:
    """Read a bundle after checking that it is whole, untouched and made by versions like these.

    Raises
    ------
    BundleError
        If it is missing, damaged, changed, or of another format or major library version.
    """
    folder = _folder(check_name(name), get_settings(settings).models_dir)
    try:
        return _load(name, folder)
    except BundleError:
        # Replaced by a newer one between its manifest and its models? Then the second look fits.
        return _load(name, folder)


def verify_bundle(name: str, settings: Settings | None = None) -> Manifest:
    """Check that a bundle is whole, untouched and made by versions like these, without unpickling it.

    Raises
    ------
    BundleError
        If it isn't.
    """
    folder = _folder(check_name(name), get_settings(settings).models_dir)
    manifest = _manifest(name, folder)
    _check_libraries(manifest)
    for file in dict.fromkeys((MODELS_FILE, REFERENCE_FILE, *manifest.files)):
        _verified(folder, file, manifest)
    return manifest


def read_manifest(name: str, settings: Settings | None = None) -> Manifest:
    """Read only what a bundle says about itself.

    Raises
    ------
    BundleError
        If there is no such bundle, or its manifest can't be read.
    """
    return _manifest(name, _folder(check_name(name), get_settings(settings).models_dir))


def known_manifest(name: str, settings: Settings | None = None) -> Manifest:
    """Return what ``read_manifest`` does, read again only once it has changed: for who asks all the time.

    Raises
    ------
    BundleError
        As ``read_manifest``.
    """
    settings = get_settings(settings)
    try:
        changed = (settings.models_dir / check_name(name) / MANIFEST_FILE).stat().st_mtime_ns
    except OSError:
        return read_manifest(name, settings)  # which says why it can't be read
    return _known_manifest(name, settings.models_dir, changed)


@lru_cache(maxsize=16)
def _known_manifest(name: str, models_dir: Path, changed: int) -> Manifest:
    return _manifest(name, _folder(name, models_dir))


def list_bundles(settings: Settings | None = None) -> list[Manifest]:
    """Return the manifests of all bundles that can be read, by name."""
    models_dir = get_settings(settings).models_dir
    found = []
    for folder in sorted(models_dir.iterdir()) if models_dir.is_dir() else ():
        if folder.is_dir() and NAME.fullmatch(folder.name):
            try:
                found.append(read_manifest(folder.name, settings))
            except BundleError:
                continue
    return found


def _folder(name: str, models_dir: Path) -> Path:
    folder = models_dir / name
    if not folder.is_dir():
        remedy = "The shipped model is rebuilt with: python -m core train --demo."
        raise BundleError("Model not found.", where=f"model {name}", remedy=remedy)
    if folder.is_symlink() or folder.resolve().parent != models_dir.resolve():
        raise BundleError(
            "The model's folder is a link to somewhere else.",
            where=f"model {name}",
            remedy="Only models right inside the models folder are loaded; move it there.",
        )
    return folder


def _load(name: str, folder: Path) -> Bundle:
    import joblib

    manifest = _manifest(name, folder)
    _check_libraries(manifest)
    for file in (REFERENCE_FILE, TEST_FILE):
        if file == REFERENCE_FILE or file in manifest.files:
            _verified(folder, file, manifest)
    content = _verified(folder, MODELS_FILE, manifest)
    for former, now in MOVED.items():
        sys.modules.setdefault(former, import_module(now))
    try:
        models = joblib.load(io.BytesIO(content))
    except Exception as error:
        raise BundleError(
            f"The models can't be unpacked ({type(error).__name__}).", where=f"model {name}", remedy=RETRAIN
        ) from error
    return Bundle(models=models, manifest=manifest, folder=folder)


def _manifest(name: str, folder: Path) -> Manifest:
    try:
        told = json.loads(_read(folder, MANIFEST_FILE, name))
        found = told["format_version"]
        if found != FORMAT_VERSION:
            raise BundleError(
                f"This model has format {found}; this version of the product reads format {FORMAT_VERSION}.",
                where=f"model {name}",
                remedy=RETRAIN,
            )
        manifest = Manifest.from_dict(told)
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError("Its manifest is damaged.", where=f"model {name}", remedy=RESTORE) from error
    return replace(manifest, name=name)


def _check_libraries(manifest: Manifest) -> None:
    here = library_versions()
    for library, installed in here.items():
        if library == "python":
            continue
        made_with = str(manifest.libraries.get(library, "unknown"))
        if made_with.split(".")[0] != installed.split(".")[0]:
            raise BundleError(
                f"It was made with {library} {made_with}; {installed} is installed.",
                where=f"model {manifest.name}",
                remedy=f"Install {library} {made_with.split('.')[0]}.x, or train it again.",
            )


def _verified(folder: Path, file: str, manifest: Manifest) -> bytes:
    """Return a file's bytes once they have the hash the manifest gives."""
    content = _read(folder, file, manifest.name)
    expected = manifest.files.get(file, {}).get("sha256")
    if not isinstance(expected, str) or not secrets.compare_digest(file_stamp(content)["sha256"], expected):
        raise BundleError(
            f"{file} isn't the file this model was saved with, so it wasn't opened.",
            where=f"model {manifest.name}",
            remedy=RESTORE,
        )
    return content


def _read(folder: Path, file: str, name: str) -> bytes:
    try:
        # A link could lead out of the models folder.
        handle = os.open(folder / file, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise BundleError(
            f"{file} can't be read ({error.strerror}).", where=f"model {name}", remedy=RESTORE
        ) from error
    with os.fdopen(handle, "rb") as stream:
        return stream.read()


def file_stamp(content: bytes) -> dict[str, Any]:
    """Return what a manifest says of a file: its hash and its length."""
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def put_in_place(building: Path, folder: Path) -> None:
    """Move a finished folder to its name; what has it now goes."""
    if not folder.exists():
        building.rename(folder)
        return
    # A folder can't be renamed over another one: the old one steps aside, and comes back if need be.
    aside = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    folder.rename(aside)
    try:
        building.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)
