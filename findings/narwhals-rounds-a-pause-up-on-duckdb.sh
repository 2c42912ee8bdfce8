#!/usr/bin/env bash
# narwhals 2.29.0: one rule, "as many whole half hours of silence as fit", (seconds / 1800).cast(Int64), over two
# engines. Polars 2.1.0 cuts the fraction off, DuckDB 2.0.1 rounds: 20 minutes of silence are no half hour on the one
# and a whole one on the other, so that "a new visit from one half hour on" begins another visit only on DuckDB.
# Seen: polars half hours [0, 1, 1], duckdb [1, 1, 2], of 20, 40 and 50 minutes.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  narwhals==2.29.0 polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1 2>/dev/null
"$work/venv/bin/python" -W ignore - <<'PY'
import sys
import duckdb, polars
import narwhals as nw

minutes = [20, 40, 50]
connection = duckdb.connect()
tables = {
    "polars": polars.LazyFrame({"seconds": [m * 60 for m in minutes]}),
    "duckdb": connection.sql(f"SELECT unnest({[m * 60 for m in minutes]}) AS seconds"),
}
seen = {}
for name, table in tables.items():
    pauses = nw.from_native(table).select("seconds", n=(nw.col("seconds") / 1800).cast(nw.Int64)).sort("seconds")
    seen[name] = pauses.collect("pyarrow")["n"].to_list()
    print(name, "half hours", seen[name])
sys.exit(seen != {"polars": [0, 1, 1], "duckdb": [1, 1, 2]})
PY
