#!/usr/bin/env bash
# TRY gives null where what is inside it fails. One TRY over the cast of a cell does so in DuckDB 2.0.0, and so does
# another by itself; with both in one SELECT the query fails at the first cell that is no number. What both have in
# common, the cast, is worked out once, beforehand, outside of either TRY. TRY_CAST within them answers.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 2>/dev/null
"$work/venv/bin/python" - <<'PY'
import sys
import duckdb

PRICE, DOUBLED = "TRY(cell::INTEGER)", "TRY(cell::INTEGER * 2)"
SAFELY = tuple(sql.replace("cell::INTEGER", "TRY_CAST(cell AS INTEGER)") for sql in (PRICE, DOUBLED))

def answer(*columns):
    try:
        return duckdb.sql(f"SELECT {', '.join(columns)} FROM (VALUES ('20'), ('sold out')) t(cell)").fetchall()
    except duckdb.ConversionException:
        return "conversion error"

seen = {columns: answer(*columns) for columns in ((PRICE,), (DOUBLED,), (PRICE, DOUBLED), SAFELY)}
for columns, told in seen.items():
    print(duckdb.__version__, ", ".join(columns), "->", told)
expected = {
    (PRICE,): [(20,), (None,)],
    (DOUBLED,): [(40,), (None,)],
    (PRICE, DOUBLED): "conversion error",
    SAFELY: [(20, 40), (None, None)],
}
sys.exit(seen != expected)
PY
