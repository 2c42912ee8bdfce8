#!/usr/bin/env bash
# dlt 1.31.0 into DuckDB 2.0.1: orders of 40 and 39.50, read from JSON as they come. The first price makes the column a
# whole number; a later one that isn't goes to a column of its own beside it, `price__v_double`, and `price` is empty
# there. `sum(price)` of the table is 60 where 99.50 was sold. The other way round, 39.50 first, one column holds both.
# Seen: 40 first {'price': 60, 'price__v_double': 39.5}; 39.5 first {'price': 99.5}.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'dlt[duckdb]==1.31.0' duckdb==2.0.1 2>/dev/null
cd "$work"
HOME="$work" DLT_DATA_DIR="$work/dlt" RUNTIME__DLTHUB_TELEMETRY=false "$work/venv/bin/python" -W ignore - "$work" <<'PY'
import sys
import dlt, duckdb

seen = {}
for name, prices in (("whole", (40, 39.5, 20)), ("fraction", (39.5, 40, 20))):
    place = f"{sys.argv[1]}/{name}.duckdb"
    pipeline = dlt.pipeline(name, destination=dlt.destinations.duckdb(place), dataset_name="shop", pipelines_dir=sys.argv[1])
    pipeline.run([{"order_id": str(i), "price": price} for i, price in enumerate(prices)], table_name="orders")
    with duckdb.connect(place, read_only=True) as connection:
        columns = [row[0] for row in connection.sql("DESCRIBE shop.orders").fetchall() if row[0].startswith("price")]
        sums = connection.sql(f"SELECT {', '.join(f'sum({column})' for column in columns)} FROM shop.orders").fetchall()[0]
    seen[prices[0]] = {column: float(total) for column, total in zip(columns, sums)}
    print(prices[0], "first", seen[prices[0]])
sys.exit(seen != {40: {"price": 60.0, "price__v_double": 39.5}, 39.5: {"price": 99.5}})
PY
