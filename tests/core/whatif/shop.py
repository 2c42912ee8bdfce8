"""A data folder with one scored export and the small bundle that scored it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from core.base.settings import Settings, get_settings
from core.bundle.predictor import Predictor
from core.storage import Result, get_store
from tests.core.whatif.handmade import make_bundle, scored_rows, sessions


@dataclass(frozen=True)
class Shop:
    """What a test needs to know of it."""

    settings: Settings
    predictor: Predictor
    result: Result
    rows: list[dict[str, Any]]

    @property
    def telling(self) -> dict[str, Any]:
        """A scored session with odd decimals, prices and something in the cart."""
        return max(self.rows, key=lambda row: (row["cart_adds"], row["n_events"], row["session_id"]))


@contextmanager
def open_shop(folder: Path, *, outcomes: bool = True) -> Iterator[Shop]:
    """Make it in ``folder`` and let the process's settings point there until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREDICTOR_DATA_DIR", str(folder / "data"))
        patch.setenv("PREDICTOR_MODELS_DIR", str(folder / "models"))
        patch.delenv("DATABASE_URL", raising=False)
        get_settings.cache_clear()
        settings = get_settings()
        try:
            make_bundle(settings)
            predictor = Predictor.load()
            scored = scored_rows(sessions(700, seed=11), predictor)
            if not outcomes:
                for name in ("purchased", "revenue"):
                    place = scored.column_names.index(name)
                    unknown = pa.nulls(scored.num_rows, scored.schema.field(name).type)
                    scored = scored.set_column(place, name, unknown)
            yield Shop(settings, predictor, _result(scored, folder), scored.to_pylist())
        finally:
            get_store(settings).close()
            get_settings.cache_clear()


def _result(scored: pa.Table, folder: Path) -> Result:
    store = get_store()
    upload = folder / "visits.csv"
    pa.csv.write_csv(scored.select(["session_id", "clicks", "cart_adds"]), upload)
    dataset = store.add_dataset(upload, filename="visits.csv", name="March visits")
    result = store.create_result(dataset.id, bundle="demo-shop")
    result.path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(scored, result.path)
    store.update_result(result.id, state="done", n_sessions=scored.num_rows, currency="EUR")
    return store.result(result.id)
