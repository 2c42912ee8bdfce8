"""Who was in an audience: kept without an id, read when the result is gone, deleted with the audience."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from core.audiences import Definition, select
from core.audiences.members import EACH, Members, write
from core.audiences.repository import kept_members, make, members_of
from core.base.errors import NotFoundError
from core.base.settings import get_settings
from core.results.sources import find_source
from core.storage import Result, get_store
from core.uplift.outcome_table import read_sheet
from core.uplift.outcomes import from_file
from tests.core.audiences.test_selection import source_of
from tests.core.results.scored import scored_frame, write_scored

DEFINITION = Definition(
    pick="all", held_out=0.3, salt="kept", id_kind="session", one_row_per="session", leave_out_buyers=False
)


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Result]:
    """Return a finished result in a store of its own."""
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    get_settings.cache_clear()
    store = get_store()
    try:
        upload = tmp_path / "visits.csv"
        upload.write_text("session_id,clicks,price_mean\na,5,20.5\n")
        dataset = store.add_dataset(upload, filename="visits.csv", name="May")
        made = store.create_result(dataset.id, bundle="demo-shop")
        write_scored(scored_frame(400), made.path)
        store.update_result(made.id, state="done", n_sessions=400, currency="EUR")
        yield store.result(made.id)
    finally:
        store.close()
        get_settings.cache_clear()


def test_nobody_can_be_read_from_it_and_it_is_small(tmp_path: Path) -> None:
    frame = scored_frame(3000)
    # Whoever has three sessions is one of them, in one group, as likely to buy as in the best of them.
    frame["visitor_id"] = [f"Anna-{number // 3}@Example.com" for number in range(len(frame))]
    source = source_of(write_scored(frame, tmp_path / "scored.parquet"))
    definition = Definition(pick="all", held_out=0.3, one_row_per="session", leave_out_buyers=False)
    chosen = select(source, definition)
    members = write(chosen, tmp_path / "it's kept.parquet")
    assert Members.read(members.path) == members
    assert members.path.stat().st_size < EACH * 1000
    content = members.path.read_bytes().lower()
    assert b"anna" not in content
    assert b"example" not in content
    rows = duckdb.sql(f"FROM read_parquet('{str(members.path).replace(chr(39), chr(39) * 2)}')").fetchall()
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    exported = {row["id"][:32]: row for row in reversed(chosen.members())}
    assert len(exported) == len(rows) == 1000
    for key, held_out, probability in rows:
        assert held_out == exported[key.hex]["held_out"]
        assert probability == pytest.approx(exported[key.hex]["purchase_probability"], rel=1e-6)


def test_outcomes_are_read_after_the_result_was_deleted(result: Result) -> None:
    store, audience = get_store(), make(result.id, name="Spring", definition=DEFINITION)
    people = select(find_source(result.id), replace(DEFINITION, id_form="raw")).members()
    told = "\n".join(["session_id,bought", *(f"{row['id']},yes" for row in people[:40])]).encode()
    before = from_file(members_of(audience), read_sheet(told, "told.csv"))
    assert before.treated.buyers + before.held_out.buyers == 40
    old = make(result.id, name="Made before members were kept", definition=DEFINITION)
    store.members_path(old.id, old.result_id).unlink()

    store.delete_dataset(result.dataset_id)
    assert from_file(members_of(audience), read_sheet(told, "told.csv")) == before
    with pytest.raises(NotFoundError, match="groups weren't saved") as raised:
        members_of(old)
    assert raised.value.remedy

    folder = store.members_path(audience.id, audience.result_id).parent
    assert store.kept_members(audience.id) == (folder / f"{audience.result_id}.parquet",)
    stray = folder.parent / "nobodys"
    stray.mkdir()
    store.sweep(older_than=0)
    assert folder.exists()
    assert not stray.exists()
    store.delete_audience(audience.id)
    assert not folder.exists()
    assert kept_members(audience) is None


def test_only_ids_name_a_file(result: Result) -> None:
    assert get_store().members_path("some-id_1", result.id).stem == result.id
    for bad in ("../x", "", "a/b", "a.b"):
        with pytest.raises(NotFoundError):
            get_store().members_path("some-id_1", bad)
