"""Where an audience starts: sensible defaults for a result, and a definition made to fit another one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.audiences.definition import Definition
from core.results import query
from core.results.sources import Source


def known_columns(source: Source) -> frozenset[str]:
    """Return the columns that are known in at least one session."""
    return query.known_columns(source.scored)


def default_definition(source: Source) -> Definition:
    """Return what an audience of a source starts with.

    The tenth most likely to buy, each visitor once by a hashed id, and one in ten of them held out; by
    session where visitors aren't told. The key of the hold-out belongs to the result: the same page shows
    the same groups.
    """
    start = Definition(salt=hashlib.sha256(f"hold-out of {source.id}".encode()).hexdigest()[:16])
    return fitted(start, source)[0]


def read_definition(source: Source, query: Mapping[str, Any]) -> tuple[Definition, list[str]]:
    """Read an address's definition for a source; notes say what had to be left out or changed."""
    wanted, notes = Definition.from_query(query, default_definition(source))
    definition, more = fitted(wanted, source)
    return definition, [*notes, *more]


def fitted(definition: Definition, source: Source) -> tuple[Definition, list[str]]:
    """Return a definition that can be applied to a source, and what had to be changed for it."""
    known, notes = known_columns(source), []
    if "visitor_id" not in known and "visitor" in (definition.id_kind, definition.one_row_per):
        definition = replace(definition, id_kind="session", one_row_per="session")
        notes.append("Visitor ids are missing from the file, so session ids are used.")
    if "expected_revenue" not in known and definition.rank_column == "expected_revenue":
        definition = replace(definition, rank_by="probability")
        notes.append("No revenue is predicted for these sessions.")
        if definition.pick == "min_expected_revenue":
            definition = replace(definition, pick="all", amount=0.0)
    if "purchase_probability" not in known and definition.pick != "all":
        definition = replace(definition, pick="all", amount=0.0, rank_by="probability")
        notes.append("No purchases are predicted here, so everyone matching the filters is included.")
    return definition, notes
