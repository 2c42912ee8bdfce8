"""Numbers, times and texts survive whatever way they are written."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.ingest import IngestReport, Recognition, inspect
from core.ingest.cells import moments, values
from core.ingest.cells.sniff import decimal_sign, time_style
from core.ingest.files.text import find_encoding, transcode
from core.schema.countries import country_code, country_group, group_named
from tests.core.ingest.reading import read, write

CONNECTION = duckdb.connect()
CONNECTION.execute("SET TimeZone = 'UTC'")

AMOUNTS = st.decimals(min_value=0, max_value=9_999_999, places=2)
MOMENTS = st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2099, 12, 30)).map(
    lambda moment: moment.replace(microsecond=0)
)


def ask(sql: str, cell: str):
    return CONNECTION.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR AS x)", [cell]).fetchall()[0][0]


def grouped(amount, point: str, comma: str) -> str:
    return f"{amount:,.2f}".replace(",", "g").replace(".", point).replace("g", comma)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    amount=AMOUNTS,
    marks=st.sampled_from(
        [(".", ""), (".", ","), (",", "."), (",", ""), (",", " "), (".", "'"), (",", "\u202f")]
    ),
    around=st.sampled_from(["{}", "€{}", "{} €", "EUR {}", "{} zł", " {} ", "US${}"]),
)
@example(amount=Decimal("1234.56"), marks=(",", "."), around="{}")
@example(amount=Decimal("1234.56"), marks=(".", ","), around="{}")
@example(amount=Decimal("1234.50"), marks=(".", "'"), around="{}")
@example(amount=Decimal("1234.50"), marks=(".", "\u2019"), around="CHF {}")
@example(amount=Decimal("1234.56"), marks=(",", " "), around="{} zł")
@example(amount=Decimal("1234.56"), marks=(",", "\u00a0"), around="{} €")
@example(amount=Decimal("1234567.89"), marks=(",", "."), around="{} €")
@example(amount=Decimal("1234567.89"), marks=(".", ","), around="US${}")
@example(amount=Decimal("0.05"), marks=(",", ""), around="{}")
def test_amounts_however_written(amount, marks, around):
    cell = around.format(grouped(amount, *marks))
    for decimal in (".", ","):
        assert ask(values.number("x", decimal), cell) == pytest.approx(float(amount))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    moment=MOMENTS,
    form=st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y%m%d%H%M%S"]
    ),
    usual=st.sampled_from(["iso", "epoch", "%d.%m.%Y %H:%M:%S"]),
)
@example(moment=datetime(2026, 2, 1, 0, 0, 0), form="%d/%m/%Y %H:%M:%S", usual="epoch")
@example(moment=datetime(2024, 2, 29, 23, 59, 59), form="%Y%m%d%H%M%S", usual="iso")
def test_times_however_written_whatever_is_usual(moment, form, usual):
    sql = moments.moment("x", usual, day_first=True, unit=None)
    assert ask(sql, moment.strftime(form)) == moment


@settings(max_examples=60, deadline=None)
@given(moment=MOMENTS, scale=st.sampled_from([1, 10**3, 10**6, 10**9]))
@example(moment=datetime(2026, 3, 4, 10, 0), scale=10**3)
@example(moment=datetime(2026, 3, 4, 10, 0), scale=10**9)
def test_time_since_1970_in_any_unit(moment, scale):
    seconds = int((moment - datetime(1970, 1, 1)) / timedelta(seconds=1))
    assert ask(moments.moment("x", "epoch", day_first=True, unit=None), str(seconds * scale)) == moment


@settings(max_examples=50, deadline=None)
@given(
    text=st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\x00"), max_size=300),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32"]),
    chunk=st.integers(1, 9),
)
@example(text="\ufeffé\n€ 𝄞", encoding="utf-16-le", chunk=1)
@example(text="", encoding="utf-32", chunk=3)
def test_texts_survive_transcoding_in_pieces(text, encoding, chunk):
    import core.ingest.files.text as module

    sink, before = io.BytesIO(), module.CHUNK
    module.CHUNK = chunk
    try:
        transcode(io.BytesIO(text.encode(encoding)), sink, encoding)
    finally:
        module.CHUNK = before
    assert sink.getvalue().decode() == text.removeprefix("\ufeff")


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("1.234", ",", 1234), ("1.234", ".", 1.234), ("1,234", ",", 1.234), ("1,234", ".", 1234),
        ("1.234.567", ".", 1234567), ("1,234,567", ",", 1234567), ("0.123", ",", 0.123),
        ("0,123", ".", 0.123), ("12.34", ",", 12.34), ("12,34", ".", 12.34), ("-1.234,56", ".", -1234.56),
        ("1'234", ",", 1234),
        ("1 234", ".", 1234), ("1234.5678", ",", 1234.5678), ("n/a", ".", None),
    ],
)  # fmt: skip
def test_a_sign_before_three_digits_is_what_the_column_says(cell, decimal, value):
    assert ask(values.number("x", decimal), cell) == (value if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("10.00- dollars", -10), ("10,00-\u00a0€", -10), ("10.00 US dollars", 10), ("Rp 15.000,-", 15000),
        ("¥1,299-", -1299), ("5,-", 5), ("(9.99)", -9.99), ("12 kč", 12), ("12 ლარი", 12), ("from€5", 5),
        ("12 złotych", 12), ("50 pence", 0.5), ("Rp15.000", 15000), ("1.500 HUF", 1500), ("15.000 Mio", None),
        ("12k", None), ("12 k€", None), ("12 abcde", None), ("50 Pence", None), ("dollari 5", None),
        ("Rp 1.000 abcde", None),
    ],
)  # fmt: skip
def test_what_stands_beside_an_amount(cell, value):
    read = ask(values.amount("x", "."), cell)
    assert read != read if value is None else read == pytest.approx(value)


@pytest.mark.parametrize(("cell", "value"), [("Rp 15.000,-", 15000), ("1.299", 1299), ("1.500 د.ع", 1500)])
def test_a_dash_in_place_of_cents_is_no_minus_where_nobody_pays_cents(cell, value):
    assert ask(values.whole_amount("x"), cell) == value


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_line_ends_cut_between_pieces(monkeypatch, chunk):
    import core.ingest.files.text as module

    monkeypatch.setattr(module, "CHUNK", chunk)
    for encoding in ("utf-8", "cp1252", "utf-16-le"):
        sink = io.BytesIO()
        transcode(io.BytesIO("a\r\nb\rcé\r\n\r\n".encode(encoding)), sink, encoding)
        assert sink.getvalue().decode() == "a\nb\ncé\n\n"


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=1, max_size=400))
@example(b"session_id,clicks\n\x00,1\n")
@example(b"PK\x03\x04")
@example(b"\x1f\x8b\x08")
def test_no_file_ends_in_anything_but_a_clear_error(tmp_path_factory, data):
    from core.base.errors import IngestError

    path = write(tmp_path_factory.mktemp("any"), data)
    try:
        found = inspect(path)
    except IngestError as error:
        assert error.where == "file.csv"
    else:
        assert Recognition.from_dict(found.to_dict()) == found


def test_styles_from_the_head():
    assert decimal_sign(["1,5", "2,25"]) == ","
    assert decimal_sign(["1,500.00"]) == "."
    assert decimal_sign(["1.500,00"]) == ","
    assert decimal_sign(["1,500"]) is None
    assert decimal_sign(["1,500"], separator=";") == ","
    assert time_style(["2026-01-01"]).date_only
    assert not time_style(["1772618400"]).date_only
    assert time_style(["13/01/2026"]).day_first is True
    assert time_style(["01/13/2026"]).day_first is False
    assert time_style(["01/02/2026"]).day_first is None
    assert find_encoding("é".encode()[:1], complete=False) == "utf-8"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Germany", "DE"), ("deutschland", "DE"), ("DEU", "DE"), ("de", "DE"), ("UK", "GB"), ("U.S.A.", "US"),
        ("Österreich", "AT"), ("Oesterreich", "AT"), ("Côte d'Ivoire", "CI"), ("Türkei", "TR"), ("NA", "NA"),
        ("Vereinigtes Königreich", "GB"), ("Utopia", None), ("", None),
    ],
)  # fmt: skip
def test_countries_however_written(text, code):
    assert country_code(text) == code


def test_country_groups():
    assert country_group("DE") == "Germany"
    assert country_group("FR") == "EU"
    assert country_group("GB") == "Non-EU"
    assert country_group(None) == "Unknown"
    assert country_group("FR", home_market="FR") == "France"
    assert country_group("DE", home_market="FR") == "EU"
    assert group_named("non eu") == "Non-EU"


def test_what_is_known_of_a_file_survives_json(tmp_path):
    import json

    path = write(tmp_path, "session_id,timestamp,event_type\ns,2026-01-01T10:00:00Z,search\n,,\n")
    found = inspect(path)
    assert Recognition.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    report = read(path).report
    assert IngestReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_reading_twice_gives_the_same_rows(tmp_path):
    rows = "".join(f"s{i % 700},{1772618400 + i // 3},search\n" for i in range(5000))
    path = write(tmp_path, "session_id,timestamp,event_type\n" + rows)
    assert read(path).rows == read(path).rows


def test_progress_only_grows_and_is_told_in_the_callers_thread(tmp_path):
    import threading

    from core.ingest import ingest
    from tests.core.ingest.reading import SETTINGS

    rows = "".join(f"s{i % 700},{1772618400 + i},search\n" for i in range(50_000))
    path = write(tmp_path, "session_id,timestamp,event_type\n" + rows)
    told: list[tuple[float, str, int]] = []
    ingest(
        path,
        tmp_path / "out",
        settings=SETTINGS,
        progress=lambda share, message: told.append((share, message, threading.get_ident())),
    )
    shares = [share for share, _, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert {thread for _, _, thread in told} == {threading.get_ident()}
