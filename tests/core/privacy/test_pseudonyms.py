"""Ids are replaced as they come in: nothing is kept in clear, and one id has one pseudonym everywhere."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from core.audiences import Definition, repository
from core.base.settings import Settings, get_settings
from core.live import closing
from core.privacy import erasure
from core.scoring.pipeline import run_steps
from core.security.pseudonym import FILE, pseudonym, pseudonym_sql
from core.storage import Store, get_store
from core.uplift.outcome_table import read_sheet
from core.uplift.outcomes import from_file
from tests.core.live.conftest import shop_at
from tests.core.privacy.conftest import BROWSER, EMAIL, PEOPLE, live_visit, send, write_exports
from tests.core.privacy.test_erasure import left


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(closing, "submit", lambda *_, **__: None)
    get_settings.cache_clear()
    store = get_store()
    store.set_shop({"pseudonymise": True})
    yield store
    store.close()
    get_settings.cache_clear()


def test_a_pseudonym_is_an_hmac_in_python_and_in_sql(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    made = pseudonym(f" {EMAIL} ", settings)
    key = bytes.fromhex((tmp_path / FILE).read_text())
    assert made == "p_" + hmac.new(key, EMAIL.lower().encode(), hashlib.sha256).hexdigest()[:32]
    assert pseudonym(made, settings) == made
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    with duckdb.connect() as connection:
        for raw, wanted in ((EMAIL, made), ("Zoë ", pseudonym("zoë", settings)), (made, made), (" ", None)):
            sql = f"SELECT {pseudonym_sql('v', settings)} FROM (SELECT CAST(? AS VARCHAR) AS v)"
            assert connection.execute(sql, [raw]).fetchone() == (wanted,)


def test_nothing_is_kept_in_clear_and_exports_agree(store: Store, tmp_path: Path) -> None:
    events, rows = (store.add_dataset(path, filename=path.name) for path in write_exports(tmp_path))
    for dataset in (events, rows):
        run_steps(store, store.create_result(dataset.id, bundle="demo-shop"))
    for live in shop_at(tmp_path):
        send(live)
        live.worker.work_off()
        erasure.compact(live.settings)
        assert left(tmp_path / "data") == set()
        person = pseudonym(EMAIL, live.settings)
        assert person in set(pq.read_table(store.dataset(events.id).events_path)["user_id"].to_pylist())
        assert person in set(pq.read_table(store.dataset(rows.id).sessions_path)["E-mail"].to_pylist())
        live.events(*live_visit(BROWSER, 0.01))
        live.worker.work_off()
        assert live.visitor(BROWSER)["visitor_id"] == pseudonym(BROWSER, live.settings)
        # Read once more, of what took the original's place, the ids are the same.
        again = store.create_result(events.id, bundle="demo-shop")
        store.refresh_files(events.id)
        run_steps(store, again)
        assert store.result(again.id).n_sessions == PEOPLE
        # Somebody can be deleted by the id in clear, which nobody kept.
        made = erasure.delete(EMAIL, live.settings)
        assert made.told is not None
        assert {place["place"] for place in made.told["places"] if place["deleted"]} >= {
            "export “events.csv.gz”: events or sessions read", "live: events",
        }  # fmt: skip


def test_outcomes_in_clear_find_their_people(store: Store, tmp_path: Path) -> None:
    path, _ = write_exports(tmp_path)
    dataset = store.add_dataset(path, filename=path.name)
    result = store.create_result(dataset.id, bundle="demo-shop")
    run_steps(store, result)
    everyone = Definition(pick="all", leave_out_buyers=False, held_out=0.3, salt="s")
    audience = repository.make(result.id, name="Spring", definition=everyone)
    members = repository.members_of(audience)
    assert members.is_pseudonymised
    lines = "".join(f"browser-{n:04d}-of-others,1\n" for n in range(PEOPLE))
    found = from_file(members, read_sheet(f"who,bought\n{lines}{BROWSER},1\n".encode(), "orders.csv"))
    assert found.treated.buyers + found.held_out.buyers == PEOPLE
