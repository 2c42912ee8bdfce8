#!/usr/bin/env bash
# The largest price of three rows, one of which is not-a-number: DuckDB takes that for the largest, and says so of its
# own Parquet file. Of the same rows written by pyarrow it says 3, unless it is asked for something else besides, and a
# filter for prices above 5 finds nothing where the same filter of a count finds one. pyarrow leaves not-a-number out of
# the bounds it writes, as Parquet has it; DuckDB 2.0.0 answers by them alone. Without statistics it is found.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pyarrow==26.0.1 2>/dev/null
"$work/venv/bin/python" - "$work" <<'PY'
import sys
import duckdb, pyarrow as pa, pyarrow.parquet as pq

prices = pa.table({"price": [1.0, float("nan"), 3.0]})
arrow, bare, own = (f"{sys.argv[1]}/{name}.parquet" for name in ("arrow", "bare", "own"))
pq.write_table(prices, arrow)
pq.write_table(prices, bare, write_statistics=False)
duckdb.execute(f"COPY (FROM prices) TO '{own}'")

def answers(file):
    ask = lambda sql: duckdb.sql(sql.format(f"'{file}'")).fetchall()
    return (
        str(ask("SELECT max(price) FROM {}")[0][0]),
        str(ask("SELECT max(price), count(*) FILTER (isnan(price)) FROM {}")[0][0]),
        len(ask("SELECT * FROM {} WHERE price > 5")),
        ask("SELECT count(*) FILTER (price > 5) FROM {}")[0][0],
    )

seen = {name: answers(file) for name, file in (("pyarrow", arrow), ("no statistics", bare), ("DuckDB", own))}
for name, told in seen.items():
    print(f"{name:14} max {told[0]}, beside a count {told[1]}; above 5: {told[2]} rows, counted {told[3]}")
truth = ("nan", "nan", 1, 1)
sys.exit(seen != {"pyarrow": ("3.0", "nan", 0, 1), "no statistics": truth, "DuckDB": truth})
PY
