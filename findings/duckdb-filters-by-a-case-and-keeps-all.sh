#!/usr/bin/env bash
# Words of an export mapped to kinds by a CASE without ELSE, and rows wanted of certain kinds: in DuckDB 2.0.0
# WHERE (CASE …) IN ('purchase', 'refund') keeps every row, also those of which the same expression in SELECT says
# NULL, as long as all kinds that the CASE knows are in the list. With = or with an ELSE it filters, and
# SQLite filters in all cases.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 2>/dev/null
"$work/venv/bin/python" - <<'PY'
import sqlite3, sys
import duckdb

ROWS = ("CREATE TABLE events (word TEXT)", "INSERT INTO events VALUES ('order'), ('page'), ('search')")
KIND = "CASE WHEN word = 'order' THEN 'purchase'{otherwise} END"
WANTED = {
    "in a list": (KIND.format(otherwise=""), "IN ('purchase', 'refund')"),
    "equal": (KIND.format(otherwise=""), "= 'purchase'"),
    "in a list, with an else": (KIND.format(otherwise=" ELSE 'other'"), "IN ('purchase', 'refund')"),
}

def kept(ask, kind, wanted):
    """Return the words that WHERE keeps, and those of which SELECT says that it should."""
    by_where = sorted(word for word, in ask(f"SELECT word FROM events WHERE {kind} {wanted}"))
    by_select = sorted(word for word, is_kept in ask(f"SELECT word, {kind} {wanted} FROM events") if is_kept)
    return by_where, by_select

engines = {f"duckdb {duckdb.__version__}": duckdb.connect(), "sqlite": sqlite3.connect(":memory:")}
seen = {}
for engine, connection in engines.items():
    for statement in ROWS:
        connection.execute(statement)
    ask = lambda query: connection.execute(query).fetchall()
    for name, condition in WANTED.items():
        where, select = seen[engine.split()[0], name] = kept(ask, *condition)
        print(f"{engine}, {name}: WHERE keeps {where}, SELECT says {select}")
expected = dict.fromkeys(seen, (["order"], ["order"])) | {
    ("duckdb", "in a list"): (["order", "page", "search"], ["order"])
}
sys.exit(seen != expected)
PY
