"""Quick ways of reading give what the thorough ones do, and rows that are alike are compared in full."""

from __future__ import annotations

import re

import duckdb
import pytest

from core.base.formulas import original_sql
from core.ingest import ingest
from core.ingest.base import duplicates
from core.ingest.cells import values
from tests.core.ingest.reading import SETTINGS, read, write

BLANKS = " \u00a0\u1680\u2003\u2009\u202f\u3000"
HEADER = "session_id,timestamp,event_type,product_id,price\n"


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        yield opened


def test_texts_lose_every_blank_around_them_and_nothing_else(connection):
    cells = [None, "", "a", "é", "a b", "a\u3000b", "\ta\t", "~", "日本", *BLANKS]
    cells += [made for blank in BLANKS for text in ("a", "é") for made in (blank + text, text + blank * 2)]
    query = f"SELECT cell, {values.text('cell')}, nullif(trim(cell), '') FROM (SELECT unnest(?) AS cell)"
    for cell, found, thorough in connection.execute(query, [cells]).fetchall():
        assert found == thorough == ((cell or "").strip(BLANKS) or None)


def test_flags(connection):
    told = {"true": True, "1": True, " TRUE ": True, "Ja": True, "false": False, "0": False, "nein": False}
    cells = {**told, "": None, "perhaps": None, None: None}
    query = f"SELECT {values.flag('cell')} FROM (SELECT unnest(?) AS cell)"
    assert [row[0] for row in connection.execute(query, [list(cells)]).fetchall()] == list(cells.values())


def test_what_few_cells_need_is_made_of_no_other(connection):
    """A list of words is looked up by a join, for which the database makes what it looks up of every row."""
    made = ", ".join([values.identity("c"), values.flag("c"), original_sql(values.text("c"))])
    query = f"EXPLAIN (FORMAT json) SELECT {made} FROM (SELECT 'a' || range AS c FROM range(10))"
    plan = connection.execute(query).fetchall()[0][1]
    assert set(re.findall(r'"Conditions": *"([^"]*)', plan)) == {"c = #0"}


@pytest.mark.parametrize("most", [duplicates.MOST_AT_ONCE, 7], ids=["at once", "by shares"])
def test_events_of_one_moment_are_no_duplicates(tmp_path, monkeypatch, most):
    monkeypatch.setattr(duplicates, "MOST_AT_ONCE", most)
    rows = "".join(f"s{i % 3},2026-01-01T10:00:00Z,product_view,p{i},{i}\n" for i in range(40))
    found = read(write(tmp_path, HEADER + rows))
    assert (found.report.rows_kept, found.report.rejected) == (40, {})
    lines = rows.splitlines(keepends=True)
    found = read(write(tmp_path, HEADER + rows + lines[7] + lines[7] + lines[30], "twice.csv"))
    assert found.report.rejected == {"It is an exact duplicate of another row.": 3}
    assert [row["row in file"] for row in found.refused] == ["42", "43", "44"]
    assert sorted(found.column("product_id")) == sorted(f"p{i}" for i in range(40))


def test_a_row_without_a_time_is_refused_where_nothing_else_is_wrong(tmp_path):
    found = read(write(tmp_path, HEADER + "a,2026-01-01T10:00:00Z,search,,\na,,search,,\n"))
    assert found.report.rejected == {"The time is empty.": 1}
    assert found.report.rows_kept == 1


@pytest.mark.parametrize("first", ["session_id,pages,purchased", HEADER.strip()])
def test_a_small_file_of_many_columns_needs_little_memory(tmp_path, first):
    """Of each column DuckDB may make a table of its own, where it is asked about one by one."""
    is_log = first == HEADER.strip()
    heading = ",".join([first, *(f"extra_{n}" for n in range(100))])
    cells = ("2026-10-01 10:00:00,view,p1,5" if is_log else "5,0") + "," + ",".join("x" * 100)
    path = write(tmp_path, "\n".join([heading, *(f"s{n},{cells}" for n in range(300))]))
    little = SETTINGS.model_copy(update={"duckdb_memory_limit": "60MB"})
    report = ingest(path, tmp_path / "made", settings=little)
    assert report.rows_kept == 300
