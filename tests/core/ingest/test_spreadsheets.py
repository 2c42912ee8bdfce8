"""Spreadsheets are read by a process of its own, within limits; what no program writes is refused unread."""

from __future__ import annotations

import os
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from core.base.errors import IngestError
from core.ingest import inspect
from core.ingest.files import xlsx
from tests.core.ingest.sessions_of import export_of

ROWS = [["session_id", "clicks", "price_mean"], *([f"s{n}", n, n / 2] for n in range(50))]


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "visits.xlsx"
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.save(path)
    return path


def changed(path: Path, member: str, before: bytes, after: bytes) -> Path:
    """Write a spreadsheet again, with other bytes in one of its parts."""
    out = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        assert before in source.read(member)
        for name in source.namelist():
            content = source.read(name)
            if name == member:
                content = content.replace(before, after)
            target.writestr(name, content)
    return out


def test_reading_happens_elsewhere(sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("read in this process")

    monkeypatch.setattr(openpyxl, "load_workbook", never)
    before = os.times()
    found = inspect(sheet)
    assert [column.name for column in found.columns] == ROWS[0]
    assert os.times().children_user > before.children_user


@pytest.mark.parametrize(
    ("member", "before", "after"),
    [
        # Harmless ones: a declaration is refused for being there, whatever it says.
        ("xl/styles.xml", b"<styleSheet ", b'<!DOCTYPE styleSheet [<!ENTITY word "text">]><styleSheet '),
        ("xl/worksheets/sheet1.xml", b"<worksheet ", b"<!DOCTYPE worksheet><worksheet "),
    ],
)
def test_declarations_are_refused(sheet: Path, member: str, before: bytes, after: bytes) -> None:
    with pytest.raises(IngestError, match="no spreadsheet program writes"):
        inspect(changed(sheet, member, before, after))


def test_a_declaration_in_another_encoding_is_refused_too(sheet: Path, tmp_path: Path) -> None:
    out = tmp_path / "wide.xlsx"
    with zipfile.ZipFile(sheet) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content.decode().encode("utf-16") if "styles" in name else content)
    with pytest.raises(IngestError, match="no spreadsheet program writes"):
        inspect(out)


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("MAX_MEMBERS", 3, "too many parts"),
        ("MAX_UNPACKED_BYTES", 1000, "too large"),
        ("MAX_MEMORY", 1 << 20, "too much memory|damaged|too long"),
    ],
)
def test_what_is_over_a_limit_is_refused(
    sheet: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, said: str
) -> None:
    monkeypatch.setattr(xlsx, limit, value)
    with pytest.raises(IngestError, match=said) as caught:
        inspect(sheet)
    assert caught.value.remedy


def test_a_table_of_texts_over_the_limit_is_refused(sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_TEXTS", 49)
    with zipfile.ZipFile(sheet, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst>{'<si><t>a</t></si>' * 50}</sst>")
    with pytest.raises(IngestError, match="different texts"):
        inspect(sheet)


def test_what_takes_too_long_is_ended(sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text(
        "import json, resource, sys\n"
        "seconds = json.load(sys.stdin)['limits']['seconds']\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))\n"
        "while True: pass\n"
    )
    monkeypatch.setattr(xlsx, "PROGRAM", endless)
    monkeypatch.setattr(xlsx, "HEAD_SECONDS", 1)
    with pytest.raises(IngestError, match="too long"):
        inspect(sheet)


@pytest.mark.parametrize(
    ("shown", "currency"),
    [
        ("#,##0.00 [$€-407]", "EUR"),
        ('_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-', "EUR"),
        ('_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)', "USD"),
        ("[$CHF] #,##0.00", "CHF"),
        ('#,##0.00\\ "zł"', "PLN"),
    ],
)
def test_a_currency_that_cells_are_shown_with_counts(tmp_path: Path, shown: str, currency: str) -> None:
    head = ["session_id", "visitor_id", "timestamp", "event_type", "revenue"]
    rows = [["s1", "v1", datetime(2026, 3, 2, 10), "purchase", 40.5],
            ["s2", "v2", datetime(2026, 3, 2, 11), "purchase", 6400],
            ["s3", "v1", datetime(2026, 3, 3, 10), "purchase", -40.5]]  # fmt: skip
    found = export_of(saved(tmp_path, [head, *rows], {"E2": shown, "E3": "[$¥-411]#,##0", "E4": shown}))
    money = {each.currency: (each.gross, each.refunded) for each in found.report.money}
    assert money == {currency: (40.5, 40.5), "JPY": (6400, 0)}


@pytest.mark.parametrize(
    "shown", ["0.00", '#,##0" pcs"', "[$-409]#,##0.00", "[Red]0.00", '0.0" h"', "0.00E+00"]
)
def test_what_else_cells_are_shown_with_is_no_currency(tmp_path: Path, shown: str) -> None:
    rows = [["session_id", "page_views", "clicks", "revenue"], ["s1", 5, 3, 40.5], ["s2", 4, 2, 0]]
    (made,) = export_of(saved(tmp_path, rows, {"B2": shown, "D2": shown, "D3": shown})).report.money
    assert (made.currency, made.gross) == (None, 40.5)


@pytest.mark.parametrize(("other", "is_asked"), [("2.499", True), ("2.5", False)])
def test_texts_that_may_be_thousands_are_asked_about(tmp_path: Path, other: str, is_asked: bool) -> None:
    head = ["Sitzung", "Beginn", "Seitenaufrufe", "Gekauft", "Umsatz"]
    rows = [["s1", "2026-03-02 10:00", 5, "ja", "1.299"], ["s2", "2026-03-02 11:00", 4, "ja", other]]
    found = inspect(saved(tmp_path, [head, *rows], {}))
    assert ("thousands" in (found.question or "")) is is_asked


def saved(folder: Path, rows: list[list[object]], formats: dict[str, str]) -> Path:
    """Save a spreadsheet whose cells are shown in some formats."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cell, shown in formats.items():
        book.active[cell].number_format = shown
    book.save(folder / "shown.xlsx")
    return folder / "shown.xlsx"
