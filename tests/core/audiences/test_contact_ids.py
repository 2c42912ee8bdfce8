"""Ids that are e-mails, phone numbers or look like formulas: out to an ad platform and back again."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.audiences import Definition, select
from core.audiences.members import Members, write
from core.audiences.selection import Selection
from core.base.settings import get_settings
from core.results import query
from core.results.export import stream_query
from core.schema.contact_ids import contact_id
from core.uplift.outcome_table import read_sheet
from core.uplift.outcomes import from_file
from tests.core.audiences.test_selection import source_of
from tests.core.ingest.test_cases import case
from tests.core.results.scored import scored_frame, write_scored


@pytest.fixture(autouse=True)
def american_shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PREDICTOR_HOME_MARKET", "US")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def ids() -> list[str]:
    rows = csv.DictReader(io.StringIO(case("email_ids.csv").read_text()))
    return [row["visitor_id"] for row in rows]


def chosen(ids: list[str], folder: Path, form: str, held_out: float = 0.0) -> Selection:
    frame = scored_frame(len(ids), seed=3)
    frame["visitor_id"] = ids
    source = source_of(write_scored(frame, folder / "scored.parquet"))
    definition = Definition(
        pick="all",
        id_form=form,
        held_out=held_out,
        salt="s",
        leave_out_buyers=False,  # type: ignore[arg-type]
    )
    return select(source, definition)


def hashed(raw: str, platform: str) -> str:
    return hashlib.sha256(contact_id(raw, platform, "US").encode()).hexdigest()


def sent(selection: Selection, *, only_id: bool) -> str:
    connection = query.connect(alone=True)
    sql, params = selection.query(connection, only_id=only_id)
    return b"".join(
        stream_query(connection, sql, params, "csv", name="list", for_spreadsheet=not only_id)
    ).decode()


@pytest.mark.parametrize(("platform", "people"), [("google", 4), ("meta", 5)])
def test_whoever_is_one_to_a_platform_is_sent_once(
    ids: list[str], tmp_path: Path, platform: str, people: int
) -> None:
    made = [row["id"] for row in chosen(ids, tmp_path, platform).members()]
    assert set(made) == {hashed(raw, platform) for raw in ids}
    assert len(made) == people
    assert hashlib.sha256(b"+18005550102" if platform == "google" else b"18005550102").hexdigest() in made


def test_ways_to_write_an_address_are_in_one_group(tmp_path: Path) -> None:
    ids = [f"{'.' * (n % 2)}n{n // 2}@gmail.com".replace(".n", "n.") for n in range(200)]
    selection = chosen(ids, tmp_path, "google", held_out=0.5)
    assert selection.n == 100
    assert 0 < selection.held_out < 100


@pytest.mark.parametrize("platform", ["google", "meta"])
def test_hashes_and_ids_come_back_to_their_people(ids: list[str], tmp_path: Path, platform: str) -> None:
    members = write(chosen(ids, tmp_path, platform), tmp_path / "members.parquet")
    assert Members.read(members.path) == members
    for told in ([hashed(raw, platform) for raw in ids], ids):
        text = io.StringIO()
        csv.writer(text).writerows([["who", "bought"], *([one, "1"] for one in told)])
        found = from_file(members, read_sheet(text.getvalue().encode(), "outcomes.csv"))
        assert found.treated.buyers == found.treated.n


def test_ids_stay_as_they_are_in_a_list_for_a_platform(ids: list[str], tmp_path: Path) -> None:
    selection = chosen(ids, tmp_path, "raw")
    told = [row["visitor_id"] for row in csv.DictReader(io.StringIO(sent(selection, only_id=True)))]
    assert told == [row["id"] for row in selection.members()]
    assert {"+1 (800) 555-0102", "-5", '=HYPERLINK("http://x")'} <= set(told)


def test_a_list_for_a_spreadsheet_runs_nothing_and_comes_back(ids: list[str], tmp_path: Path) -> None:
    selection = chosen(ids, tmp_path, "raw", held_out=0.4)
    text = sent(selection, only_id=False)
    assert {"'+1 (800) 555-0102", "'-5", '\'=HYPERLINK("http://x")'} <= {
        row["visitor_id"] for row in csv.DictReader(io.StringIO(text))
    }
    head, *rows = text.splitlines()
    back = "\n".join([f"{head},bought", *(f"{row},yes" for row in rows)])
    found = from_file(write(selection, tmp_path / "members.parquet"), read_sheet(back.encode(), "list.csv"))
    assert (found.treated.listed, found.held_out.listed) == (selection.treated, selection.held_out)
    assert found.matched == found.ids == selection.n
