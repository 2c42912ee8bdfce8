#!/usr/bin/env bash
# ibis-framework 12.0.0: `nunique` counts a missing value as one more value on Polars 2.1.0, and doesn't on DuckDB
# 2.0.0: "distinct products of a session" is one too many for every session with an event without a product.
# Beside it, `last(order_by=time)` takes the event without a time on DuckDB and the latest one on Polars, as the two
# sort missing values to different ends. Seen: DuckDB 2 products, last step "heartbeat"; Polars 3, "purchase".
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  'ibis-framework[duckdb,polars]==12.0.0' duckdb==2.0.0 polars==2.1.0 sqlglot==30.12.0 2>/dev/null
"$work/venv/bin/python" -W ignore - <<'PY'
import sys
from datetime import datetime
import ibis
import pyarrow as pa

events = pa.table({
    "session": ["a"] * 4,
    "product": ["shoe", "hat", None, "hat"],
    "step": ["view", "view", "heartbeat", "purchase"],
    "time": pa.array([datetime(2026, 3, 1, 10, 0), datetime(2026, 3, 1, 10, 5), None, datetime(2026, 3, 1, 10, 9)]),
})
seen = {}
for name in ("duckdb", "polars"):
    connection = getattr(ibis, name).connect()
    connection.create_table("events", events)
    found = connection.table("events").group_by("session").aggregate(
        products=lambda t: t.product.nunique(), last=lambda t: t.step.last(order_by=t.time)
    )
    row = connection.to_pyarrow(found).to_pylist()[0]
    seen[name] = (row["products"], row["last"])
    print(name, seen[name])
sys.exit(seen != {"duckdb": (2, "heartbeat"), "polars": (3, "purchase")})
PY
