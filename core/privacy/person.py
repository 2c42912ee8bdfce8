"""Who is meant: from one id to all ids of that person, and to their sessions in each export."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

import pyarrow.parquet as pq

from core.base.errors import CoreError, NotFoundError
from core.base.normal_ids import normal_id, normal_sql
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.base.sql import identifier
from core.live.database import reader
from core.privacy.places import rows_of
from core.privacy.rows import SESSION, Ids, asking, condition, id_columns
from core.schema.contact_ids import PLATFORMS, contact_id
from core.security.pseudonym import has_key, pseudonym
from core.storage import Dataset, get_store

#: Somebody with more ids than this isn't one person: the id is shared, such as “guest”.
MOST_IDS = 50
_HASH = re.compile(r"[0-9a-f]{64}")


class SharedIdError(CoreError):
    """An id that leads to so many others that it can't be one person's."""

    code = "shared_id"


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody, by every id that is known of them.

    ``asked`` is the id that was given, ``known`` all ids in clear, ``sessions`` their sessions by dataset.
    """

    asked: str
    known: set[str] = field(default_factory=set)
    sessions: dict[str, set[str]] = field(default_factory=dict)
    settings: Settings

    @property
    def people(self) -> set[str]:
        """Every way the ids may be written: in clear, and hashed as an audience or a platform does it."""
        hashed, home = {sha256(one) for one in self.known}, shop_settings(self.settings).home_market
        if has_key(self.settings):
            hashed |= {pseudonym(one, self.settings) for one in self.known}
        for platform in PLATFORMS:
            hashed |= {sha256(contact_id(one, platform, home)) for one in self.known}
        return self.known | hashed

    def ids(self, dataset_id: str | None = None) -> Ids:
        """Return the ids to look for in what comes from a dataset; without one, those of people alone."""
        return Ids(people=self.people, sessions=set(self.sessions.get(dataset_id or "", ())))


def sha256(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def identify(asked: str, settings: Settings, *, alone: bool = False) -> Person:
    """Find out who is meant by an id: of a visitor, an account or a session row's own, or a hash of one.

    Ids that stand beside each other in an event or a session are one person's, unless ``alone`` is asked for.

    Raises
    ------
    NotFoundError
        If no id is given.
    SharedIdError
        If it leads to more than ``MOST_IDS`` others.
    """
    plain = normal_id(asked)
    if not plain:
        raise NotFoundError("No id was given.", remedy="Enter a visitor id, a user id or an e-mail address.")
    person = Person(asked=plain, known={plain}, settings=settings)
    datasets = get_store(settings).datasets(limit=1_000_000)
    if _HASH.fullmatch(plain):
        person.known |= _unhashed(plain, datasets, settings)
    for _ in range(1 if alone else 5):
        before = len(person.known)
        for dataset in datasets:
            _look(person, dataset, alone=alone)
        if not alone:
            _look_live(person, settings)
        if len(person.known) > MOST_IDS:
            raise SharedIdError(
                f"This id stands beside more than {MOST_IDS} others, so it isn't one person's.",
                remedy="Look for this id alone, or for one of the others.",
            )
        if len(person.known) == before:
            break
    return person


def _look(person: Person, dataset: Dataset, *, alone: bool) -> None:
    """Learn a person's ids and sessions from a dataset's canonical rows."""
    for path in rows_of(dataset):
        ids, schema = person.ids(dataset.id), pq.read_schema(path)
        columns = id_columns(schema.names)
        wanted = [f"{normal_sql(f'CAST({identifier(name)} AS VARCHAR)')}" for name in columns]
        session = SESSION if SESSION in schema.names else "NULL"
        with asking(ids) as connection:
            found = connection.execute(
                f"SELECT DISTINCT {', '.join([session, *wanted])} FROM read_parquet(?) "
                f"WHERE {condition(schema, ids)}",
                [str(path)],
            ).fetchall()
        for session_id, *others in found:
            if session_id is not None:
                person.sessions.setdefault(dataset.id, set()).add(str(session_id))
            if not alone:
                person.known |= {one for one in others if one} - {sha256(one) for one in person.known}


def _look_live(person: Person, settings: Settings) -> None:
    """Learn the ids that stand for a person in the live state."""
    connection = reader(settings)
    for known, one in connection.execute("SELECT known, person FROM people"):
        pair = {normal_id(str(known)), normal_id(str(one))}
        if not pair.isdisjoint(person.known):
            person.known |= pair


def _unhashed(hashed: str, datasets: tuple[Dataset, ...], settings: Settings) -> set[str]:
    """Return the ids in clear of which this is the hash."""
    found: set[str] = set()
    for dataset in datasets:
        for path in rows_of(dataset):
            for name in id_columns(pq.read_schema(path).names):
                normal = normal_sql(f"CAST({identifier(name)} AS VARCHAR)")
                with asking(Ids()) as connection:
                    ids = connection.execute(
                        f"SELECT DISTINCT {normal} FROM read_parquet(?) WHERE sha256({normal}) = ?",
                        [str(path), hashed],
                    ).fetchall()
                found |= {one for (one,) in ids}
    columns = ("visitor_id", "user_id")
    live = reader(settings)
    for name in columns:
        for (one,) in live.execute(f"SELECT DISTINCT {name} FROM events WHERE {name} IS NOT NULL"):
            if sha256(normal_id(str(one))) == hashed:
                found.add(normal_id(str(one)))
    return found
