"""A data folder with event exports that were really read and scored, by a small bundle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.base.settings import get_settings
from core.results.sources import Source, find_source
from core.scoring.pipeline import run_steps
from core.storage import get_store
from core.storage._adding import NewFile
from tests.core.whatif.handmade import make_bundle


@contextmanager
def open_folder(folder: Path) -> Iterator[None]:
    """Let the process's settings point to ``folder``, with a bundle in it, until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREDICTOR_DATA_DIR", str(folder / "data"))
        patch.setenv("PREDICTOR_MODELS_DIR", str(folder / "models"))
        patch.delenv("DATABASE_URL", raising=False)
        get_settings.cache_clear()
        settings = get_settings()
        try:
            make_bundle(settings)
            yield
        finally:
            get_store(settings).close()
            get_settings.cache_clear()


def scored(export: Path, name: str) -> Source:
    """Read and score an export; it stays where it is."""
    store = get_store()
    copy = store.incoming_dir / export.name
    copy.write_bytes(export.read_bytes())
    dataset = store.add_dataset_of([NewFile(path=copy, filename=export.name)], name=name)
    result = store.create_result(dataset.id, bundle="demo-shop")
    run_steps(store, result)
    return find_source(result.id)
