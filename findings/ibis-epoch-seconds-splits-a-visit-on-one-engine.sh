#!/usr/bin/env bash
# ibis-framework 12.0.0: `epoch_seconds()` is typed int32, but on DuckDB 2.0.0 it keeps the fraction of a second and
# on Polars 2.1.0 it doesn't. Two events 1800.4 seconds apart are two visits on DuckDB and one on Polars, by the same
# rule "silent for more than 1800 seconds"; asked for itself, the column comes from Polars and is an error from DuckDB,
# though only where some time has a fraction.
# Seen: DuckDB new visit True, ArrowInvalid; Polars False, 1772360999.
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
    "before": pa.array([datetime(2026, 3, 1, 9, 59, 59, 200_000)], pa.timestamp("us")),
    "time": pa.array([datetime(2026, 3, 1, 10, 29, 59, 600_000)], pa.timestamp("us")),
})
seen = {}
for name in ("duckdb", "polars"):
    connection = getattr(ibis, name).connect()
    connection.create_table("events", events)
    t = connection.table("events")
    assert str(t.time.epoch_seconds().type()) == "int32"
    silence = t.time.epoch_seconds() - t.before.epoch_seconds()
    is_new = connection.to_pyarrow(t.select(is_new=silence > 1800)).to_pylist()[0]["is_new"]
    try:
        asked = connection.to_pyarrow(t.select(at=t.time.epoch_seconds())).to_pylist()[0]["at"]
    except pa.ArrowInvalid as error:
        asked = type(error).__name__
    seen[name] = (is_new, asked)
    print(name, seen[name])
sys.exit(seen != {"duckdb": (True, "ArrowInvalid"), "polars": (False, 1772360999)})
PY
