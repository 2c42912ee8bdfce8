"""A data folder with one scored export and the small bundle that scored it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
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
from tests.shared import copy_of


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
    """Put it into ``folder`` and let the process's settings point there until the block ends."""
    copy_of(f"shop-{outcomes}", folder, partial(_make, outcomes=outcomes))
    with _settings_in(folder) as settings:
        result = get_store().results()[0]
        yield Shop(settings, Predictor.load(), result, pq.read_table(result.path).to_pylist())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Return it, for each file of tests that imports this its own."""
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


def _make(folder: Path, *, outcomes: bool) -> None:
    with _settings_in(folder) as settings:
        make_bundle(settings)
        scored = scored_rows(sessions(700, seed=11), Predictor.load())
        if not outcomes:
            for name in ("purchased", "revenue"):
                place = scored.column_names.index(name)
                unknown = pa.nulls(scored.num_rows, scored.schema.field(name).type)
                scored = scored.set_column(place, name, unknown)
        _add_result(scored, folder)


@contextmanager
def _settings_in(folder: Path) -> Iterator[Settings]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREDICTOR_DATA_DIR", str(folder / "data"))
        patch.setenv("PREDICTOR_MODELS_DIR", str(folder / "models"))
        patch.delenv("DATABASE_URL", raising=False)
        get_settings.cache_clear()
        settings = get_settings()
        try:
            yield settings
        finally:
            get_store(settings).close()
            get_settings.cache_clear()


def _add_result(scored: pa.Table, folder: Path) -> None:
    store = get_store()
    upload = folder / "visits.csv"
    pa.csv.write_csv(scored.select(["session_id", "clicks", "cart_adds"]), upload)
    dataset = store.add_dataset(upload, filename="visits.csv", name="March visits")
    result = store.create_result(dataset.id, bundle="demo-shop")
    result.path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(scored, result.path)
    store.update_result(result.id, state="done", n_sessions=scored.num_rows, currency="EUR")
