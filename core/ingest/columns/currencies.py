"""The currency of a file's amounts, wherever it stands: in a column, in headings, beside the digits.

Where two of these contradict each other nothing is guessed: such amounts count as unknown, and it is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from functools import cache

from core.base.sql import is_one_of, literal
from core.ingest.base.assumptions import Assumption, Severity
from core.ingest.base.model import Mapping
from core.ingest.cells import values
from core.ingest.cells.plain import is_plain_number
from core.ingest.cells.sniff import currency_code, decimal_sign
from core.ingest.cells.synonyms import (
    ALSO_WRITTEN,
    CURRENCY_SIGNS,
    CURRENCY_WORDS,
    HEADING_CURRENCIES,
    MINOR_CODES,
    MINOR_SIGNS,
    SHARED_SIGNS,
    SMALL_UNITS,
)
from core.ingest.columns.codes import coded
from core.ingest.files.source import Source

#: What of a cell is no number: its currency.
_SIGN = r"[\d.,٬٫．，'’\s\x{a0}\x{202f}\x{2009}+()−–—-]"
_EXAMPLES = 3


@dataclass(slots=True)
class AmountColumns:
    """SQL by canonical column of amounts, their currency if it is one, and what was assumed.

    ``currencies`` are all codes that the head of the file shows; ``is_by_heading`` says that the name of a
    column decides for all amounts, ``is_by_sign`` that what stands beside the digits may.
    """

    sql: dict[str, str] = field(default_factory=dict)
    currency: str | None = None
    currencies: frozenset[str] = frozenset()
    is_by_heading: bool = False
    is_by_sign: bool = False
    assumptions: list[Assumption] = field(default_factory=list)

    def say(self, severity: Severity, text: str) -> None:
        """Remember what the amounts rest on."""
        self.assumptions.append(Assumption(severity, text))

    def warn(self, text: str) -> None:
        """Remember what may be wrong."""
        self.say("warning", text)


def find_currency(
    source: Source, mapping: Mapping, money: MappingABC[str, list[str]], made: AmountColumns
) -> str | None:
    """Find the currency of a file's amounts and of each row; None if it is unknown or there are several.

    ``money`` are the cells in the head of the file by canonical column.
    """
    if "currency" in mapping.columns and not _is_named(source, mapping, made):
        codes = {currency_code(cell) or cell for cell in source.head.values(mapping.columns["currency"])}
        codes |= {code for cells in money.values() for code in _known_signs(cells).values()}
        made.currencies = frozenset(codes)
        return next(iter(codes)) if len(codes) == 1 else None
    if made.currency or not money:
        made.currencies = frozenset({made.currency} if made.currency else ())
        return made.currency
    signs = {name: _signs(cells) for name, cells in money.items()}
    found = {sign: code for each in signs.values() for sign in each if (code := currency_code(sign))}
    _say_of_unknown_signs(signs, mapping, made)
    named = {name: code for name in money if (code := heading_currency(mapping.columns[name]))}
    counts = [found[sign] for each in signs.values() for sign in each if sign in found]
    usual = max(sorted(set(counts)), key=counts.count, default=None)
    made.currency = mapping.currency or next(iter(named.values()), None) or usual
    made.currencies = frozenset(({made.currency} if made.currency else set()) | {*found.values()})
    made.is_by_heading = bool(named) and mapping.currency is None
    if found and not made.is_by_heading:
        _say_of_shared_signs(found, made)
    if made.is_by_heading or (mapping.currency and not found):
        made.sql["currency"] = literal(made.currency)
    else:
        # Signs may begin further down than the head of the file; which amounts have none is looked at later.
        told = [_sign_code(source.cell(mapping.columns[name]), cells, found) for name, cells in money.items()]
        code = f"coalesce({', '.join(told)})" if len(told) > 1 else told[0]
        made.sql["currency"] = f"coalesce({code}, {literal(made.currency)})" if mapping.currency else code
        made.is_by_sign = True
    return made.currency if len(made.currencies) < 2 else None


def fill_by_signs(
    source: Source, mapping: Mapping, money: MappingABC[str, list[str]], made: AmountColumns
) -> None:
    """Let the sign beside an amount say its currency where the column of currencies says nothing."""
    label = mapping.columns.get("currency")
    if label is None or "currency" in made.sql:
        return
    # Signs may begin further down than the head of the file.
    told = [
        f"CASE WHEN {cell} IS NOT NULL AND {values.quick_number(cell, decimal)} IS NULL "
        f"THEN {code_of_sign(cell, _known_signs(cells))} END"
        for name, cells in money.items()
        if (cell := source.cell(mapping.columns[name]))
        and not is_plain_number(cell, decimal := decimal_sign(cells) or ".")
    ]
    if told:
        own = coded(values.text(source.cell(label)), source.head.values(label), currency_code)
        made.sql["currency"] = f"coalesce({own}, {', '.join(told)})"


def code_of_sign(cell: str, seen: MappingABC[str, str] | None = None) -> str:
    """Return SQL of the currency whose sign or short name stands in a cell of an amount; null of any other.

    ``seen`` are signs, with their currencies, that are known besides.
    """
    exact = _cases({**MINOR_CODES, **(seen or {})})  # “GBp” are pence
    known = _cases({sign: codes[0] for sign, codes in _sign_codes().items()})
    return f"CASE {sign_of(cell)} {exact} ELSE CASE {_plain_sign(cell)} {known} END END"


def _cases(codes: MappingABC[str, str]) -> str:
    return " ".join(f"WHEN {literal(sign)} THEN {literal(code)}" for sign, code in codes.items())


def _known_signs(cells: Iterable[str]) -> dict[str, str]:
    """Return the signs beside some amounts, in order, with the currencies they stand for."""
    return {sign: code for sign in sorted(set(_signs(cells))) if (code := currency_code(sign))}


def _sign_code(cell: str, cells: list[str], found: MappingABC[str, str]) -> str:
    """Return SQL of the currency whose sign stands in a cell: its code, or the sign where it is a new one."""
    decimal = decimal_sign(cells) or "."
    if is_plain_number(cell, decimal):
        return "NULL::VARCHAR"
    quick = values.quick_number(cell, decimal)
    code = coded(sign_of(cell), list(found), currency_code)
    usual = _usual_sign(cells)
    if usual in found:
        bare = values.quick_number(f"replace({cell}, {literal(usual)}, '')", decimal)
        code = f"CASE WHEN {bare} IS NOT NULL THEN {literal(found[usual])} ELSE {code} END"
    return f"CASE WHEN {cell} IS NOT NULL AND {quick} IS NULL THEN {code} END"


def _usual_sign(cells: Iterable[str]) -> str:
    """Return what most amounts with a sign carry, as it is written; empty if none has one."""
    signs = _signs(cells)
    return max(sorted(set(signs)), key=signs.count, default="")


def quick_amount(
    source: Source, mapping: Mapping, target: str, decimal: str, made: AmountColumns
) -> str | None:
    """Return SQL that reads amounts with the usual sign of their column; None if they have none.

    Where a column of currencies stands beside them, only in rows of one that the sign may stand for.
    """
    heading = mapping.columns[target]
    cell, usual = source.cell(heading), _usual_sign(source.head.values(heading))
    codes = _sign_codes().get(usual.lower().rstrip("."), [])
    if not codes or SMALL_UNITS & set(codes):
        return None
    read = values.quick_number(f"replace({cell}, {literal(usual)}, '')", decimal)
    named = heading_currency(heading) or (made.currency if made.is_by_heading else None)
    if named:
        return read if named in codes else None
    if "currency" not in mapping.columns or "currency" in made.sql:
        return read
    label = mapping.columns["currency"]
    fitting = {raw for raw in source.head.values(label) if currency_code(raw) in codes}
    if not fitting:
        return None
    listed = ", ".join(literal(raw) for raw in sorted(fitting))
    return f"CASE WHEN {source.cell(label)} IN ({listed}) THEN {read} END"


def _say_of_unknown_signs(signs: MappingABC[str, list[str]], mapping: Mapping, made: AmountColumns) -> None:
    """Say what stands beside amounts and names no currency that is known."""
    for name, each in signs.items():
        known = {sign for sign in each if currency_code(sign) or sign.lower().rstrip(".") in MINOR_SIGNS}
        if unknown := sorted(set(each) - known):
            made.warn(
                f"Amounts in “{mapping.columns[name]}” carry what isn't a known currency "
                f"({', '.join(unknown[:_EXAMPLES])}); they are read without it."
            )


def _say_of_shared_signs(found: MappingABC[str, str], made: AmountColumns) -> None:
    for sign in sorted(set(found) & set(SHARED_SIGNS)):
        others = SHARED_SIGNS[sign]
        made.say("info", f"Amounts with “{sign}” are taken for {found[sign]}; it may also mean {others}.")


def contradiction(
    source: Source, mapping: Mapping, target: str, cells: list[str], made: AmountColumns
) -> str:
    """Return SQL of whether the sign in a cell is of another currency than its row or heading names.

    It is said of the head's cells in red: what such an amount is in, only the shop can say.
    """
    heading = mapping.columns[target]
    named = heading_currency(heading) or (made.currency if made.is_by_heading else None)
    beside: Iterable[tuple[str, str]]
    if named:
        code, beside = literal(named), ((cell, named) for cell in cells)
    elif "currency" in mapping.columns and "currency" not in made.sql:
        label = mapping.columns["currency"]
        code = coded(f"upper(trim({source.cell(label)}))", _upper(source.head.values(label)), currency_code)
        both = zip(source.head.column(heading), source.head.column(label), strict=True)
        beside = ((cell, currency_code(other) or "") for cell, other in both if cell and other)
    else:
        return "false"
    may_be = _sign_codes()
    if unlike := [(cell.strip(), other) for cell, other in beside if _is_unlike(cell, other, may_be)]:
        listed = ", ".join(f"{cell} in {other}" for cell, other in list(dict.fromkeys(unlike))[:_EXAMPLES])
        made.say(
            "error",
            f"“{heading}” has amounts whose sign isn't of the currency named for them ({listed}). They count "
            "as unknown. Correct the export, or map columns that agree.",
        )
    sign = _plain_sign(source.cell(heading))
    fits = values.literals(f"{sign} {code}" for sign, codes in may_be.items() for code in codes)
    is_known = is_one_of(sign, values.literals(may_be))
    is_fitting = is_one_of(f"{sign} || ' ' || {code}", fits)
    return f"coalesce({is_known} AND strlen({code}) = 3 AND NOT {is_fitting}, false)"


def _upper(cells: Iterable[str]) -> list[str]:
    return [cell.strip().upper() for cell in cells]


@cache
def _sign_codes() -> dict[str, list[str]]:
    """Return the currencies that each known sign, short name or code may stand for."""
    signs = {sign.lower().rstrip("."): code for sign, code in {**CURRENCY_WORDS, **CURRENCY_SIGNS}.items()}
    signs |= {code.lower(): code for code in (*HEADING_CURRENCIES, *SMALL_UNITS)}
    return {sign: [code, *ALSO_WRITTEN.get(sign, "").split()] for sign, code in signs.items()}


def _is_unlike(cell: str, code: str, may_be: MappingABC[str, list[str]]) -> bool:
    """Whether a cell carries the sign of another currency; ``may_be`` are those that signs stand for."""
    codes = may_be.get("".join(_signs([cell])).lower().rstrip("."))
    return codes is not None and len(code) == 3 and code not in codes


def _is_named(source: Source, mapping: Mapping, made: AmountColumns) -> bool:
    """Whether the name of the revenue says its currency, whatever the order's was: amounts were converted."""
    code = next(
        (heading_currency(mapping.columns[n]) for n in ("revenue", "price") if n in mapping.columns), None
    )
    label = mapping.columns["currency"]
    others = {currency_code(cell) or cell for cell in source.head.values(label)} - {code}
    if code is None or not others:
        return False
    made.currency, made.sql["currency"] = code, literal(code)
    made.warn(named_sentence(mapping.columns.get("revenue") or mapping.columns["price"], code, label, others))
    return True


def named_sentence(revenue: str, code: str, column: str, others: set[str]) -> str:
    """Say that the name of a column decides its currency, not the column of currencies beside it."""
    return (
        f"“{revenue}” is in {code} by its name, so the currencies in “{column}” "
        f"({', '.join(sorted(others)[:3])}) aren't read."
    )


def keep_apart(source: Source, mapping: Mapping, given: list[str], made: AmountColumns) -> None:
    """Leave in a row the amounts of one currency where columns are of several, by their headings."""
    label = mapping.columns.get("currency")
    if label and "currency" in made.sql and {"price", "revenue"} <= set(given):
        if heading_currency(mapping.columns["price"]) is None:
            cell = f"upper(trim({source.cell(label)}))"
            same = f"coalesce({cell}, {literal(made.currency)}) = {literal(made.currency)}"
            made.sql["price"] = f"CASE WHEN {same} THEN {made.sql['price']} END"
        return
    named = {name: heading_currency(mapping.columns[name]) for name in given if name != "quantity"}
    main = next((code for code in named.values() if code), None)
    unlike = {name: code for name, code in named.items() if code and code != main}
    if not unlike:
        return
    listed = ", ".join(f"“{mapping.columns[name]}” in {code}" for name, code in named.items() if code)
    if mapping.kind == "sessions":
        rest = f"What isn't in {main} counts as unknown"
        made.sql |= dict.fromkeys(unlike, "NULL::DOUBLE")
    else:
        rest = "Where a row has both, only its revenue is read"
        _by_row(named, made)
    made.say(
        "error",
        f"Columns of money are in different currencies, which are never added up: {listed}. {rest}. "
        "Export all amounts in one currency.",
    )


def _by_row(named: MappingABC[str, str | None], made: AmountColumns) -> None:
    """Let a row's currency be that of its revenue or, without one, of its price."""
    revenue, price = made.sql["revenue"], made.sql["price"]
    made.sql["currency"] = (
        f"CASE WHEN {revenue} IS NULL THEN {literal(named['price'])} ELSE {literal(named['revenue'])} END"
    )
    made.sql["price"] = f"CASE WHEN {revenue} IS NULL THEN {price} END"
    made.currency = named["revenue"]


#: What stands in cells of amounts and is no sign: a share, or what databases write for nothing.
_NO_SIGNS = frozenset({"%", "nan", "\\n", "inf", "infinity"})


def _signs(cells: Iterable[str]) -> list[str]:
    stripped = (re.sub(r"[\d.,٬٫．，'’\s\u00a0\u202f\u2009+()−–—-]", "", cell) for cell in cells)
    return [sign for sign in stripped if sign and sign.lower() not in _NO_SIGNS]


def sign_of(cell: str) -> str:
    """Return SQL of what a cell of an amount holds beside its number: its currency, or null."""
    return f"nullif(regexp_replace({cell}, {literal(_SIGN)}, '', 'g'), '')"


def _plain_sign(cell: str) -> str:
    return f"lower(rtrim({sign_of(cell)}, '.'))"


def heading_currency(name: str) -> str | None:
    """Return the currency a column's heading names: ``revenue_usd``, ``Price (EUR)``, ``Umsatz in €``."""
    for word in re.split(r"[^A-Za-z$€£¥]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)):
        if word.upper() in HEADING_CURRENCIES or word in ("$", "€", "£", "¥"):
            return currency_code(word)
    return None
