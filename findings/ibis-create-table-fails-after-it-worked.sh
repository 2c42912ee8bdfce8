#!/usr/bin/env bash
# ibis-framework 12.0.0 on DuckDB 2.0.0: since sqlglot 30.18 (30.17 is fine), which Ibis' own requirement admits,
# `create_table` with data from memory raises a parser error at its last step, dropping a helper view, after the
# table has been made and filled. Whoever tries again is told that the table exists. The cause: `Drop` no longer
# prints what stands in its argument `this`.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
pip() { "$work/venv/bin/pip" install --quiet --disable-pip-version-check "$@" 2>/dev/null; }
cat >"$work/try.py" <<'PY'
import ibis
import pyarrow as pa
import sqlglot
import sqlglot.expressions as sge

connection = ibis.duckdb.connect()
events = pa.table({"session": ["a", "a", "b"]})
print("sqlglot", sqlglot.__version__, "prints", repr(sge.Drop(kind="VIEW", this="seen", exists=True).sql("duckdb")))
for attempt in ("first", "second"):
    try:
        connection.create_table("events", events)
        said = "no error"
    except Exception as error:  # whatever it is, its name is what is looked at
        said = type(error).__name__
    rows = connection.con.execute("select count(*) from events").fetchone()[0]
    print(f"{attempt}: {said}, {rows} rows in the table")
PY
pip ibis-framework[duckdb]==12.0.0 duckdb==2.0.0 sqlglot==30.17.0
before=$("$work/venv/bin/python" "$work/try.py"); echo "$before"
pip sqlglot==30.18.0
after=$("$work/venv/bin/python" "$work/try.py"); echo "$after"
grep -q "first: no error, 3 rows" <<<"$before"
grep -q "first: ParserException, 3 rows" <<<"$after"
grep -q "second: CatalogException, 3 rows" <<<"$after"
