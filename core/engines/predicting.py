"""The bundle on executors: shipped as the files it consists of, and checked there as it is here."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.bundle.repository import load_bundle
from core.schema.sessions import SESSION_SCHEMA
from core.scoring.steps import scored_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A bundle as it travels: its name and the bytes of its files, a few megabytes."""

    name: str
    files: Mapping[str, bytes]


def ship(predictor: Predictor, settings: Settings) -> Shipped:
    """Pack the bundle a predictor was loaded from."""
    folder = settings.models_dir / predictor.name
    return Shipped(
        name=predictor.name,
        files={path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()},
    )


def predict_batches(batches: Iterable[pa.RecordBatch], *, shipped: Shipped) -> Iterator[pa.RecordBatch]:
    """Append predictions to session rows, batch by batch (on an executor)."""
    schema = scored_schema(SESSION_SCHEMA)
    predictor = _unpacked(shipped.name, tuple(sorted(shipped.files.items())))
    for batch in predictor.predict_batches(batch.cast(SESSION_SCHEMA) for batch in batches):
        yield batch.cast(schema)


@lru_cache(maxsize=2)
def _unpacked(name: str, files: tuple[tuple[str, bytes], ...]) -> Predictor:
    """Load a bundle the way any is loaded: hashes and versions are checked before it is unpickled."""
    with tempfile.TemporaryDirectory(prefix="bundle-") as folder:
        target = Path(folder) / name
        target.mkdir()
        for file, content in files:
            (target / file).write_bytes(content)
        # One thread: Spark runs as many of these as there are cores.
        return Predictor(load_bundle(name, Settings(models_dir=Path(folder), threads=1)), threads=1)
