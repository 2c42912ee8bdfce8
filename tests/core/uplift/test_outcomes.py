"""Outcomes of an audience: ids matched hashed or raw, groups, later results, and files nobody can read."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from core.audiences import Definition, select
from core.audiences.members import Members, write
from core.audiences.selection import Selection
from core.base.errors import UpliftError
from core.base.settings import Settings
from core.results.sources import Source
from core.storage import Store
from core.uplift import measure
from core.uplift.outcome_table import MOST_BYTES, read_sheet
from core.uplift.outcomes import Outcomes, balance, cautions, from_file, from_result
from tests.core.audiences.independent import hashed_id
from tests.core.results.scored import scored_frame, write_scored


def source_of(path: Path, name: str) -> Source:
    return Source(
        id=name, name=name, description="", path=path, bundle="shop", currency="EUR", synthetic=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outcomes")


@pytest.fixture(scope="module")
def selection(folder: Path) -> Selection:
    frame = scored_frame(900, seed=12)
    frame["visitor_id"] = [f"Visitor-{number:03}" for number in range(900)]
    source = source_of(write_scored(frame, folder / "march.parquet"), "March")
    return select(source, Definition(pick="all", held_out=0.3, salt="s"))


@pytest.fixture(scope="module")
def members(selection: Selection, folder: Path) -> Members:
    return write(selection, folder / "members.parquet")


@pytest.fixture(scope="module")
def people(selection: Selection) -> pd.DataFrame:
    raw = replace(selection, definition=replace(selection.definition, id_form="raw"))
    return pd.DataFrame(raw.members())


def csv(frame: pd.DataFrame, **options: object) -> bytes:
    return frame.to_csv(index=False, **options).encode()


def read(members: Members, content: bytes, name: str = "outcomes.csv") -> Outcomes:
    return from_file(members, read_sheet(content, name))


@pytest.fixture(scope="module")
def bought(people: pd.DataFrame) -> pd.DataFrame:
    """Return who bought: every 5th of the contacted, every 10th of those held out."""
    treated, held_out = people[~people["held_out"]], people[people["held_out"]]
    buyers = pd.concat([treated.iloc[::5], held_out.iloc[::10]])
    return pd.DataFrame({"id": buyers["id"], "revenue": range(10, 10 + len(buyers))})


@pytest.mark.parametrize("spell", [str, str.upper, hashed_id], ids=["raw", "upper", "hashed"])
def test_ids_are_recognised_however_they_are_written(
    members: Members, people: pd.DataFrame, bought: pd.DataFrame, spell: Callable[[str], str]
) -> None:
    made = pd.DataFrame({"note": "x", "who": bought["id"].map(spell), "bought": "yes"})
    made["Revenue (EUR)"] = bought["revenue"]
    found = read(members, csv(made))
    treated = people[~people["held_out"]]
    buyers = bought[bought["id"].isin(treated["id"])]
    assert found.treated.n == len(treated)
    assert found.held_out.n == len(people) - len(treated)
    assert found.treated.buyers == len(buyers)
    assert found.treated.revenue == pytest.approx(buyers["revenue"].sum())
    assert found.treated.squares == pytest.approx((buyers["revenue"] ** 2).sum())
    assert found.treated.probability == pytest.approx(treated["purchase_probability"].mean())
    assert (found.ids, found.matched, found.repeated) == (len(bought), len(bought), 0)
    assert found.columns["id"] == "who"
    assert found.columns["revenue"] == "Revenue (EUR)"
    assert "“note”" in found.notes[0]
    assert measure(treated=found.treated.group, held_out=found.held_out.group).verdict == "more"


def test_an_order_a_row_is_summed_by_person(members: Members, people: pd.DataFrame) -> None:
    one, other = people["id"][0], people["id"][1]
    content = f"id;umsatz\n{one};1.010,50\n{other};0,00\n{one};9,50\nSomebody else;5,00\n;3,00\n".encode()
    found = read(members, content)
    assert found.treated.buyers + found.held_out.buyers == 1
    assert (found.treated.revenue or 0) + (found.held_out.revenue or 0) == pytest.approx(1020)
    assert (found.ids, found.matched, found.repeated) == (3, 2, 1)


def test_a_bare_list_of_ids_is_one_of_buyers(members: Members, people: pd.DataFrame) -> None:
    found = read(members, "\n".join(people["id"].map(hashed_id)[:40]).encode())
    assert found.treated.buyers + found.held_out.buyers == 40
    assert "everyone in the file counts as a buyer" in " ".join(found.notes)
    assert found.treated.revenue is None


def test_an_excel_sheet_is_read(members: Members, people: pd.DataFrame) -> None:
    made = pd.DataFrame(
        {"visitor": people["id"], "orders": [1, 0] * (len(people) // 2) + [0] * (len(people) % 2)}
    )
    held = io.BytesIO()
    made.to_excel(held, index=False)
    found = read(members, held.getvalue(), "outcomes.xlsx")
    assert found.treated.buyers + found.held_out.buyers == len(people) // 2
    assert found.treated.listed + found.held_out.listed == len(people)


def test_who_is_not_listed_may_be_left_out(members: Members, people: pd.DataFrame) -> None:
    some = pd.DataFrame({"id": people["id"][:50], "bought": [1, 0] * 25})
    found = read(members, csv(some))
    only = found.only_listed()
    assert found.treated.n + found.held_out.n == len(people)
    assert only.treated.n + only.held_out.n == 50
    assert only.treated.buyers == found.treated.buyers


def test_those_held_out_who_were_contacted_are_told(members: Members, people: pd.DataFrame) -> None:
    made = pd.DataFrame({"id": people["id"], "bought": 0, "contacted": "yes"})
    held = int(people["held_out"].sum())
    told = cautions(read(members, csv(made)))
    assert f"{held:,} of the hold-out were contacted anyway" in told[0]
    made["contacted"] = people["held_out"].map({True: "no", False: "yes"})
    assert not cautions(read(members, csv(made)))
    # The export's own column of groups says the same.
    made["group"] = people["group"]
    assert read(members, csv(made.drop(columns="contacted"))).held_out.contacted == 0


def test_groups_that_differed_before_are_told(members: Members, people: pd.DataFrame, folder: Path) -> None:
    fair = read(members, csv(pd.DataFrame({"id": people["id"], "bought": 0})))
    chance = balance(fair)
    assert chance is not None
    assert chance > 0.01
    skewed = replace(fair, held_out=replace(fair.held_out, probability=0.2))
    assert "the hold-out were likelier to buy" in cautions(skewed)[0]


def test_another_audiences_outcomes_are_doubted(members: Members, people: pd.DataFrame) -> None:
    made = pd.DataFrame({"id": [people["id"][0], *(f"x{number}" for number in range(9))], "bought": 1})
    assert "Only 1 of 10 ids are in this audience" in cautions(read(members, csv(made)))[0]


@pytest.mark.parametrize(
    ("content", "said", "where"),
    [
        (b"", "is empty", "o.csv"),
        (b"id\n", "only a header", "o.csv"),
        (b"id,bought\nnobody,1\n", "No column holds the ids of this audience's visitors", "“id”"),
        (b"id,bought\n{id},perhaps\n", "“perhaps” is neither yes nor no", "line 2, column “bought”"),
        (b"id,revenue\n{id},1\n{id},lots\n", "“lots” isn't a number", "line 3, column “revenue”"),
        (b"id,ID\n{id},1\n", "Two columns are called", "o.csv"),
        (b"PK\x03\x04 broken", "", "o.csv"),
        (b"\x00\x01\x02\x03garbage\x00", "neither text nor an Excel sheet", "o.csv"),
        (b"x" * (MOST_BYTES + 1), "the limit here is 5", "o.csv"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    members: Members, people: pd.DataFrame, content: bytes, said: str, where: str
) -> None:
    with pytest.raises(UpliftError) as raised:
        read(members, content.replace(b"{id}", people["id"][0].encode()), "o.csv")
    assert said in raised.value.message
    assert where in (raised.value.where or "")
    assert raised.value.remedy


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("id,revenue\n\n\n{id},1\n{id},lots\n", 5),
        ("\n\n# shop\nid,revenue\n\n{id},lots\n", 6),
        ("id,revenue\r\n\r\n{id},1\r\n\r\n{id},lots\r\n", 5),
        ('id,note,revenue\n{id},"two\nlines",1\n\n{id},"a\n\nb",lots\n', 5),
        ("id,note,revenue\n{id},a\u2028b,1\n\n{id},\x0b,lots\n", 4),
        ("\n{id};1\n\n{id};lots\n", 4),
    ],
    ids=["blank", "above", "windows", "quoted", "signs", "headless"],
)
def test_lines_are_counted_as_an_editor_shows_them(
    members: Members, people: pd.DataFrame, content: str, line: int
) -> None:
    content = content.replace("{id}", people["id"][0])
    with pytest.raises(UpliftError) as raised:
        sheet = read_sheet(content.encode(), "o.csv")
        from_file(members, sheet)
        sheet.with_header_as_row().numbers("column 2")
    assert (raised.value.where or "").startswith(f"o.csv, line {line}, ")


def test_rows_are_counted_as_a_spreadsheet_shows_them(members: Members, people: pd.DataFrame) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for row, cells in ((3, ("id", "revenue")), (5, (people["id"][0], 2.5)), (9, (people["id"][1], "lots"))):
        for column, cell in enumerate(cells, start=1):
            sheet.cell(row=row, column=column, value=cell)
    held = io.BytesIO()
    book.save(held)
    with pytest.raises(UpliftError) as raised:
        read(members, held.getvalue(), "o.xlsx")
    assert raised.value.where == "o.xlsx, row 9, column “revenue”"


def test_a_quotation_mark_that_is_never_closed_is_told(members: Members, people: pd.DataFrame) -> None:
    content = f'id,note\n{people["id"][0]},fine\n\n{people["id"][1]},"open\n{people["id"][2]},lost\n'
    with pytest.raises(UpliftError, match="never ends") as raised:
        read(members, content.encode(), "o.csv")
    assert raised.value.where == "o.csv, line 4"


@pytest.fixture(scope="module")
def later(folder: Path, people: pd.DataFrame) -> Source:
    frame = scored_frame(400, seed=4)
    frame["visitor_id"] = [
        *people["id"].str.upper()[:100],
        *people["id"][:100],
        *(f"new-{n}" for n in range(200)),
    ]
    frame["started_at"] += pd.Timedelta(days=20)
    frame["purchased"] = [*[True, False] * 50, *[False] * 300]
    frame["revenue"] = frame["purchased"] * 30.0
    return source_of(write_scored(frame, folder / "april.parquet"), "April")


def test_a_later_result_tells_the_outcomes_of_the_same_visitors(members: Members, later: Source) -> None:
    found = from_result(members, later)
    assert found.treated.buyers + found.held_out.buyers == 50
    assert (found.treated.revenue or 0) + (found.held_out.revenue or 0) == pytest.approx(1500)
    assert (found.ids, found.matched) == (300, 100)
    assert not found.notes
    # Most of a later export is other people; nobody of the audience in it is a sign that ids differ.
    assert not cautions(found)
    nobody = replace(found, matched=0)
    assert "Nobody in this audience" in cautions(nobody)[0]


def test_sessions_of_before_the_choice_are_left_out(
    members: Members, selection: Selection, later: Source, folder: Path
) -> None:
    with pytest.raises(UpliftError, match="no sessions later than"):
        from_result(members, selection.source)
    both = pd.concat([pd.read_parquet(selection.source.path), pd.read_parquet(later.path)])
    found = from_result(members, source_of(write_scored(both, folder / "both.parquet"), "both"))
    assert found.treated.buyers + found.held_out.buyers == 50
    assert "are left out" in found.notes[0]


def test_sessions_do_not_come_again(selection: Selection, later: Source, folder: Path) -> None:
    of_sessions = select(
        selection.source, replace(selection.definition, id_kind="session", one_row_per="session")
    )
    with pytest.raises(UpliftError, match="sessions never return"):
        from_result(write(of_sessions, folder / "sessions.parquet"), later)


def test_outcomes_are_kept_without_anybodys_id(
    members: Members, people: pd.DataFrame, tmp_path: Path
) -> None:
    found = read(members, csv(pd.DataFrame({"id": people["id"], "bought": 1, "revenue": 2.5})))
    assert people["id"][0] not in str(found.to_dict())
    store = Store(Settings(data_dir=tmp_path))
    try:
        first = store.add_outcomes("a1", figures=found.to_dict(), who="me")
        (kept,) = store.outcomes("a1")
        assert kept == first
        assert Outcomes.from_dict(kept.figures) == found
        assert not store.outcomes("a2")
        store.delete_outcomes(first.id)
        assert not store.outcomes("a1")
    finally:
        store.close()


@pytest.mark.parametrize("heading", ["purchased_before", "not_purchased", "will_purchase", "ever_bought"])
def test_a_heading_of_another_time_is_not_who_bought(
    members: Members, bought: pd.DataFrame, heading: str
) -> None:
    content = csv(pd.DataFrame({"id": bought["id"], heading: "yes", "bought": "no"}))
    found = read(members, content)
    assert (found.treated.buyers, found.held_out.buyers) == (0, 0)
    assert any(f"“{heading}” says" in note for note in found.notes)
    with pytest.raises(UpliftError, match=f"“{heading}” says"):
        read(members, csv(pd.DataFrame({"id": bought["id"], heading: "yes"})))


def test_an_outcome_of_so_many_days_is_one(members: Members, bought: pd.DataFrame) -> None:
    found = read(members, csv(pd.DataFrame({"id": bought["id"], "bought_last_30_days": "yes"})))
    assert found.treated.buyers + found.held_out.buyers == len(bought)


def test_what_was_predicted_is_no_revenue(members: Members, bought: pd.DataFrame) -> None:
    frame = pd.DataFrame({"id": bought["id"], "expected_revenue": 50, "bought": "yes"})
    assert "revenue" not in read(members, csv(frame)).columns


def test_a_spoilt_id_is_shown_as_the_file_has_it(members: Members) -> None:
    found = read(members, b"id,bought\n9.44E+18,yes\nVisitor-001,yes\n")
    assert any("9.44E+18" in warning for warning in found.warnings)
