"""Which rows are one person's: by their ids, and by addresses within texts."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.privacy.originals import names
from core.privacy.rows import Ids, remove, rows

ROWS = [
    {"session_id": "s1", "visitor_id": " ANN@x.de ", "page": "/", "product_id": "p"},
    {"session_id": "s2", "visitor_id": "v", "page": "/thanks?mail=ann%40x.de&a=1", "product_id": "p"},
    {"session_id": "s3", "visitor_id": "joann@x.de", "page": "/to/mary.ann@x.de", "product_id": "ann"},
    {"session_id": "s4", "visitor_id": None, "page": "ann@x.de.com", "product_id": "p"},
    {"session_id": "s5", "visitor_id": "w", "page": None, "product_id": "s1"},
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    schema = pa.schema([(name, pa.string()) for name in ROWS[0]], metadata={"told": "kept"})
    pq.write_table(pa.Table.from_pylist(ROWS, schema=schema), tmp_path / "rows.parquet", row_group_size=2)
    return tmp_path / "rows.parquet"


def test_a_person_is_found_by_id_and_by_address_and_nobody_else_is(file: Path) -> None:
    ids = Ids(people={"ann@x.de"}, sessions={"s5"})
    assert [row["session_id"] for row in rows(file, ids)] == ["s1", "s2", "s5"]
    assert remove(file, ids) == 3
    assert pq.read_table(file).column("session_id").to_pylist() == ["s3", "s4"]
    assert (pq.read_schema(file).metadata or {})[b"told"] == b"kept"
    assert remove(file, ids) == 0


def test_a_short_id_counts_in_columns_of_ids_alone(file: Path) -> None:
    assert [row["session_id"] for row in rows(file, Ids(people={"p", "w"}))] == ["s5"]


@pytest.mark.parametrize("text", ["a,ann@x.de,b", '{"user": "Ann@x.de"}', "/x?m=ann%40x.de", "a;ann@x.de"])
def test_an_original_that_names_somebody_is_known(tmp_path: Path, text: str) -> None:
    path = tmp_path / "upload.csv"
    path.write_text(f"who\n{text}\n")
    assert names(path, Ids(people={"ann@x.de"}))
    path.write_text("who\njoann@x.de,ann@x.de.com\n")
    assert not names(path, Ids(people={"ann@x.de"}))
