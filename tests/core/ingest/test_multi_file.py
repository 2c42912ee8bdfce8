"""Several files as one export: a month of daily files, a zip of them, days that overlap."""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from core.base.errors import CoreError, IngestError, MappingError
from core.features import build_sessions
from core.ingest import IngestReport, Mapping, SourceFile, ingest, ingest_files, inspect, inspect_files
from tests.core.ingest.reading import SETTINGS, write

HEADER = "session_id,timestamp,event_type,product_id,price\n"
FIRST = (
    HEADER
    + "a,2026-10-01T10:00:00Z,product_view,p1,5\n"
    + "late,2026-10-01T23:58:00Z,product_view,p1,5\n"
    + ",2026-10-01T10:00:00Z,search,,\n"
)
SECOND = (
    HEADER
    + "late,2026-10-01T23:58:00Z,product_view,p1,5\n"
    + "late,2026-10-02T00:01:00Z,purchase,p1,5\n"
    + "b,2026-10-02T09:00:00Z,search,,\n"
)


def together(folder: Path, texts: dict[str, str | bytes]) -> list[SourceFile]:
    return [SourceFile(write(folder, text, name), name) for name, text in texts.items()]


def read(files: list[SourceFile], out: Path, mapping: Mapping | None = None) -> IngestReport:
    report = ingest_files(files, out, mapping=mapping, settings=SETTINGS)
    assert sorted(entry.name for entry in out.iterdir() if entry.name.startswith(".")) == []
    assert report.rows_read == report.rows_kept + report.rows_rejected
    assert pq.read_metadata(out / f"{report.kind}.parquet").num_rows == report.rows_kept
    return report


def refused(out: Path) -> list[dict[str, str]]:
    with (out / "rejected.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_days_that_overlap_count_once_and_sessions_over_midnight_come_together(tmp_path):
    files = together(tmp_path, {"01.csv": FIRST, "02.csv.gz": gzip.compress(SECOND.encode(), mtime=0)})
    found = inspect_files(files)
    assert (found.format, found.needs_mapping) == ("canonical", False)
    assert found.filename == "2 files, 01.csv to 02.csv.gz"

    report = read(files, tmp_path / "out")

    assert [(file.filename, file.rows_read, file.rows_kept) for file in report.files] == [
        ("01.csv", 3, 2),
        ("02.csv.gz", 3, 2),
    ]
    assert report.told.has_outcomes
    assert (report.first, report.last) == ("2026-10-01T10:00:00", "2026-10-02T09:00:00")
    rows = {(row["file"], row["row in file"], row["session_id"]) for row in refused(tmp_path / "out")}
    assert rows == {("01.csv", "4", ""), ("02.csv.gz", "", "late")}
    assert IngestReport.from_dict(report.to_dict()) == report

    sessions = tmp_path / "sessions.parquet"
    build_sessions(tmp_path / "out" / "events.parquet", sessions, told=report.told, settings=SETTINGS)
    made = {row["session_id"]: row for row in pq.read_table(sessions).to_pylist()}
    assert set(made) == {"a", "late", "b"}
    assert made["late"]["purchased"] is True
    assert made["late"]["n_events"] == 1


def test_a_zip_of_files_is_read_like_the_files(tmp_path):
    files = together(tmp_path, {"01.csv": FIRST, "02.csv": SECOND})
    packed = tmp_path / "month.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in files:
            archive.write(file.path, file.filename)
        archive.writestr("__MACOSX/._01.csv", b"\x00")
        archive.writestr("empty.csv", b"")
        archive.writestr("read me.md", b"What this is.")
    assert inspect(packed).format == "canonical"
    report = ingest(packed, tmp_path / "zipped", settings=SETTINGS)
    plain = read(files, tmp_path / "plain")
    assert replace(report, notes=plain.notes, assumptions=plain.assumptions) == plain
    (skipped,) = set(report.assumptions) - set(plain.assumptions)
    assert "read me.md" in skipped.text
    zipped, loose = (
        sorted(map(str, pq.read_table(tmp_path / name / "events.parquet").to_pylist()))
        for name in ("zipped", "plain")
    )
    assert zipped == loose


@pytest.mark.parametrize("kind", ["csv", "tsv", "ndjson", "json", "parquet"])
def test_days_are_one_export_however_they_are_written_and_packed(tmp_path, kind):
    days = [as_table(tmp_path, text, kind) for text in (FIRST, SECOND)]
    packed = zipped(tmp_path / "packed.zip", {"day/1.gz": gzip.compress(days[0]), f"day/2.{kind}": days[1]})
    apart = together(tmp_path, {f"1.{kind}.gz": gzip.compress(days[0]), f"2.{kind}": days[1]})
    for name, files in (("zip", [SourceFile(packed, "packed.zip")]), ("apart", apart)):
        found = inspect_files(files)
        assert (found.format, found.needs_mapping) == ("canonical", False)
        report = read(files, tmp_path / name)
        assert (report.rows_read, report.rows_kept, len(report.files)) == (6, 4, 2)


def as_table(folder: Path, text: str, kind: str) -> bytes:
    """Write a table of text as another kind of file."""
    if kind in ("csv", "tsv"):
        return text.replace(",", "," if kind == "csv" else "\t").encode()
    rows = [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(text.splitlines())]
    if kind == "json":
        return json.dumps(rows).encode()
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    if kind == "ndjson":
        return lines
    out = folder / "table.parquet"
    duckdb.execute(f"COPY (FROM read_json('{write(folder, lines, 'lines.json')}')) TO '{out}'")
    return out.read_bytes()


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_columns_that_only_some_files_have_are_unknown_in_the_others(tmp_path):
    fewer = "session_id,timestamp,event_type\nc,2026-10-03T09:00:00Z,search\n"
    files = together(tmp_path, {"01.csv": FIRST, "03.csv": fewer})
    assert any("03.csv lack some" in note for note in inspect_files(files).notes)
    report = read(files, tmp_path / "out")
    assert "price" in report.told.columns
    prices = pq.read_table(tmp_path / "out" / "events.parquet").to_pylist()
    assert {row["session_id"]: row["price"] for row in prices} == {"a": 5.0, "late": 5.0, "c": None}


def test_a_file_of_another_kind_is_named_and_nothing_is_left(tmp_path):
    sessions = "session_id,clicks,duration_seconds,purchased\ns1,3,60,yes\ns2,4,80,no\n"
    files = together(tmp_path, {"01.csv": FIRST, "02.csv": SECOND, "sessions.csv": sessions})
    for attempt in (
        lambda: inspect_files(files),
        lambda: ingest_files(files, tmp_path / "out", settings=SETTINGS),
    ):
        with pytest.raises(IngestError, match="not of one kind") as caught:
            attempt()
        assert caught.value.where == "sessions.csv"
    assert not (tmp_path / "out").exists()


def test_all_files_together_tell_days_from_months(tmp_path):
    # Neither file alone tells whether 05/10 is in May or in October; the third does.
    texts = {
        f"{day}.csv": f"session_id,timestamp,event_type\ns{day},{day}/10/2026 10:00:00,search\n"
        for day in ("05", "06", "13")
    }
    read(together(tmp_path, texts), tmp_path / "out")
    times = pq.read_table(tmp_path / "out" / "events.parquet")["timestamp"].to_pylist()
    assert sorted(times) == [datetime(2026, 10, day, 10) for day in (5, 6, 13)]


def test_files_without_times_keep_their_order_one_after_the_other(tmp_path):
    header = "session_id,event_type,product_id\n"
    files = together(
        tmp_path,
        {"1.csv": f"{header}s,product_view,x\ns,cart_add,y\n", "2.csv": f"{header}s,product_view,z\n"},
    )
    report = read(files, tmp_path / "out", inspect_files(files).mapping)
    assert report.rows_kept == 3
    rows = pq.read_table(tmp_path / "out" / "events.parquet").to_pylist()
    assert [row["product_id"] for row in sorted(rows, key=lambda row: row["order"])] == ["x", "y", "z"]


def test_session_rows_of_several_files(tmp_path):
    header = "session_id,clicks,duration_seconds,purchased,bounce\n"
    files = together(
        tmp_path,
        {
            "1.csv": f"{header}a,3,60,yes,1\nb,4,80,no,2\n",
            "2.csv": f"{header}b,4,80,no,2\na,9,90,no,3\nc,1,10,no,x\n",
        },
    )
    mapping = inspect_files(files).mapping
    report = read(files, tmp_path / "out", mapping)
    rows = pq.read_table(tmp_path / "out" / "sessions.parquet").to_pylist()
    assert [(row["session_id"], row["clicks"], row["bounce"]) for row in rows] == [
        ("a", 3, "1"),
        ("b", 4, "2"),
        ("c", 1, "x"),
    ]
    assert report.rejected == {
        "Another file has a row with the same session id.": 1,
        "It is an exact duplicate of a row in another file.": 1,
    }


def test_session_rows_without_ids_get_one_each(tmp_path):
    header = "clicks,duration_seconds,price_max,purchased\n"
    files = together(tmp_path, {"1.csv": f"{header}3,60,9,yes\n", "2.csv": f"{header}3,60,9,yes\n"})
    mapping = inspect_files(files).mapping
    read(files, tmp_path / "out", mapping)
    ids = pq.read_table(tmp_path / "out" / "sessions.parquet")["session_id"].to_pylist()
    assert len(set(ids)) == 2


def test_an_unknown_format_is_mapped_once_for_all_files(tmp_path):
    header = "wer;wann;was\n"
    files = together(
        tmp_path,
        {
            f"{n}.csv": f"{header}{n};2026-10-0{n} 10:00:00;foo\n{n};2026-10-0{n} 10:01:00;bar\n"
            for n in (1, 2)
        },
    )
    assert inspect_files(files).needs_mapping
    with pytest.raises(MappingError, match="must be mapped first"):
        ingest_files(files, tmp_path / "out", settings=SETTINGS)
    columns = {"session_id": "wer", "timestamp": "wann", "event_type": "was"}
    words = {"foo": "search", "bar": "purchase"}
    mapping = Mapping(kind="events", columns=columns, event_types=words)
    report = read(files, tmp_path / "out", mapping)
    assert (report.rows_kept, report.told.has_outcomes) == (4, True)


def test_a_damaged_file_is_named(tmp_path):
    whole = gzip.compress(SECOND.encode() * 200, mtime=0)
    files = together(tmp_path, {"01.csv": FIRST, "02.csv.gz": whole[: len(whole) // 2]})
    with pytest.raises(CoreError) as caught:
        ingest_files(files, tmp_path / "out", settings=SETTINGS)
    assert caught.value.where == "02.csv.gz"
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_refused_rows_of_several_files_hold_no_formula(tmp_path):
    head = "session_id,timestamp,event_type,=cmd()\n"
    rows = "=1+1,2026-10-01T10:00:00Z,search,5\n"
    files = together(tmp_path, {"=1.csv": head + rows + ",,,\n", "=2.csv": head + rows})
    read(files, tmp_path / "out")
    left = refused(tmp_path / "out")
    assert len(left) == 2
    assert not [text for row in left for text in (*row, *row.values()) if text.startswith("=")]
    assert {row["file"] for row in left} == {"'=1.csv", "'=2.csv"}
    assert "'=1+1" in {row["session_id"] for row in left}


def test_a_file_read_again_into_its_folder_lists_each_refused_row_once(tmp_path: Path):
    text = (
        "session_id,visitor_id,timestamp,event_type,order_id,revenue\n"
        "s1,v1,2026-03-02 10:00:00,purchase,o1,10\ns2,v2,2026-03-03 10:00:00,purchase,o7,-5\n"
    )
    path = write(tmp_path, text)
    for _ in range(2):
        report = ingest(path, tmp_path / "read", settings=SETTINGS)
        with (tmp_path / "read" / "rejected.csv").open(encoding="utf-8", newline="") as stream:
            assert len(list(csv.DictReader(stream))) == report.rows_rejected == 1
