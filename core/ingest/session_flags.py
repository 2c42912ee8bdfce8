"""Yes and no in session rows: how a cell says it, and what is said of cells that say neither."""

from __future__ import annotations

from core.base.written import agree, counted, number
from core.ingest.cells import values
from core.ingest.cells.synonyms import NEGATED_COLUMNS
from core.ingest.files.source import ROW
from core.ingest.formats.outcomes import other_outcomes, say_of_others, says_bought, status_names
from core.ingest.session_reading import SessionReading
from core.ingest.settling.log import listed
from core.schema.countries import plain
from core.schema.sessions import SESSION_FIELDS

FLAGS = tuple(field.name for field in SESSION_FIELDS if field.kind == "flag")


def flag(reading: SessionReading, name: str) -> str:
    """Return SQL of whether a cell says yes; null where it says neither yes nor no."""
    cell = reading.cell(name)
    read = values.flag(cell)
    if name == "purchased":  # some exports tell how often or for how much; a part of one is a probability
        number = f"try_cast({cell} AS DOUBLE)"
        read = f"coalesce({read}, CASE WHEN NOT ({number} > 0 AND {number} < 1) THEN {number} > 0 END)"
    negated = NEGATED_COLUMNS.get(plain(reading.label(name))) == name
    return f"(NOT {read})" if negated else read


def say_of_flags(reading: SessionReading, given: set[str]) -> None:
    """Say how many cells are empty beside yes and no, and which words are neither."""
    live = f"FROM staged WHERE {ROW} NOT IN (SELECT {ROW} FROM refused)"
    for name in FLAGS:
        if name not in given or name not in reading.mapping.columns:
            continue
        cell, label = reading.cell(name), reading.label(name)
        empty = reading.count(f"SELECT count(*) {live} AND {cell} IS NULL AND {name} IS NULL")
        if empty and reading.count(f"SELECT count({name}) {live}"):
            reading.say(
                "warning" if name == "purchased" else "info",
                f"{counted(empty, 'empty cell')} of “{label}”, beside yes and no, "
                f"{agree(empty, 'counts', 'count')} as unknown.",
            )
        if name == "purchased":
            continue  # its words are told where outcomes are read
        words = reading.connection.execute(
            f"SELECT trim({cell}), count(*) {live} AND {cell} IS NOT NULL AND {name} IS NULL GROUP BY 1 "
            "ORDER BY 2 DESC, 1"
        ).fetchall()
        if words:
            said = listed((f"{word} ({number(n)})" for word, n in words), 8)
            reading.say("warning", f"“{label}” says neither yes nor no, which counts as unknown: {said}.")


def say_of_outcomes(reading: SessionReading, given: set[str]) -> None:
    """Say which columns only sound like the outcome, and how a status was read or why it wasn't."""
    head, used = reading.source.head, reading.mapping.columns.values()
    has_outcome = bool({"purchased", "revenue"} & given)
    for text in say_of_others(other_outcomes(head, used), has_outcome=has_outcome):
        reading.say("warning", text)
    for name in status_names(head):
        words = dict.fromkeys(cell.strip() for cell in head.values(name))
        says = {word: says_bought(word) for word in words}
        if reading.mapping.columns.get("purchased") == name:
            yes, no = (listed((w for w in words if says[w] is made), 8) for made in (True, False))
            reading.say(
                "warning",
                f"“{name}” is read as who bought, since the file has no orders or revenue: "
                f"yes is {yes}; no is {no}.",
            )
        elif not has_outcome and name not in used and {True, False} & set(says.values()):
            reading.say(
                "warning",
                f"No column is read as who bought. “{name}” may say it ({listed(words, 8)}): if it does, map "
                "it as the purchase.",
            )
