"""Currency rates and rules of internal traffic as people type them: one a line.

``USD = 0.92`` says what one dollar is worth; ``user_id = qa-*`` which visits are the team's own.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.base.errors import MappingError
from core.schema.events import EVENT_SCHEMA

CURRENCY_CODE = 3


def read_rates(text: str | None) -> dict[str, float]:
    """Return rates by currency.

    Raises
    ------
    MappingError
        Naming the first line that is none.
    """
    rates: dict[str, float] = {}
    for line, code, value in _lines(text, "USD = 0.92"):
        try:
            rate = float(value.replace(",", "."))
        except ValueError:
            rate = 0.0
        if len(code) != CURRENCY_CODE or not code.isalpha() or not 0 < rate < float("inf"):
            raise _no_line(line, "a currency code and a number above 0", "USD = 0.92")
        rates[code.upper()] = rate
    return rates


def write_rates(rates: Mapping[str, float]) -> str:
    """Return what ``read_rates`` reads."""
    return "\n".join(f"{code} = {rate!r}" for code, rate in rates.items())


def read_internal(text: str | None) -> dict[str, list[str]]:
    """Return patterns by event column.

    Raises
    ------
    MappingError
        Naming the first line that is none.
    """
    rules: dict[str, list[str]] = {}
    for line, name, pattern in _lines(text, "user_id = qa-*"):
        column = "_".join(name.lower().split())
        if column not in EVENT_SCHEMA.names:
            raise _no_line(
                line,
                "a column such as user_id, visitor_id, page or user_agent, and a pattern",
                "user_id = qa-*",
            )
        rules.setdefault(column, []).append(pattern)
    return rules


def write_internal(rules: Mapping[str, list[str]]) -> str:
    """Return what ``read_internal`` reads."""
    return "\n".join(f"{name} = {pattern}" for name, patterns in rules.items() for pattern in patterns)


def _lines(text: str | None, example: str) -> list[tuple[str, str, str]]:
    found = []
    for line in (text or "").splitlines():
        if not line.strip():
            continue
        name, sign, value = (part.strip() for part in line.partition("="))
        if not (name and sign and value):
            raise _no_line(line, "a name, an equals sign and a value", example)
        found.append((line.strip(), name, value))
    return found


def _no_line(line: str, wanted: str, example: str) -> MappingError:
    return MappingError(
        f"“{line.strip()}” can't be read: a line needs {wanted}.", remedy=f"Write it like {example}."
    )
