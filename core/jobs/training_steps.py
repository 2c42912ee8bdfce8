"""Training a model on a dataset, step by step: ingest, features, train, compare.

Like the steps of scoring, each can be run again from its beginning with the same outcome: a model that
was saved before the worker died isn't trained again.
"""

from __future__ import annotations

import logging
import shutil
from datetime import UTC, datetime
from typing import Any

from core.base.errors import (
    BundleError,
    CancelledError,
    CoreError,
    NotFoundError,
    RegistryError,
    TrainingError,
)
from core.base.progress import Progress, silent
from core.bundle.registry import delete_bundle, in_use
from core.bundle.repository import Manifest, read_manifest
from core.scoring.pipeline import features_path, features_step, ingest_step, report_of
from core.storage import Store, Training
from core.training.comparison.compare import compare
from core.training.comparison.records import Comparison
from core.training.purchase.options import TrainingOptions
from core.training.train import train

log = logging.getLogger(__name__)

#: Where each step is on the way from 0 to 1.
STEP_SHARES = {
    "ingest": (0.0, 0.06),
    "features": (0.06, 0.12),
    "train": (0.12, 0.95),
    "compare": (0.95, 1.0),
}


def read_step(store: Store, training: Training, progress: Progress = silent) -> None:
    """Read the upload, unless that has been done."""
    ingest_step(store, training, progress)


def sessions_step(store: Store, training: Training, progress: Progress = silent) -> None:
    """Make session rows of the events, where the export has events."""
    training.folder.mkdir(parents=True, exist_ok=True)
    features_step(store, training, progress)


def train_step(store: Store, training: Training, progress: Progress = silent) -> None:
    """Train the model and save it under the models folder, unless that has been done.

    Raises
    ------
    TrainingError
        If no honest model can be trained on it, or somebody else has made one of this name meanwhile.
    """
    clear_unfinished(store, training)
    if saved(store, training) is not None:
        return
    if (store.settings.models_dir / training.bundle).exists():
        raise TrainingError(
            "A model with this name was created in the meantime.",
            where=f"model {training.bundle}",
            remedy="Train again under another name.",
        )
    dataset = store.dataset(training.dataset_id)
    report = report_of(dataset)
    has_events = report.kind == "events"
    sessions = features_path(training) if has_events else dataset.sessions_path
    store.ensure_room(sessions.stat().st_size)
    train(
        sessions,
        name=training.bundle,
        settings=store.settings,
        source=training.dataset_name,
        synthetic=dataset.synthetic,
        events=dataset.events_path if has_events else None,
        told=report.told,
        currency=report.currency,
        progress=progress,
        options=TrainingOptions.from_dict(training.options),
        more={"dataset": dataset.sha256},
    )


def compare_step(store: Store, training: Training, progress: Progress = silent) -> dict[str, Any]:
    """Compare the new model with the one in use; return what came of it as plain JSON."""
    old = in_use(store.settings)
    try:
        comparison = compare(training.bundle, old, settings=store.settings, progress=progress)
    except (CancelledError, NotFoundError):
        raise
    except CoreError as error:
        # The new model is good all the same.
        log.warning("%s could not be compared with %s: %s", training.bundle, old, error)
        comparison = Comparison(
            new=training.bundle,
            old=old,
            n=0,
            buyers=0,
            lines=(),
            verdict=f"It could not be compared with {old}: {error.message}",
        )
    return comparison.to_dict()


def saved(store: Store, training: Training) -> Manifest | None:
    """Return the manifest of the model this training has saved, None if it hasn't.

    Its name was free when the training began, and is the training's until it ends.
    """
    if store.trainings_of(training.bundle)[0].id != training.id:
        return None
    try:
        manifest = read_manifest(training.bundle, store.settings)
    except BundleError:
        return None
    made = datetime.fromisoformat(manifest.created_at)
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    ours = manifest.training.get("source") == training.dataset_name
    return manifest if ours and made >= training.created_at.replace(microsecond=0) else None


def clear_unfinished(store: Store, training: Training) -> None:
    """Remove what a worker that was killed while saving the model has left."""
    for folder in store.settings.models_dir.glob(f".{training.bundle}-????????"):
        shutil.rmtree(folder, ignore_errors=True)


def clear(store: Store, training: Training) -> None:
    """Remove everything of a training that ends without a model."""
    clear_unfinished(store, training)
    if saved(store, training) is not None:
        try:
            delete_bundle(training.bundle, store.settings)
        except RegistryError:
            log.warning("%s is in use already and stays", training.bundle)
    store.remove_training_files(training.id)
