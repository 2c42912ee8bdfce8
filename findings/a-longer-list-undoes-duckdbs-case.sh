#!/usr/bin/env bash
# A CASE that casts a cell only where it is a number, and looks the number up in a list: with four numbers in the
# list DuckDB 2.0.0 leaves the other cells alone, with five the query fails, as it casts them too. A list of five
# becomes a join beneath the CASE, whose key is worked out for every row. TRY_CAST answers alike for both lengths.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 2>/dev/null
"$work/venv/bin/python" - <<'PY'
import sys
import duckdb

GUARDED = (
    "SELECT cell, CASE WHEN regexp_full_match(cell, '[0-9]+') THEN {cast}(cell AS INTEGER) IN ({numbers}) END "
    "FROM (VALUES ('2'), ('sold out'), ('40')) cells(cell) ORDER BY cell"
)

def answer(cast, length):
    query = GUARDED.format(cast=cast, numbers=", ".join(map(str, range(length))))
    try:
        return [told for _, told in duckdb.sql(query).fetchall()]
    except duckdb.ConversionException:
        return "conversion error"

right = [True, False, None]
seen = {(cast, length): answer(cast, length) for cast in ("CAST", "TRY_CAST") for length in (4, 5)}
for (cast, length), told in seen.items():
    print(duckdb.__version__, cast, f"list of {length}:", told)
expected = dict.fromkeys(seen, right) | {("CAST", 5): "conversion error"}
sys.exit(seen != expected)
PY
