"""The tables of everything live, in SQL that SQLite and PostgreSQL both read."""

from __future__ import annotations

from core.schema.events import EVENT_SCHEMA

_TYPES = {
    "string": "TEXT", "timestamp[us]": "INTEGER", "int64": "INTEGER", "double": "REAL", "bool": "BOOLEAN",
    "date32[day]": "TEXT",
}  # fmt: skip
#: A canonical event as columns; its time in microseconds since 1970.
EVENT_COLUMNS = tuple(EVENT_SCHEMA.names)
#: Times in all of the tables are whole microseconds since 1970: so many make a second.
MICROS = 1_000_000
_EVENT = ", ".join(f'"{field.name}" {_TYPES[str(field.type)]}' for field in EVENT_SCHEMA)
#: Rules (``core.rules``). ``turns`` has when a rule last fired for a visitor, and so that it does once;
#: ``checks`` when it may fire without another event, ``rule_purchases`` what visitors bought after a firing.
RULES_SCHEMA = """
CREATE TABLE IF NOT EXISTS rules (id TEXT PRIMARY KEY, name TEXT NOT NULL, definition TEXT NOT NULL,
    secret TEXT NOT NULL, is_on INTEGER NOT NULL, created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS turns (rule TEXT NOT NULL, source TEXT NOT NULL, visitor TEXT NOT NULL,
    fired_at INTEGER NOT NULL, held_out INTEGER NOT NULL, firing TEXT NOT NULL,
    PRIMARY KEY (rule, source, visitor));
CREATE INDEX IF NOT EXISTS turns_of_visitor ON turns (source, visitor);
CREATE TABLE IF NOT EXISTS firings (id TEXT PRIMARY KEY, rule TEXT NOT NULL, source TEXT NOT NULL,
    visitor TEXT NOT NULL, session_id TEXT NOT NULL, fired_at INTEGER NOT NULL, held_out INTEGER NOT NULL,
    share REAL NOT NULL, probability REAL, told TEXT NOT NULL, status TEXT NOT NULL,
    attempts INTEGER NOT NULL, since INTEGER NOT NULL, next_at INTEGER NOT NULL, ended_at INTEGER,
    problem TEXT);
CREATE INDEX IF NOT EXISTS firings_to_send ON firings (status, next_at);
CREATE INDEX IF NOT EXISTS firings_of_rule ON firings (rule, fired_at);
CREATE INDEX IF NOT EXISTS firings_of_visitor ON firings (source, visitor);
CREATE TABLE IF NOT EXISTS checks (rule TEXT NOT NULL, source TEXT NOT NULL, session_id TEXT NOT NULL,
    due_at INTEGER NOT NULL, told TEXT NOT NULL, PRIMARY KEY (source, session_id, rule));
CREATE INDEX IF NOT EXISTS checks_by_time ON checks (due_at);
CREATE TABLE IF NOT EXISTS rule_purchases (firing TEXT NOT NULL, session_id TEXT NOT NULL,
    bought_at INTEGER NOT NULL, revenue REAL, PRIMARY KEY (firing, session_id));
"""
#: Times are microseconds since 1970 (UTC). A ``source`` is the id of a write key. ``people`` says which
#: visitor an id stands for, ``seen`` and ``orders`` which messages and orders have been counted, ``filled``
#: what a source has told.
#: ``scored_n`` counts scores: no two have the same, and a later one has a higher one.
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE, hint TEXT NOT NULL, origins TEXT NOT NULL, rate INTEGER NOT NULL,
    synthetic INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, revoked_at INTEGER);
CREATE TABLE IF NOT EXISTS quarantine (n INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,
    format TEXT NOT NULL, received_at INTEGER NOT NULL, reason TEXT NOT NULL, line TEXT NOT NULL,
    sent INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS events (n INTEGER PRIMARY KEY, source TEXT NOT NULL, received_at INTEGER NOT NULL,
    {_EVENT});
CREATE INDEX IF NOT EXISTS events_of_visitor ON events (source, visitor_id);
CREATE INDEX IF NOT EXISTS events_of_session ON events (source, session_id) WHERE session_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS over (n INTEGER PRIMARY KEY, source TEXT NOT NULL, batch TEXT, {_EVENT});
CREATE INDEX IF NOT EXISTS over_by_batch ON over (source, batch);
CREATE TABLE IF NOT EXISTS sessions (source TEXT NOT NULL, session_id TEXT NOT NULL, visitor_id TEXT,
    own INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
    n_events INTEGER NOT NULL, step TEXT NOT NULL, state TEXT NOT NULL, probability REAL, value REAL,
    row TEXT NOT NULL, prediction JSON NOT NULL, model TEXT NOT NULL, scored_at INTEGER NOT NULL,
    scored_n INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (session_id, source)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_of_visitor ON sessions (visitor_id, source);
CREATE INDEX IF NOT EXISTS sessions_by_state ON sessions (state, received_at);
CREATE INDEX IF NOT EXISTS sessions_by_score ON sessions (scored_n);
CREATE TABLE IF NOT EXISTS early (source TEXT NOT NULL, session_id TEXT NOT NULL, k INTEGER NOT NULL,
    model TEXT NOT NULL, probability REAL NOT NULL, has_cart INTEGER NOT NULL, visitor_id TEXT,
    scored_at INTEGER NOT NULL, n_events INTEGER, purchased INTEGER,
    PRIMARY KEY (session_id, source, k)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS early_by_time ON early (scored_at);
CREATE TABLE IF NOT EXISTS people (source TEXT NOT NULL, known TEXT NOT NULL, person TEXT NOT NULL,
    PRIMARY KEY (known, source)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (source TEXT NOT NULL, message BLOB NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (source, message)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_by_time ON seen (at);
CREATE TABLE IF NOT EXISTS orders (source TEXT NOT NULL, number BLOB NOT NULL, owner BLOB NOT NULL,
    amount REAL, at INTEGER NOT NULL, received_at INTEGER NOT NULL,
    PRIMARY KEY (source, number)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS orders_by_time ON orders (received_at);
CREATE TABLE IF NOT EXISTS filled (source TEXT PRIMARY KEY, told TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pulses (second INTEGER NOT NULL, source TEXT NOT NULL, events INTEGER NOT NULL,
    PRIMARY KEY (second, source)) WITHOUT ROWID;
DROP TABLE IF EXISTS pulse;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
{RULES_SCHEMA}"""
#: Numbers never come again: those up to the fact ``DONE`` are scored, whether or not they are still there.
#: A row is an event, or with a ``request`` all ``events`` of one; how many wait is counted in the index.
INBOX_SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (n INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,
    format TEXT NOT NULL, message BLOB NOT NULL, received_at INTEGER NOT NULL, line TEXT NOT NULL, links TEXT,
    reason TEXT, request TEXT, events INTEGER NOT NULL DEFAULT 1);
CREATE INDEX IF NOT EXISTS inbox_counted ON inbox (n, events);
"""
SCHEMAS = {"live.sqlite": SCHEMA, "inbox.sqlite": INBOX_SCHEMA}
LIVE, INBOX = SCHEMAS
#: What earlier versions didn't have, by part: table, column and its type.
LATER_COLUMNS = {
    LIVE: (("sessions", "scored_n", "INTEGER NOT NULL DEFAULT 0"),),
    INBOX: (("inbox", "request", "TEXT"), ("inbox", "events", "INTEGER NOT NULL DEFAULT 1")),
}
