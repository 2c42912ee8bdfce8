"""What the rows of a log say of orders beside their amounts: refunds, cancellations, statuses."""

from __future__ import annotations

import re

from core.base.sql import literal
from core.ingest.base.assumptions import Assumption
from core.ingest.base.model import Mapping
from core.ingest.cells import sniff, values
from core.ingest.cells.status_dates import is_set, status_of_dates
from core.ingest.cells.synonyms import (
    CANCELLATION_WORDS,
    EVENT_COLUMNS,
    HEADING_CURRENCIES,
    HUNDREDTHS,
    MILLIONTHS,
    ORDER_STATUSES,
    REFUND_AMOUNTS,
    REFUND_WORDS,
    RETURN_FLAGS,
    STATUS_FLAGS,
    UPDATE_WORDS,
)
from core.ingest.columns.discounts import deduct_discount
from core.ingest.columns.office import REFUND_MARK, UPDATED
from core.ingest.columns.trial_orders import look_like_trials, marks_trials
from core.ingest.files.source import Source
from core.ingest.formats.guess import guess_target, status_columns
from core.ingest.formats.outcomes import is_yes_or_no
from core.ingest.formats.twins import name_words
from core.schema.countries import plain
from core.schema.events import EventType

#: Names of columns that say of what kind a row is, rather than what became of an order.
_OF_KIND = re.compile(r"type|typ\b|typ_|art$|kind|tipo", re.I)


def _without_unit(name: str) -> str:
    """Return a heading as it is compared, without words for hundredths, millionths and currencies."""
    words = [
        word
        for word in name_words(name)
        if word not in HUNDREDTHS | MILLIONTHS and word.upper() not in HEADING_CURRENCIES
    ]
    return plain("".join(words))


class OrderColumns:
    """Adds to the SQL of a log's columns what other columns say of its orders.

    Parameters
    ----------
    source
        The file.
    mapping
        How it is mapped.
    sql
        SQL by canonical column, which is changed.
    """

    def __init__(self, source: Source, mapping: Mapping, sql: dict[str, str]) -> None:
        self.source, self.mapping, self.sql = source, mapping, sql
        self.assumptions: list[Assumption] = []
        event_type = mapping.columns.get("event_type")
        self.words = set(source.head.values(event_type)) if event_type else set()
        self._free = [name for name in source.names if name not in mapping.columns.values()]
        self._refund_amounts = [
            name for name in self._free if _without_unit(name) in REFUND_AMOUNTS and self._is_amount(name)
        ]

    def add(self) -> None:
        """Change the columns of money, of the kind of event, and of the order's status."""
        self.assumptions += deduct_discount(self.source, self.mapping, self.sql)
        is_refund = self._refunds()
        self._statuses()
        self._other_statuses()
        self._given_back(is_refund)
        self._mark_office(is_refund)
        self.assumptions += look_like_trials(self.source.head, self.mapping)

    def _is_amount(self, name: str) -> bool:
        cells, may_be_flag = self.source.head.values(name), plain(name) in STATUS_FLAGS
        return sniff.are_numbers(cells) and not (may_be_flag and is_yes_or_no(cells))

    def _number(self, name: str) -> str:
        cells = self.source.head.values(name)
        sign = self.mapping.decimal or sniff.decimal_sign(cells) or "."
        per_unit, by_heading = sniff.unit_of(name, cells, self.mapping.currency)
        number = values.number(self.source.cell(name), sign)
        return f"({number} / {per_unit}.0)" if by_heading else number

    def _words_of(self, known: frozenset[str]) -> list[str]:
        """Return the words for events that are among some; none where no column names events."""
        if "event_type" not in self.mapping.columns:
            return []
        return sorted(word for word in {*self.words, *self.mapping.event_types} if plain(word) in known)

    def _says(self, words: list[str]) -> str:
        cell = self.source.cell(self.mapping.columns["event_type"])
        return f"{cell} IN ({', '.join(map(literal, words))})"

    def _refunds(self) -> str | None:
        """Write what a row of a refund gives back as revenue below zero; return SQL of which rows are."""
        words = self._words_of(REFUND_WORDS)
        by_kind = self._refunds_by_kind()
        signs = [*([self._says(words)] if words else []), *by_kind]
        if not signs:
            return None
        is_refund = f"coalesce({' OR '.join(f'({sign})' for sign in signs)}, false)"
        if by_kind:
            self.sql["event_type"] = (
                f"CASE WHEN {is_refund} THEN '{EventType.OTHER}' ELSE {self.sql['event_type']} END"
            )
        if not {"price", "revenue"} & set(self.sql):
            return is_refund
        amounts = [f"nullif({self._number(name)}, 0)" for name in self._refund_amounts]
        amounts += [self.sql["revenue"]] if "revenue" in self.sql else []
        amounts += [f"nullif({self._number(name)}, 0)" for name in self._other_totals()]
        if "price" in self.sql:
            amounts.append(f"{self.sql['price']} * coalesce({self.sql.get('quantity', '1')}, 1)")
        given = self.sql.get("revenue", "NULL::DOUBLE")
        self.sql["revenue"] = (
            f"CASE WHEN {is_refund} THEN -abs(coalesce({', '.join(amounts)}, 0)) ELSE {given} END"
        )
        return is_refund

    def _other_totals(self) -> list[str]:
        """Return other columns of what an order comes to, which a refund may be told in."""
        totals = [name for name in self._free if guess_target(name, EVENT_COLUMNS) == "revenue"]
        return [name for name in totals if self._is_amount(name)] if "revenue" in self.sql else []

    def _refunds_by_kind(self) -> list[str]:
        """Return SQL of what other columns say: that a row is a refund, by a flag or its kind."""
        signs = []
        for name in self._free:
            cells = self.source.head.values(name)
            if plain(name) in RETURN_FLAGS and cells and is_yes_or_no(cells):
                signs.append(values.flag(self.source.cell(name)))
                text = f"Rows marked yes in “{name}” are refunds of what they say, not purchases."
                self.assumptions.append(Assumption("info", text))
        kind = self.mapping.columns.get("order_status")
        if kind and _OF_KIND.search(kind):
            cell = self.source.cell(kind)
            words = sorted(word for word, status in ORDER_STATUSES.items() if status == "refunded")
            letters = f"regexp_replace(lower({cell}), '[^\\p{{L}}\\p{{N}}]+', '', 'g')"
            signs.append(f"{letters} IN ({', '.join(map(literal, words))})")
        return signs

    def _statuses(self) -> None:
        """Read off columns that nothing else is read from which orders were cancelled or paid back."""
        dated = self._dated()
        if "order_status" in self.sql:
            if dated:
                own = self.sql["order_status"]
                self.sql["order_status"] = f"CASE {' '.join(dated)} ELSE {own} END"
            return
        cases = dated
        for name in self._free:
            cells = self.source.head.values(name)
            status = None if plain(name) in RETURN_FLAGS else STATUS_FLAGS.get(plain(name))
            if marks_trials(self.source.head, self.mapping, name):
                status = "cancelled"
            if status and cells and is_yes_or_no(cells):
                cases.append(f"WHEN {values.flag(self.source.cell(name))} THEN '{status}'")
                fate = "don't count as purchases" if status == "cancelled" else "count as paid back"
                text = f"Orders marked yes in “{name}” were {status} and {fate}."
                if plain(name) == "test":
                    text = f"Orders marked yes in “{name}” are tests and don't count as purchases."
                self.assumptions.append(Assumption("info", text))
        if cases:
            self.sql["order_status"] = f"CASE {' '.join(cases)} END"

    def _dated(self) -> list[str]:
        """Return the cases of SQL that columns of when orders were called off or paid back tell."""
        cases = {}
        for name in self._free:
            if status := status_of_dates(name, self.source.head.values(name)):
                cases[f"WHEN {is_set(self.source.cell(name))} THEN '{status}'"] = status
                fate = "don't count as purchases" if status == "cancelled" else "count as paid back"
                text = f"Orders with a day in “{name}” were {status} and {fate}."
                self.assumptions.append(Assumption("info", text))
        return sorted(cases, key=lambda case: cases[case])  # what was called off was never sold

    def _other_statuses(self) -> None:
        """Let a further column of statuses speak where it says that an order was called off or paid back."""
        known = self.mapping.columns.get("order_status")
        if known is None or _OF_KIND.search(known):
            return
        for name in status_columns(self.source.head, self._free):
            words = {word.strip() for word in self.source.head.values(name)}
            statuses = {word: status for word in words if (status := sniff.order_status(word))}
            if _OF_KIND.search(name) or len(statuses) < len(words) or set(statuses.values()) <= {"paid"}:
                continue
            unpaid = {word: status for word, status in sorted(statuses.items()) if status != "paid"}
            cases = " ".join(f"WHEN {literal(word)} THEN '{status}'" for word, status in unpaid.items())
            own = self.sql["order_status"]
            cancelled = sorted(literal(w) for w, status in ORDER_STATUSES.items() if status == "cancelled")
            letters = f"regexp_replace(lower({own}), '[^\\p{{L}}\\p{{N}}]+', '', 'g')"
            self.sql["order_status"] = (
                f"CASE WHEN {letters} IN ({', '.join(cancelled)}) THEN {own} "
                f"ELSE coalesce(CASE trim({self.source.cell(name)}) {cases} END, {own}) END"
            )
            text = (
                f"Orders that “{name}” says were cancelled, unpaid or refunded are, whatever “{known}” says."
            )
            self.assumptions.append(Assumption("info", text))

    def _given_back(self, is_refund: str | None) -> None:
        """Put what a column says was given back of a sale's order behind its status."""
        if not self._refund_amounts or not {"price", "revenue"} & set(self.sql):
            return
        name = self._refund_amounts[0]
        sold = f"NOT {is_refund} AND " if is_refund else ""
        back, own = f"abs({self._number(name)})", self.sql.get("order_status", "NULL::VARCHAR")
        self.sql["order_status"] = (
            f"CASE WHEN {sold}{self.sql['event_type']} = '{EventType.PURCHASE}' AND {back} > 0 "
            f"THEN concat(coalesce({own}, 'paid'), '{REFUND_MARK}', {back}) ELSE {own} END"
        )
        self.assumptions.append(
            Assumption("info", f"What “{name}” says was given back counts as refunds, beside what was paid.")
        )

    def _mark_office(self, is_refund: str | None) -> None:
        """Mark events that no visitor caused: they call an order off, give money back, or change an order."""
        own = self.sql.get("order_status", "NULL::VARCHAR")
        cases = []
        if words := self._words_of(CANCELLATION_WORDS):
            cases.append(f"WHEN {self._says(words)} THEN 'called_off'")
        if is_refund:
            cases.append(f"WHEN {is_refund} THEN 'given_back'")
        if words := self._words_of(UPDATE_WORDS):
            cases.append(f"WHEN {self._says(words)} THEN concat_ws('_', '{UPDATED}', {own})")
        if cases:
            self.sql["order_status"] = f"CASE {' '.join(cases)} ELSE {own} END"
