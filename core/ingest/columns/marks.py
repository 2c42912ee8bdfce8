"""Columns that say of a row that no customer caused it: a robot, the shop's own team, a test.

A tracker or whoever made the export knows it better than any rule of ours does, so these rows are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.base.sql import is_one_of, literal
from core.ingest.base.assumptions import MARKED_OUT, Assumption
from core.ingest.base.model import Mapping
from core.ingest.cells import values
from core.ingest.cells.marks import (
    BROWSERS,
    CUSTOMERS,
    FLAGS,
    HOSTS,
    KINDS,
    MARKED_ROBOT,
    MARKED_STORE,
    MARKED_TEAM,
    MARKS,
    PAGES,
    PEOPLE,
    PLACES,
    ROBOT_BROWSER,
    STORES,
    TRIAL_HOSTS,
    TRIAL_PAGES,
    are_marks,
    are_stores,
    is_robot_browser,
)
from core.ingest.cells.synonyms import NO, YES
from core.ingest.files.head import Head
from core.ingest.files.source import Source
from core.ingest.formats.outcomes import is_yes_or_no
from core.schema.countries import plain


@dataclass(frozen=True, slots=True)
class Mark:
    """A column that marks rows: why these are left out, and SQL of which they are."""

    name: str
    reason: str
    sql: str


def marks_of(source: Source, mapping: Mapping) -> tuple[list[Mark], list[Assumption]]:
    """Return what marks rows that are left out, and what is said of it.

    Where a column marks all rows of the head, it is not taken at its word.
    """
    if mapping.keep_robots:
        return [], []
    marks, said = [], []
    for name in source.names:
        looked_at = (mapping.columns.get("device"), mapping.columns.get("channel"))
        is_free = name not in mapping.columns.values() or name in looked_at
        found = list(_marks(source, name)) if is_free else []
        trials = TRIAL_HOSTS if plain(name) in HOSTS else TRIAL_PAGES
        is_tried = plain(name) in HOSTS | PAGES or name == mapping.columns.get("page")
        if is_tried and any(re.search(trials, cell) for cell in source.head.values(name)):
            matches = f"coalesce(regexp_matches({source.cell(name)}, {literal(trials)}), false)"
            found.append(Mark(name, MARKED_TEAM, matches))
        if not found:
            continue
        if _marks_all(source.head, name):
            what = "a robot's, your own team's or a test"
            what = "sold in a store" if plain(name) in PLACES else what
            text = f"“{name}” marks every row as {what}; all are kept."
            said.append(Assumption("error", text))
            continue
        marks += found
        sold = all(mark.reason == MARKED_STORE for mark in found)
        text = "marks as sold in a store are left out: no visit led to them" if sold else MARKED_OUT
        said.append(Assumption("info", f"Rows that “{name}” {text}."))
    return marks, said


def _marks(source: Source, name: str) -> Iterable[Mark]:
    head, cell = source.head, source.cell(name)
    if is_yes_or_no(head.values(name)):
        for reason, names in FLAGS.items():
            if plain(name) in names:
                yield Mark(name, reason, f"coalesce({values.flag(cell)}, false)")
        if plain(name) in PEOPLE:
            yield Mark(name, MARKED_ROBOT, f"NOT coalesce({values.flag(cell)}, true)")
    if is_robot_browser(name, head.values(name)):
        yield Mark(name, MARKED_ROBOT, f"coalesce(regexp_matches({cell}, {literal(ROBOT_BROWSER)}), false)")
    if are_marks(name, head.values(name)):
        for reason, words in MARKS.items():
            yield Mark(name, reason, _is_word(cell, words))
    if are_stores(name, head.values(name)):
        yield Mark(name, MARKED_STORE, _is_word(cell, STORES))


def _is_word(cell: str, words: Iterable[str]) -> str:
    """Return SQL of whether a cell is one of some plain words."""
    letters = f"regexp_replace(lower({cell}), '[^\\p{{L}}\\p{{N}}]+', '', 'g')"
    return f"coalesce({is_one_of(letters, values.literals(sorted(words)))}, false)"


def _marks_all(head: Head, name: str) -> bool:
    cells = {cell.strip().lower() for cell in head.column(name) if cell is not None}
    if len(head.values(name)) < len(head.rows) or not cells:
        return False
    if all(re.search(TRIAL_PAGES if "://" in cell else TRIAL_HOSTS, cell) for cell in cells):
        return True
    if plain(name) in BROWSERS:
        return all(re.search(ROBOT_BROWSER, cell) for cell in cells)
    if plain(name) in PLACES:
        return set(map(plain, cells)) <= STORES
    if plain(name) in KINDS:
        return not CUSTOMERS & set(map(plain, cells))
    return cells <= set(NO if plain(name) in PEOPLE else YES)
