"""The commands of API keys and of the audit log."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.core.cli.conftest import Core


def test_a_key_is_made_listed_and_revoked(core: Core) -> None:
    made = core("keys", "make", "Warehouse", "--scope", "results.read", "--days", 7)
    assert made.returncode == 0
    assert made.stdout.startswith("scsp_")
    listed = core("keys", "list").stdout
    assert "in use" in listed
    assert f"…{made.stdout.strip()[-4:]}  Warehouse  results.read" in listed
    assert core("keys", "revoke", listed.split()[0]).returncode == 0
    assert "revoked" in core("keys", "list").stdout
    refused = core("keys", "make", "Warehouse", "--scope", "keys.write")
    assert refused.returncode != 0
    assert "can't be allowed" in refused.stderr
    assert "ids.read" in core("keys", "scopes").stdout


def test_the_log_is_checked_from_its_beginning_to_an_entry_kept_elsewhere(core: Core, tmp_path: Path) -> None:
    here = {"PREDICTOR_DATA_DIR": str(tmp_path / "data")}
    for name in ("One", "Two", "Three"):
        core("keys", "make", name, "--scope", "results.read", **here)
    checked = core("audit", "verify", **here)
    assert checked.returncode == 0
    assert checked.stdout.startswith("3 entries, none changed or left out.")
    last = checked.stdout.split()[-1]
    assert core("audit", "verify", "--last", last, **here).returncode == 0
    assert core("audit", "verify", "--last", "0" * 64, **here).returncode == 1
    with closing(sqlite3.connect(tmp_path / "data" / "predictor.sqlite")) as database, database:
        database.execute("drop trigger audit_no_update")
        database.execute("update audit set subject = 'Four' where subject = 'Two'")
    broken = core("audit", "verify", **here)
    assert broken.returncode == 1
    assert "Entry 2" in broken.stdout
