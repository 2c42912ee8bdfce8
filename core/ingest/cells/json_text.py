r"""JSON as it reaches cells: once more escaped by whatever wrote the table, or as Python shows its values.

pandas writes a list of dicts as ``[{'price': 10, 'coupon': None}]``, and one of numpy without the commas
between its elements; JSON kept in a text becomes ``"{\"price\": 10}"`` when it is written as JSON again, and
``{""price"": 10}`` or ``{\"price\": 10}`` when a table is escaped twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.base.memory_database import scratch_database
from core.base.sql import literal

#: A text within quotes of either sign, or what stands between two texts.
_PIECE = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^'"]+"""
#: What stands around values that aren't plain: ``Decimal('1.5')``, ``array([…], dtype=object)``.
_CALLS = r"[A-Za-z_][A-Za-z_.0-9]*\(|(?:, *dtype=\w+)?\)"
_WORDS = {"None": "null", "nan": "null", "NaN": "null", "True": "true", "False": "false"}


def as_json(text: str) -> str:
    """Return SQL of the JSON that a text which is none itself stands for; what can't be told stays no JSON.

    Parameters
    ----------
    text
        SQL of the text. Null gives null.
    """
    return f"""coalesce(CASE
        WHEN regexp_matches({text}, '^\\s*"') THEN TRY_CAST({text} AS JSON) ->> '$'
        WHEN regexp_matches({text}, '^[\\s\\[{{]*""\\w') THEN replace({text}, '""', '"')
        WHEN regexp_matches({text}, '^[\\s\\[{{]*\\\\"') THEN TRY_CAST('"' || {text} || '"' AS JSON) ->> '$'
        WHEN len(array_to_string({_pieces(text)}, '')) = len({text}) THEN {_of_python(text)}
    END, {text})"""


def texts_as_json(texts: Sequence[str]) -> list[str | None]:
    """Return what ``as_json`` makes of some texts."""
    with scratch_database() as connection:
        made = connection.execute(f"SELECT {as_json('t')} FROM (SELECT unnest(?::VARCHAR[]) AS t)", [texts])
        return [json for (json,) in made.fetchall()]


def _pieces(text: str) -> str:
    return f"regexp_extract_all({text}, {literal(_PIECE)}, 0, 's')"


def _of_python(text: str) -> str:
    """Return SQL of a Python value as JSON: texts stay, but for their quotes; all else is renamed."""
    between = f"regexp_replace(t, {literal(_CALLS)}, '', 'g')"
    between = f"regexp_replace({between}, '([}}\\]])\\s+([{{\\[])', '\\1, \\2', 'g')"
    for word, json in _WORDS.items():
        between = f"regexp_replace({between}, '\\b{word}\\b', '{json}', 'g')"
    # Two backslashes are one in the text, and belong to nothing that follows.
    single = r"replace(t, '\\', '\u005c')"
    inner = rf"""replace(replace({single}[2:-2], '\''', ''''), '"', '\"')"""
    quoted = f"""CASE t[1] WHEN '''' THEN '"' || {inner} || '"' ELSE {single} END"""
    quoted = f"regexp_replace({quoted}, '\\\\x([0-9a-f]{{2}})', '\\\\u00\\1', 'g')"
    piece = f"""CASE WHEN t[1] IN ('''', '"') THEN {quoted} ELSE {between} END"""
    return f"array_to_string(list_transform({_pieces(text)}, lambda t: {piece}), '')"
