"""An entry says who did what to what, and from where."""

from __future__ import annotations

from pathlib import Path

from core.audit import entries, record
from core.base.identity import Identity, acting_as
from core.base.settings import Settings


def test_an_entry_says_who_did_what_and_from_where(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    record("backup_made", "nightly", settings=settings)
    ada = Identity(id="a1", name="Ada", role="manager", via="account", address="10.0.0.7")
    with acting_as(ada):
        record("deleted", "May.csv", settings=settings, sessions=120)
    newest, oldest = entries(settings=settings)
    assert (newest.who, newest.via, newest.address) == ("Ada", "account", "10.0.0.7")
    assert (newest.action, newest.subject, newest.detail) == ("deleted", "May.csv", {"sessions": 120})
    assert (oldest.who, oldest.via) == ("", "program")
    assert newest.at >= oldest.at
