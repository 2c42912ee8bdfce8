"""What a format is: how it is recognised, which column is what, and what its codes mean."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from core.ingest.base.model import Kind
from core.ingest.files.head import Head
from core.ingest.files.nested import Layout
from core.schema.countries import plain
from core.schema.events import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How well a file fits a format (0 to 1), why, and how it is read where the format leaves that open."""

    score: float
    reasons: tuple[str, ...]
    columns: dict[str, str]
    notes: tuple[str, ...] = ()
    currency: str | None = None
    event_types: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The names of columns that files of a format don't have, and what shows that these are they.

    ``patterns`` are by name what every filled cell of that column looks like; a column that is told by
    them must be filled in some row.
    """

    names: tuple[str, ...]
    patterns: dict[str, str]

    def fits(self, rows: Sequence[Sequence[str | None]]) -> bool:
        """Whether rows without a header are of this kind."""
        if not rows or any(len(row) != len(self.names) for row in rows):
            return False
        for name, pattern in self.patterns.items():
            cells = [cell for row in rows if (cell := row[self.names.index(name)])]
            if not cells or not all(re.fullmatch(pattern, cell) for cell in cells):
                return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Another table of a source, which says more of what stands in its table of events.

    Parameters
    ----------
    needs
        Columns that it has; of several that stand for one, in parentheses, any.
    lacks
        Columns that only the table of events has.
    keys
        Its column that leads to the events, by any of its names, and the column of the events.
    columns
        What it adds.
    pivot
        Of a table with one row a value: the columns that name a value, and those that hold it.
    alone
        What it lacks by itself, and what to upload with it; empty where it is an export of its own.
    """

    title: str
    needs: tuple[str | tuple[str, ...], ...]
    lacks: tuple[str, ...] = ()
    keys: tuple[tuple[str, ...], str]
    columns: tuple[str, ...] = ()
    pivot: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    alone: tuple[str, str] | None = None

    def fits(self, names: Collection[str]) -> bool:
        """Whether a file with columns of these names is such a table."""
        own = {plain(name) for name in names}
        needed = ((each,) if isinstance(each, str) else each for each in self.needs)
        return all(own & set(map(plain, each)) for each in needed) and not own & set(map(plain, self.lacks))


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One source of exports.

    Parameters
    ----------
    columns
        Canonical column -> names of the source column, any spelling of case, blanks and punctuation.
    signature
        Canonical columns whose source columns must all be there for the format to be recognised.
    also
        Further source columns that must be there, though they are not used.
    derived
        Canonical column -> SQL over source columns in braces, each the cell's text.
    codes
        Canonical column -> what a code of the source stands for.
    event_types
        Word of the source -> event type; ``"*"`` is every row.
    told_types
        Event types the source's vocabulary can express.
    values
        Canonical column -> words of which a column must show at least one.
    kept
        Source columns of session rows kept as they are although something was derived from them.
    layouts
        How nested records of this source become a flat table, whose columns are then those above.
    headers
        Names of the columns where files have no header.
    is_open
        Whether a shop chooses what it tracks: without a single purchase, nothing is said of purchases.
    visitor_keys
        Whether ids of sessions are unique only with the visitor.
    nobody
        Why rows have neither a visitor nor a session, where the source means something by it.
    lookups
        Other tables of the source that say more of these events.
    family
        What formats have in common whose files are one export together: of an event that several of them
        have, the one with a product or an amount counts.
    alone
        What a table of this kind lacks by itself, and what to upload with it.
    recogniser
        Replaces recognition by column names.
    """

    key: str
    title: str
    kind: Kind
    columns: dict[str, tuple[str, ...]]
    signature: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    derived: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    event_types: dict[str, str] = field(default_factory=dict)
    told_types: frozenset[EventType] = frozenset()
    values: dict[str, frozenset[str]] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    currency: str | None = None
    notes: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()
    headers: tuple[Header, ...] = ()
    is_open: bool = False
    visitor_keys: bool = False
    nobody: str | None = None
    lookups: tuple[Lookup, ...] = ()
    family: str | None = None
    alone: tuple[str, str] | None = None
    recogniser: Callable[[Head], Match | None] | None = None

    def find(self, head: Head) -> Match | None:
        """Say how well a file fits, or None."""
        known = (head.layout.known or head.layout) if head.layout else None
        if known is not None and any(known.columns is layout.columns for layout in self.layouts):
            return self._find_by_layout(head.narrowed(), known)
        if self.recogniser is not None:
            return self.recogniser(head)
        return self.find_by_names(head) if self.signature else None

    def find_by_names(self, head: Head, score: float = 0.9) -> Match | None:
        """Recognise by the names of columns, and by words where ``values`` asks for some."""
        columns = self.match_columns(head)
        if not set(self.signature) <= set(columns):
            return None
        names = by_plain_name(head)
        needed = {*self.also, *self.sources()}
        if not {plain(name) for name in needed} <= set(names):
            return None
        reasons = [f"It has the columns of {self.title}: {', '.join(columns[t] for t in self.signature)}."]
        for target, words in self.values.items():
            seen = {cell.strip().lower() for cell in head.values(columns[target])}
            if seen and not seen & words:
                return None
            if seen:
                reasons.append(f"“{columns[target]}” says {', '.join(sorted(seen & words)[:5])}.")
        return Match(score=score, reasons=tuple(reasons), columns=columns)

    def _find_by_layout(self, head: Head, layout: Layout) -> Match:
        parts = [*layout.needs, *(f"{key}.{name}" for key, names in layout.inner.items() for name in names)]
        reasons = [f"Its records have the parts of {self.title}: {', '.join(parts)}."]
        columns = self.match_columns(head)
        if "session_id" in columns and not head.values(columns["session_id"]):
            del columns["session_id"]  # without ids of its own, its visits are told apart by silence
        return Match(score=0.95, reasons=tuple(reasons), columns=columns)

    def match_columns(self, head: Head) -> dict[str, str]:
        """Return canonical column -> source column, for those the file has."""
        names = by_plain_name(head)
        found: dict[str, str] = {}
        for target, spellings in self.columns.items():
            name = next((names[plain(s)] for s in spellings if plain(s) in names), None)
            if name is not None:
                found[target] = name
        return found

    def sources(self) -> dict[str, str]:
        """Return source column -> canonical column, for what ``derived`` reads."""
        return {
            name: target
            for target, template in self.derived.items()
            for _, name, _, _ in string.Formatter().parse(template)
            if name
        }


def by_plain_name(head: Head) -> dict[str, str]:
    """Return the columns of a file by their name without case, blanks and punctuation; the first one wins."""
    names: dict[str, str] = {}
    for name in head.names:
        names.setdefault(plain(name), name)
    return names
