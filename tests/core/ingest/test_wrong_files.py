"""FORMATS.md, “What users' files get wrong”: a test each."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.errors import IngestError, MappingError
from core.ingest import ingest, inspect
from core.ingest.files.containers import MOST_MEMBERS, find_container
from core.ingest.recognition.head_reader import read_head
from tests.core.ingest.reading import SETTINGS, read, write

HEADER = "session_id,timestamp,event_type,product_id,category,price\n"
ROWS = (
    "s1,2026-01-01T10:00:00Z,product_view,p1,shoes,12.50\n"
    "s1,2026-01-01T10:01:00Z,cart_add,p1,shoes,12.50\n"
    "s2,2026-01-02T23:59:59Z,search,,,\n"
)
GOOD = HEADER + ROWS


def assert_good(found) -> None:
    assert found.report.rows_kept == 3
    assert found.report.rejected == {}
    assert found.column("session_id") == ["s1", "s1", "s2"]
    assert found.column("price") == [12.5, 12.5, None]
    assert found.column("timestamp")[2] == datetime(2026, 1, 2, 23, 59, 59)
    assert found.column("event_type") == ["product_view", "cart_add", "search"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(tmp_path, separator):
    path = write(tmp_path, GOOD.replace(",", separator))
    assert inspect(path).separator == separator
    assert inspect(path).table == ("tsv" if separator == "\t" else "csv")
    assert_good(read(path))


def test_spreadsheets_own_separator_line(tmp_path):
    assert_good(read(write(tmp_path, "sep=;\r\n" + GOOD.replace(",", ";").replace("\n", "\r\n"))))


def test_comments_before_the_header_and_row_numbers_after_them(tmp_path):
    found = read(write(tmp_path, "# exported by a tool\n\n" + GOOD + ",2026-01-01,search,,,\n"))
    assert found.report.rows_kept == 3
    assert found.refused[0]["row in file"] == "7"


@pytest.mark.parametrize(
    ("encode", "encoding"),
    [
        (lambda text: b"\xef\xbb\xbf" + text.encode(), "utf-8"),
        (lambda text: text.encode("utf-16"), "utf-16"),
        (lambda text: text.encode("utf-16-le"), "utf-16-le"),
        (lambda text: text.encode("utf-16-be"), "utf-16-be"),
        (lambda text: b"\xff\xfe\x00\x00" + text.encode("utf-32-le"), "utf-32"),
        (lambda text: text.replace("shoes", "chaussures été €5").encode("cp1252"), "cp1252"),
        (lambda text: text.replace("shoes", "été").encode("latin-1"), "cp1252"),
    ],
)
def test_encodings(tmp_path, encode, encoding):
    path = write(tmp_path, encode(GOOD))
    found = inspect(path)
    assert found.encoding == encoding
    assert found.columns[0].name == "session_id"
    whole = read(path)
    assert_good(whole)
    assert whole.column("category")[0] in ("shoes", "chaussures été €5", "été")


def test_latin_letters_far_behind_the_head(tmp_path):
    far = "".join(f"t{i},2026-01-01T10:00:00Z,search,,,\n" for i in range(20_000))
    path = write(
        tmp_path, (GOOD + far).encode() + "s9,2026-01-01T10:00:00Z,search,,Müll,\n".encode("latin-1")
    )
    assert inspect(path).encoding == "utf-8"
    found = read(path)
    assert found.report.rows_kept == 20_004
    assert "Müll" in found.column("category")


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends(tmp_path, end):
    assert_good(read(write(tmp_path, GOOD.replace("\n", end))))


def test_mixed_line_ends(tmp_path):
    assert_good(read(write(tmp_path, HEADER + ROWS.replace("\n", "\r\n", 1))))


def test_quoted_newlines_and_separators(tmp_path):
    text = HEADER + 's1,2026-01-01T10:00:00Z,product_view,p1,"a ""big"", \r\nred shoe",1\n' * 1 + ROWS
    found = read(write(tmp_path, text))
    assert found.report.rows_kept == 4
    assert 'a "big", \r\nred shoe' in found.column("category")


@pytest.mark.parametrize("name", ["file.csv.gz", "file.csv"])
def test_gzip_whatever_its_name(tmp_path, name):
    path = write(tmp_path, gzip.compress(GOOD.encode()), name)
    assert inspect(path).container == "gzip"
    assert_good(read(path))


def zipped(**members: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return sink.getvalue()


def tarred() -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        member = tarfile.TarInfo("data.csv")
        member.size = len(GOOD)
        archive.addfile(member, io.BytesIO(GOOD.encode()))
    return sink.getvalue()


def test_zip_with_clutter(tmp_path):
    sink = io.BytesIO(zipped(data__csv=GOOD.encode()))
    with zipfile.ZipFile(sink, "a") as archive:
        archive.writestr("__MACOSX/._data.csv", b"\x00")
        archive.writestr("folder/.DS_Store", b"\x00")
    path = write(tmp_path, sink.getvalue(), "file.zip")
    assert inspect(path).container == "zip"
    assert_good(read(path))


def test_zip_with_several_files_that_are_not_one_export_names_the_odd_one(tmp_path):
    odd = b"administrative,bounce_rate\n1,0.2\n"
    path = write(tmp_path, zipped(a__csv=GOOD.encode(), b__csv=GOOD.encode(), c__csv=odd), "file.zip")
    with pytest.raises(IngestError, match="not of one kind") as caught:
        inspect(path)
    assert caught.value.where == "c.csv"
    assert caught.value.remedy


def test_zip_with_more_files_than_are_read(tmp_path):
    path = tmp_path / "hours.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(MOST_MEMBERS + 1):
            archive.writestr(f"{number}.csv", "session_id,timestamp\n")
    with pytest.raises(IngestError, match="1,001 data files"):
        find_container(path, path.name)


def test_json_that_is_nested_too_deeply(tmp_path):
    path = tmp_path / "deep.jsonl"
    path.write_text('{"a":' * 3000 + "1" + "}" * 3000 + "\n")
    with pytest.raises(IngestError, match="nested too deeply"):
        read_head(path, path.name)


@pytest.mark.parametrize("text", ["{}", "{}\n{}\n", "[{}]"])
def test_json_of_empty_objects(tmp_path, text):
    path = write(tmp_path, text.encode(), "empty.jsonl")
    with pytest.raises(IngestError, match="objects are empty"):
        read_head(path, path.name)


def test_zip_with_nothing_in_it(tmp_path):
    with pytest.raises(IngestError, match="zip is empty"):
        inspect(write(tmp_path, zipped(), "file.zip"))


def test_damaged_archives(tmp_path):
    packed = gzip.compress(GOOD.encode() * 50_000)
    with pytest.raises(IngestError, match="cut off"):
        read(write(tmp_path, packed[: len(packed) // 2], "half.csv.gz"))
    archive = zipped(data__csv=GOOD.encode() * 1000)
    with pytest.raises(IngestError, match="zip is damaged"):
        inspect(write(tmp_path, archive[: len(archive) // 2], "half.zip"))
    broken = bytearray(gzip.compress(GOOD.encode() * 100))
    broken[40] ^= 0xFF
    with pytest.raises(IngestError, match=r"damaged|cut off"):
        read(write(tmp_path, bytes(broken), "broken.csv.gz"))


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    from core.ingest.files import containers

    monkeypatch.setattr(containers, "BOMB_BYTES", 1 << 20)
    path = write(tmp_path, gzip.compress(GOOD.encode() + b"," * (20 << 20)), "bomb.csv.gz")
    with pytest.raises(IngestError, match="200 times"):
        ingest(path, tmp_path / "out", settings=SETTINGS)


def test_no_room_on_the_disk(tmp_path):
    from core.base.errors import StorageError

    path = write(tmp_path, zipped(data__csv=GOOD.encode()), "file.zip")
    full = SETTINGS.model_copy(update={"min_free_bytes": 1 << 60})
    with pytest.raises(StorageError, match="isn't enough disk space"):
        ingest(path, tmp_path / "out", settings=full)


def test_mixed_date_formats_and_zones(tmp_path):
    same = [
        "2026-03-04T10:00:00Z", "2026-03-04 10:00:00 UTC", "2026-03-04T11:00:00+01:00", "04.03.2026 10:00:00",
        "2026/03/04 10:00:00", "4.3.2026 10:00", "2026-03-04 05:00:00 America/New_York", "1772618400",
        "1772618400000", "1772618400000000", "20260304100000", "04/03/2026 10:00", "2026-03-04T10:00:00,000Z",
        "4 Mar 2026 10:00", "04/Mar/2026:12:00:00 +0200",
    ]  # fmt: skip
    rows = "".join(f's{i:02},"{moment}",search,,,\n' for i, moment in enumerate(same))
    found = read(write(tmp_path, HEADER + rows))
    assert found.report.rejected == {}
    assert set(found.column("timestamp")) == {datetime(2026, 3, 4, 10)}


@pytest.mark.parametrize("scale", [1, 1_000, 1_000_000])
def test_seconds_milliseconds_microseconds(tmp_path, scale):
    rows = "".join(f"s1,{(1772618400 + i) * scale},search,,,\n" for i in range(3))
    found = read(write(tmp_path, HEADER + rows))
    assert [moment.second for moment in found.column("timestamp")] == [0, 1, 2]
    assert found.column("timestamp")[0] == datetime(2026, 3, 4, 10)


@pytest.mark.parametrize(
    ("dates", "day", "month"),
    [
        (["03/04/2026 10:00", "25/04/2026 10:00"], 3, 4),
        (["03/04/2026 10:00", "03/25/2026 10:00"], 4, 3),
        (["03/04/2026 10:00 PM", "03/05/2026 1:00 AM"], 4, 3),
        (["03/04/2026 10:00", "2026-04-03T10:00:00", "2026-04-02T10:00:00"], 3, 4),
    ],
)
def test_day_first_or_month_first(tmp_path, dates, day, month):
    found = read(write(tmp_path, HEADER + "".join(f"s{i},{d},search,,,\n" for i, d in enumerate(dates))))
    first = found.column("timestamp")[0]
    assert (first.day, first.month) == (day, month)


def test_dates_that_can_be_turned_are_asked_about(tmp_path):
    rows = "".join(f"s{i},03/0{day}/2026 10:00,search,,,\n" for i, day in enumerate((4, 5)))
    with pytest.raises(
        MappingError, match=r"“timestamp” \(03/04/2026 10:00\) could be day/month or month/day"
    ):
        read(write(tmp_path, HEADER + rows))


def test_the_day_is_told_by_a_row_far_behind_the_head(tmp_path):
    far = "".join(f"t{i},03/04/2026 10:00:{i % 60:02},search,,,\n" for i in range(15_000))
    found = read(write(tmp_path, HEADER + far + "z,03/25/2026 10:00:00,search,,,\n"))
    assert found.report.rejected == {}
    assert found.column("timestamp")[0].month == 3


def test_decimal_commas(tmp_path):
    text = GOOD.replace(",", ";").replace("12.50", "1.212,50")
    assert inspect(write(tmp_path, text)).decimal == ","
    assert read(write(tmp_path, text)).column("price") == [1212.5, 1212.5, None]


def test_prices_with_currency_signs(tmp_path):
    prices = ["€1,212.50", "€ 3.00", "4.10 €", "EUR 5", "€7"]
    rows = "".join(f's{i},2026-01-01T10:00:00Z,search,,,"{p}"\n' for i, p in enumerate(prices))
    found = read(write(tmp_path, HEADER + rows))
    assert found.column("price") == [1212.5, 3.0, 4.1, 5.0, 7.0]
    assert found.report.currency == "EUR"
    assert set(found.column("currency")) == {"EUR"}


def test_negative_and_absurd_prices_count_as_unknown(tmp_path):
    prices = ["-5", "1e300", "inf", "nan", "free", "12.5"]
    rows = "".join(f"s{i},2026-01-01T10:00:00Z,search,,,{p}\n" for i, p in enumerate(prices))
    found = read(write(tmp_path, HEADER + rows))
    assert found.column("price") == [None, None, None, None, None, 12.5]
    assert found.report.rows_kept == 6
    assert any("4 cells of “price”" in note or "5 cells of “price”" in note for note in found.report.notes)


def test_exact_duplicates_are_dropped_once_each(tmp_path):
    twice = ROWS + ROWS + ROWS.splitlines(keepends=True)[0]
    almost = "s1,2026-01-01T10:00:00Z,product_view,p1,shoes,13\n"
    found = read(write(tmp_path, HEADER + twice + almost))
    assert found.report.rejected == {"It is an exact duplicate of another row.": 4}
    assert found.report.rows_kept == 4
    assert [row["row in file"] for row in found.refused] == ["5", "6", "7", "8"]


def test_rows_that_differ_only_in_an_unused_column_are_no_duplicates(tmp_path):
    header, *rows = GOOD.splitlines()
    text = f"{header},event_id\n" + "".join(f"{row},{i}\n" for i, row in enumerate([*rows, *rows]))
    assert read(write(tmp_path, text)).report.rows_kept == 6


def test_events_out_of_order(tmp_path):
    shuffled = HEADER + "".join(reversed(ROWS.splitlines(keepends=True)))
    assert_good(read(write(tmp_path, shuffled)))


def test_refused_rows_are_told_by_reason_with_their_cells(tmp_path):
    bad = (
        ' ,2026-01-01T10:00:00Z,search,"=cmd()",,-5\n'
        "s1,yesterday,search,,,\n"
        "s1,,search,,,\n"
        "s1,0,search,,,\n"
        "s1,1875-01-01,search,,,\n"
        "s1,2026-01-01\n"
        "s1,2026-01-01T10:00:00Z,search,,,,extra\n"
    )
    found = read(write(tmp_path, HEADER + bad + ROWS + "\n" + ",2026-01-01,search,,,\n"))
    assert found.report.rejected == {
        "The session id is empty.": 2,
        "The time can't be read.": 2,
        "The row has fewer cells than the header.": 1,
        "The row has more cells than the header.": 1,
        "The time is before 1990 or after 2100.": 1,
        "The time is empty.": 1,
    }
    assert found.report.rows_kept == 3
    by_row = {row["row in file"]: row for row in found.refused}
    assert by_row["2"]["product_id"] == "'=cmd()"
    assert by_row["2"]["price"] == "-5"
    assert by_row["3"]["timestamp"] == "yesterday"
    assert by_row["7"]["reason refused"] == "The row has fewer cells than the header."
    assert by_row["8"]["session_id"] == "s1,2026-01-01T10:00:00Z,search,,,,extra"


def test_what_is_left_out_later_is_harmless_to_a_spreadsheet_too(tmp_path):
    robot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    rows = "session_id,timestamp,event_type,product_id,user_agent\n" + "".join(
        f"s{n},2026-10-01T10:00:0{n}Z,view,{product},{agent}\n"
        for n, (product, agent) in enumerate(
            [("p1", "Mozilla/5.0 Chrome/141.0"), ("=cmd()", robot), ("-7", robot)]
        )
    )
    found = read(write(tmp_path, rows))
    assert [row["product_id"] for row in found.refused] == ["'=cmd()", "-7"]


def test_unknown_event_types_become_other_and_are_noted(tmp_path):
    rows = "".join(
        f"s1,2026-01-01T10:00:0{i}Z,{t},,,\n" for i, t in enumerate(["wheel_spun", "Search", "", "PURCHASE"])
    )
    found = read(write(tmp_path, GOOD + rows))
    assert sorted(found.column("event_type")) == sorted(
        ["product_view", "cart_add", "search", "other", "search", "other", "purchase"]
    )
    assert any("wheel_spun (1)" in note and "(empty) (1)" in note for note in found.report.notes)


def test_one_session_of_100_000_events(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("w") as sink:
        sink.write(HEADER)
        sink.writelines(f"bot,{1772618400 + i},page_view,,,\n" for i in range(100_000))
    found = read(path)
    assert found.report.rows_kept == 100_000
    assert found.report.rejected == {}


@pytest.mark.parametrize("text", [HEADER, HEADER.strip(), HEADER + "\n\n"])
def test_header_only(tmp_path, text):
    with pytest.raises(IngestError, match="header but no rows"):
        read(write(tmp_path, text))


@pytest.mark.parametrize("data", [b"", b"   \n\n", b"\xef\xbb\xbf"])
def test_empty_file(tmp_path, data):
    with pytest.raises(IngestError, match="empty"):
        inspect(write(tmp_path, data))


def test_nothing_that_can_be_kept_is_one_clear_message(tmp_path):
    rows = ",2026-01-01T10:00:00Z,search,,,\n" * 5
    with pytest.raises(IngestError, match=r"None of its 5 rows can be used.*session id is empty") as caught:
        read(write(tmp_path, HEADER + rows))
    assert caught.value.where == "file.csv"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x89PNG\r\n\x1a\n....", "a PNG image"),
        (b"\xff\xd8\xff\xe0 JFIF", "a JPEG image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "an old Office file"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\n <html><table>", "a web page"),
        (b"<?xml version='1.0'?>", "an XML document"),
        (b"SQLite format 3\x00", "an SQLite database"),
        pytest.param(gzip.compress(b"%PDF-1.7"), "a PDF", id="a PDF in a gzip"),
        pytest.param(gzip.compress(tarred()), "a tar archive", id="a tar in a gzip"),
        pytest.param(zipped(a__zip=zipped(b__csv=b"x")), "a zip inside a gzip or zip", id="a zip in a zip"),
        pytest.param(gzip.compress(gzip.compress(b"x")), "a gzip inside a gzip", id="a gzip inside a gzip"),
        (bytes(range(256)) * 4, "neither text"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path, data, what):
    with pytest.raises(IngestError, match=what) as caught:
        inspect(write(tmp_path, data))
    assert caught.value.where == "file.csv"
    assert caught.value.remedy


def test_spreadsheet_called_csv(tmp_path):
    book = openpyxl.Workbook()
    for line in GOOD.splitlines():
        book.active.append(line.split(","))
    book.save(tmp_path / "file.csv")
    assert inspect(tmp_path / "file.csv").table == "xlsx"
    assert_good(read(tmp_path / "file.csv"))


def test_spreadsheet_with_real_dates_numbers_and_another_sheet(tmp_path):
    book = openpyxl.Workbook()
    book.active.append([])
    book.active.append(HEADER.strip().split(","))
    book.active.append(["s1", datetime(2026, 1, 1, 10), "product_view", 17, "shoes", 12.5])
    book.create_sheet("Notes").append(["hello"])
    book.save(tmp_path / "file.xlsx")
    found = read(tmp_path / "file.xlsx")
    assert found.column("product_id") == ["17"]
    assert found.column("timestamp") == [datetime(2026, 1, 1, 10)]
    assert any("not Notes" in note for note in found.report.notes)


def test_too_large_a_spreadsheet(tmp_path, monkeypatch):
    from core.ingest.files import xlsx

    monkeypatch.setattr(xlsx, "MAX_ROWS", 2)
    book = openpyxl.Workbook()
    for line in GOOD.splitlines():
        book.active.append(line.split(","))
    book.save(tmp_path / "file.xlsx")
    with pytest.raises(IngestError, match="more than 2 rows"):
        read(tmp_path / "file.xlsx")


def test_duplicate_column_names(tmp_path):
    text = "session_id,timestamp,event_type,price,price\ns1,2026-01-01T10:00:00Z,search,1,2\n"
    path = write(tmp_path, text)
    found = inspect(path)
    assert [column.name for column in found.columns][-2:] == ["price", "price (2)"]
    assert any("Several columns are called “price”" in note for note in found.notes)
    assert read(path).column("price") == [1.0]


def test_column_names_in_other_cases(tmp_path):
    assert_good(read(write(tmp_path, "Session ID,TIMESTAMP,Event-Type,ProductId,Category,Price\n" + ROWS)))


@pytest.mark.parametrize(
    ("header", "view"),
    [
        ("Sitzungs-ID,Zeitstempel,Ereignis,Artikelnummer,Kategorie,Preis", "Produktansicht"),
        ("id de session,horodatage,événement,produit,catégorie,prix", "vue produit"),
        ("sesión,fecha y hora,evento,producto,categoría,precio", "vista de producto"),
        ("sessione,data e ora,evento,prodotto,categoria,prezzo", "vista prodotto"),
        ("sesja,znacznik czasu,zdarzenie,produkt,kategoria,cena", "wyświetlenie produktu"),
        ("sessie,tijdstip,gebeurtenis,productnummer,categorie,prijs", "productweergave"),
    ],
)
def test_column_names_in_other_languages(tmp_path, header, view):
    path = write(tmp_path, f"{header}\n" + ROWS.replace("product_view", view))
    found = inspect(path)
    assert not found.needs_mapping
    assert list(found.mapping.columns) == [
        "session_id",
        "timestamp",
        "event_type",
        "product_id",
        "category",
        "price",
    ]
    assert found.mapping.event_types[view] == "product_view"
    assert_good(read(path))


def test_a_file_without_a_header(tmp_path):
    found = inspect(write(tmp_path, ROWS))
    assert found.needs_mapping
    assert [column.name for column in found.columns][:2] == ["column 1", "column 2"]
    assert len(found.preview["rows"]) == 3


def test_json_lines(tmp_path):
    lines = (
        '{"session_id": "s1", "timestamp": "2026-01-01T10:00:00Z", "event_type": "search", "price": 3.5}\n'
        "{broken\n"
        '{"timestamp": "2026-01-01T10:00:01Z", "event_type": "search", "session_id": null}\n'
        '{"event_type": "purchase", "session_id": 17, "timestamp": 1772618400000}\n'
    )
    path = write(tmp_path, lines, "file.csv")
    assert inspect(path).table == "jsonl"
    found = read(path)
    assert found.column("session_id") == ["17", "s1"]
    assert found.column("price") == [None, 3.5]
    assert found.report.rejected == {"The line is not a JSON object.": 1, "The session id is empty.": 1}
    assert found.refused[0]["line"] == "{broken"


def test_a_json_array(tmp_path):
    path = write(
        tmp_path, '[\n {"session_id": "s1", "timestamp": 1772618400, "event_type": "search"}\n]', "a.json"
    )
    assert read(path).report.rows_kept == 1


def test_parquet_with_real_types_also_zipped(tmp_path):
    table = pa.table(
        {
            "session_id": [1, 1],
            "timestamp": pa.array([datetime(2026, 1, 1, 10)] * 2, pa.timestamp("ms", "Europe/Berlin")),
            "event_type": ["search", "purchase"],
            "price": pa.array([1.5, None]),
        }
    )
    pq.write_table(table, tmp_path / "data.parquet")
    packed = write(tmp_path, zipped(data__parquet=(tmp_path / "data.parquet").read_bytes()), "file.zip")
    for path in (tmp_path / "data.parquet", packed):
        assert inspect(path).table == "parquet"
        found = read(path)
        assert found.column("session_id") == ["1", "1"]
        assert found.column("timestamp")[0] == datetime(2026, 1, 1, 10)
        assert sorted(map(str, found.column("price"))) == ["1.5", "None"]


def test_damaged_parquet(tmp_path):
    with pytest.raises(IngestError, match="Parquet file is damaged"):
        inspect(write(tmp_path, b"PAR1 and nothing else", "file.parquet"))


def test_names_that_look_like_sql(tmp_path):
    name = "it's \"; drop table x; --.csv"
    folder = Path(tmp_path / "o'brien")
    folder.mkdir()
    assert_good(read(write(folder, GOOD.replace("category", "category"), name)))


def test_headings_of_refused_rows_are_no_formulas_either(tmp_path):
    found = read(write(tmp_path, "session_id,timestamp,event_type,=cmd()\ns1,2026-01-01,search,5\n,,,-7\n"))
    assert list(found.refused[0])[2:] == ["session_id", "timestamp", "event_type", "'=cmd()"]
    assert found.refused[0]["'=cmd()"] == "-7"


def test_a_single_column_of_text_is_refused(tmp_path):
    with pytest.raises(IngestError, match="a single column"):
        inspect(write(tmp_path, "hello\nworld\nfoo\n"))
