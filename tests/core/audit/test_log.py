"""An entry says who did what to what, and from where; nobody changes one unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.audit import Wanted, count, entries, every_entry, people, record, verify
from core.base.identity import Identity, acting_as
from core.base.settings import Settings
from core.database import get_engine

ADA = Identity(id="a1", name="Ada", role="manager", via="account", address="10.0.0.7")
BEN = Identity(id="b2", name="Ben", role="admin", via="account", address="10.0.0.9")


@pytest.fixture
def settings(database_url: str | None, tmp_path: Path) -> Iterator[Settings]:
    made = Settings(data_dir=tmp_path / "data", DATABASE_URL=database_url)
    yield made
    get_engine(made).dispose()


def fill(settings: Settings) -> None:
    record("backup_made", "nightly", settings=settings)
    with acting_as(ADA):
        record("deleted", "May.csv", settings=settings, kind="export", sessions=120)
        record("ids_downloaded", "June 100%", settings=settings, format="csv")
    with acting_as(BEN):
        record("key_made", "Warehouse", settings=settings, scopes=["results.read"])


def test_an_entry_says_who_did_what_and_from_where(settings: Settings) -> None:
    fill(settings)
    _, _, deleted, first = entries(settings=settings)
    assert (deleted.who, deleted.via, deleted.address) == ("Ada", "account", "10.0.0.7")
    assert (deleted.action, deleted.subject) == ("deleted", "May.csv")
    assert deleted.detail == {"kind": "export", "sessions": 120}
    assert (first.who, first.via) == ("", "program")
    assert deleted.at >= first.at


def test_entries_are_filtered_by_person_action_time_and_words(settings: Settings) -> None:
    fill(settings)

    def subjects(**wanted: object) -> list[str]:
        return [entry.subject for entry in entries(Wanted(**wanted), settings=settings)]

    newest = entries(settings=settings)[0]
    assert subjects(who="Ada") == ["June 100%", "May.csv"]
    assert subjects(action="deleted") == ["May.csv"]
    assert subjects(start=newest.at) == ["Warehouse"]
    assert subjects(end=newest.at) == ["June 100%", "May.csv", "nightly"]
    assert subjects(start=newest.at + timedelta(days=1)) == []
    assert subjects(q="WARE") == ["Warehouse"]
    assert subjects(q="0%") == ["June 100%"]
    assert subjects(q="10.0.0.7") == ["June 100%", "May.csv"]
    assert subjects(q="results.read") == ["Warehouse"]
    assert people(settings=settings) == ["", "Ada", "Ben"]
    assert count(Wanted(who="Ada"), settings=settings) == 2


def test_pages_follow_one_another_while_entries_come(settings: Settings) -> None:
    fill(settings)
    first = entries(limit=2, settings=settings)
    record("backup_made", "later", settings=settings)
    second = entries(limit=2, before=first[-1].id, settings=settings)
    assert [entry.subject for entry in (*first, *second)] == ["Warehouse", "June 100%", "May.csv", "nightly"]
    assert len(list(every_entry(settings=settings))) == 5


#: Each database's ways to change a table, or to empty it.
CHANGES = {
    "sqlite": ("insert or replace into audit select * from audit where id = 1",),
    "postgresql": ("truncate audit",),
}


def test_the_database_itself_refuses_to_change_an_entry(settings: Settings) -> None:
    fill(settings)
    engine = get_engine(settings)
    for statement in ("update audit set who = 'Nobody'", "delete from audit", *CHANGES[engine.name]):
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))
    assert verify(settings=settings).broken_at is None
    assert count(settings=settings) == 4


@pytest.mark.parametrize("statement", [
    "update audit set who = 'Nobody' where subject = 'May.csv'",
    "delete from audit where subject = 'May.csv'",
    "update audit set detail = '{\"kind\": \"audience\", \"sessions\": 120}' where subject = 'May.csv'",
])  # fmt: skip
def test_a_change_behind_the_back_of_the_database_is_found(settings: Settings, statement: str) -> None:
    fill(settings)
    found = verify(settings=settings)
    assert (found.entries, found.broken_at) == (4, None)
    assert found.last_hash == entries(limit=1, settings=settings)[0].hash
    engine = get_engine(settings)
    with engine.begin() as connection:
        for trigger in ("audit_no_update", "audit_no_delete") if engine.name == "sqlite" else ():
            connection.execute(text(f"drop trigger {trigger}"))
        if engine.name == "postgresql":
            connection.execute(text("alter table audit disable trigger user"))
        connection.execute(text(statement))
    found = verify(settings=settings)
    assert found.entries == 1
    assert found.broken_at is not None
    assert found.broken_at.subject == ("June 100%" if "delete" in statement else "May.csv")


def test_entries_that_come_at_once_form_one_chain(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: record("deleted", f"{n}", settings=settings), range(40)))
    found = verify(settings=settings)
    assert (found.entries, found.broken_at) == (40, None)


def test_a_text_no_database_takes_is_kept_as_far_as_it_can_be(settings: Settings) -> None:
    record("sign_in_failed", "a\0b\ud800" + "c" * 1_000, settings=settings, tried="x\0y")
    (entry,) = entries(settings=settings)
    assert entry.subject.startswith("ab?c")
    assert len(entry.subject) == 300
    assert verify(settings=settings).broken_at is None
