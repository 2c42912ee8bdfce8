"""An audience as an ad platform's file: who to contact, without the hold-out, in the platform's layout.

Only those are listed who agreed, where the export says who did, and who can be matched. Whoever is left out
is counted under the reason. Somebody held out under one id isn't contacted under another.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from core.audiences.contacts import REACHED_BY, Contacts, contacts_of, unread_of
from core.audiences.holdout import HELD_OUT, TREATED
from core.audiences.platforms import Column, Platform, is_email
from core.audiences.selection import Selection
from core.base.errors import AudienceError, NotFoundError
from core.base.normal_ids import normal_sql
from core.base.shop import shop_settings
from core.base.sql import literal
from core.base.written import number
from core.results import query
from core.results.footer import columns
from core.schema.contact_ids import phone_number
from core.schema.countries import country_code
from core.storage import get_store

#: Rows taken from the sessions at a time, and shown beforehand.
AT_ONCE, SHOWN = 5_000, 5
#: Fields by which somebody is one person, whatever else a row says.
_KEYS = frozenset({"email", "phone", "device"})
#: Why somebody isn't in the file.
NO_CONSENT, UNREAD, NO_ID, HELD, TWICE = (
    "without consent",
    "whose consent wasn't read",
    "without a usable id",
    "held out under another id",
    "twice",
)
_Person = dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a platform's file comes to: ``people`` to contact, ``rows`` in the file, who is left out and why.

    ``filled`` has for each heading how many rows have it; ``taken`` the export's columns by what they hold;
    ``consent`` the columns that say who agreed, none where the export doesn't tell. ``remedy`` says what to
    do where nobody can be listed. ``preview`` are the first lines below the headings.
    """

    platform: Platform
    people: int
    rows: int
    left_out: dict[str, int]
    filled: dict[str, int]
    taken: dict[str, tuple[str, ...]]
    consent: tuple[str, ...]
    remedy: str
    preview: list[list[str]]

    @property
    def problems(self) -> tuple[str, ...]:
        """What the platform will say of the file, in sentences."""
        said, n = [], self.rows
        if n < self.platform.least:
            said.append(f"{self.platform.name} needs at least {number(self.platform.least)} rows.")
        if self.platform.most is not None and n > self.platform.most:
            said.append(f"{self.platform.name} takes up to {number(self.platform.most)} rows.")
        return tuple(said)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON, without the preview."""
        return {
            "platform": self.platform.key,
            "people": self.people,
            "rows": self.rows,
            "left_out": self.left_out,
            "filled": self.filled,
            "consent": list(self.consent),
            "problems": list(self.problems),
        }


@dataclass
class AdList:
    """The file of a platform for a selection; ``lines`` gives it, and counts whom it has."""

    selection: Selection
    platform: Platform
    people: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    n: int = 0
    home: str = field(default_factory=lambda: shop_settings().home_market)

    @property
    def contacts(self) -> Contacts:
        """The columns that are used."""
        return contacts_of(
            name for name in columns(self.selection.sessions) if name not in ("visitor_id", "session_id")
        )

    @cached_property
    def unread(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The export's columns of contacts and of consent that its sessions don't have.

        Columns of their own are kept of exports with one row a session, not of events.
        """
        kept = self.contacts
        contacts, consent = unread_of(_not_read(self.selection))
        return contacts if not kept.fields.keys() & REACHED_BY else (), () if kept.consent else consent

    @property
    def remedy(self) -> str:
        """What to do where nobody can be listed."""
        contacts, consent = self.unread
        if consent:
            return (
                f"Consent in “{consent[0]}” isn't read from an export of events, and nobody is listed "
                "without it. Upload one row a visit with that column; or leave whoever didn't agree out of "
                "the export, and the column too."
            )
        if contacts:
            return (
                f"Columns such as “{contacts[0]}” aren't read from an export of events. Upload one row a "
                "visit with it, or events with e-mail addresses as ids of users."
            )
        return "Upload an export with e-mail addresses or phone numbers as ids or columns."

    def lines(self) -> Iterator[list[str]]:
        """Yield the file's lines without its headings, best first.

        Raises
        ------
        AudienceError
            If the sessions are not those any more that were ranked.
        """
        self.people, self.n = 0, 0
        self.left_out.clear()
        self.filled.clear()
        held = {key for person in self._people(HELD_OUT) for key in self._keys(self._cells(person))}
        seen: set[tuple[str, ...]] = set()
        for person in self._people(TREATED):
            self.people += 1
            cells = self._cells(person)
            reason = self._reason(person, cells, held, seen)
            if reason is not None:
                self.left_out[reason] += 1
                continue
            self.filled.update(heading for heading, cell in cells.items() if cell)
            for line in self._written(cells, seen):
                self.n += 1
                yield line

    def summary(self) -> Summary:
        """Return what the file comes to, with its first lines."""
        lines = self.lines()
        preview = list(islice(lines, SHOWN))
        for _ in lines:
            pass
        contacts = self.contacts
        return Summary(
            platform=self.platform,
            people=self.people,
            rows=self.n,
            left_out=dict(self.left_out),
            filled={column.heading: self.filled[column.heading] for column in self.platform.columns},
            taken=dict(contacts.fields),
            consent=contacts.consent or self.unread[1],
            remedy=self.remedy,
            preview=preview,
        )

    def chunks(self) -> Generator[bytes]:
        """Yield the file's bytes; AudienceError before the first where nobody is in it."""
        lines = self.lines()
        first = list(islice(lines, AT_ONCE))
        if not first:
            raise AudienceError(
                f"Nobody in this audience can be listed for {self.platform.name}: {self.said()}",
                remedy=self.remedy,
            )
        headings = [list(self.platform.headings)] if self.platform.has_headings else []
        yield _csv([*headings, *first])
        while more := list(islice(lines, AT_ONCE)):
            yield _csv(more)

    def said(self) -> str:
        """Return who is left out, in words."""
        parts = [f"{number(n)} {reason}" for reason, n in self.left_out.items()]
        return f"{', '.join(parts) or 'nobody'} of {number(self.people)} left out."

    def _reason(
        self, person: _Person, cells: dict[str, str], held: set[str], seen: set[tuple[str, ...]]
    ) -> str | None:
        """Return why somebody isn't listed, None if they are."""
        if self.unread[1]:
            return UNREAD
        if not person["agreed"]:
            return NO_CONSENT
        there = {column.field for column in self.platform.columns if cells[column.heading]}
        if not any(needed <= there for needed in self.platform.needs):
            return NO_ID
        if not held.isdisjoint(self._keys(cells)):
            return HELD
        line = tuple(cells.values())
        if line in seen:
            return TWICE
        seen.add(line)
        return None

    def _keys(self, cells: dict[str, str]) -> Iterator[str]:
        return (cells[c.heading] for c in self.platform.columns if c.field in _KEYS and cells[c.heading])

    def _cells(self, person: _Person) -> dict[str, str]:
        country = _code(person["country"] or "") or self.home
        return {column.heading: _cell(column, person, country) for column in self.platform.columns}

    def _written(self, cells: dict[str, str], seen: set[tuple[str, ...]]) -> Iterator[list[str]]:
        """Yield a person's lines: one, or one for each id that isn't in the file yet."""
        if self.platform.has_headings:
            yield list(cells.values())
            return
        for cell in filter(None, cells.values()):
            if (cell,) not in seen:
                seen.add((cell,))
                yield [cell]

    def _people(self, group: str) -> Iterator[_Person]:
        """Yield those of a group, best first: what is known of each, and whether they agreed."""
        contacts = self.contacts
        wanted = dict.fromkeys([*(column.field for column in self.platform.columns), "country"])
        fields = {name: contacts.value_sql(name) for name in wanted if name in contacts.fields}
        with query.connect(alone=True) as connection:
            rows, params = self.selection.rows(connection, group=group)
            account, joined = _accounts(self.selection)
            fields |= {"id": "scored.visitor_id"}
            fields |= {"account": account}
            consent, agreed, more = self._consent(contacts)
            names = ", ".join(f'{sql} AS "_{name}"' for name, sql in fields.items())
            connection.execute(
                f"{consent} SELECT {names}, {agreed} {rows} {joined} {more} ORDER BY _people.place",
                [*(self._view()[1] if contacts.consent else []), *params],
            )
            while found := connection.fetchmany(AT_ONCE):
                for *known, has_agreed in found:
                    yield {**dict.fromkeys(wanted), **dict(zip(fields, known, strict=True)),
                           "agreed": "yes" if has_agreed else None}  # fmt: skip

    def _view(self) -> tuple[str, list[object]]:
        return query.view_sql(self.selection.sessions)

    def _consent(self, contacts: Contacts) -> tuple[str, str, str]:
        """Return SQL of who agreed: what stands before the query, the column, and what is joined.

        What somebody said last counts, in whichever of their visits that was.
        """
        if not contacts.consent:
            return "", "true", ""
        return (
            f"WITH consents AS (SELECT coalesce({normal_sql('visitor_id')}, session_id) AS who, "
            f"arg_max({contacts.agreed_sql}, "
            f"coalesce(started_at, TIMESTAMP '1970-01-01')) AS agreed FROM ({self._view()[0]}) GROUP BY 1)",
            "consents.agreed",
            f"JOIN consents ON consents.who = coalesce({normal_sql('scored.visitor_id')}, scored.session_id)",
        )


def _not_read(selection: Selection) -> Iterator[str]:
    """Yield the columns of an export of which nothing was read."""
    with suppress(NotFoundError):
        if selection.source.dataset_id:
            found = get_store().dataset(selection.source.dataset_id).recognition
            yield from (column.name for column in found.columns if column.target is None)


def _accounts(selection: Selection) -> tuple[str, str]:
    """Return SQL of the account's id that the events of a session have, and what is joined for it."""
    events: Path | None = None
    with suppress(NotFoundError):
        if selection.source.dataset_id:
            events = get_store().dataset(selection.source.dataset_id).events_path
    if events is None or not events.exists():
        return "NULL", ""
    return "accounts.account", (
        "LEFT JOIN (SELECT session_id, max(user_id) AS account FROM "
        f"read_parquet({literal(events)}) WHERE user_id IS NOT NULL GROUP BY 1) AS accounts "
        "ON accounts.session_id = scored.session_id"
    )


_code = lru_cache(maxsize=1_000)(country_code)


def _cell(column: Column, person: _Person, country: str) -> str:
    """Return a cell; where no column tells, an id that is an address or a number is taken for what it is."""
    value = person[column.field]
    if value is None and column.field in ("email", "phone"):
        known = (person["id"], person["account"])
        fits = is_email if column.field == "email" else lambda plain: bool(phone_number(plain, country))
        value = next((each for each in known if each and fits(each.strip().lower())), None)
    return column.cell(value, country)


def _csv(lines: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()
