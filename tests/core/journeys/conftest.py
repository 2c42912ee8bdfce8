"""Exports that were really read and scored: the simulated shop's, REES46's, one without a session key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.results.sources import Source
from core.simulate import simulate_events
from tests.core.journeys.shops import open_folder, scored


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("journeys")
    with open_folder(folder):
        yield folder


@pytest.fixture(scope="package")
def events() -> pa.Table:
    return simulate_events(700, seed=3)


@pytest.fixture(scope="package")
def simulated(folder: Path, events: pa.Table) -> Source:
    pq.write_table(events, folder / "simulated.parquet")
    return scored(folder / "simulated.parquet", "Simulated shop")


@pytest.fixture(scope="package")
def keyless(folder: Path, events: pa.Table) -> Source:
    """The same shop, without a session key."""
    pq.write_table(events.drop_columns(["session_id", "order"]), folder / "keyless.parquet")
    return scored(folder / "keyless.parquet", "Simulated shop, visitors only")


@pytest.fixture(scope="package")
def rees46(folder: Path, shared_data: Path) -> Source:
    return scored(shared_data / "rees46_2019-10-01.csv", "REES46")
