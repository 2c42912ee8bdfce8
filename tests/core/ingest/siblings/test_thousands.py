"""Three digits behind a sign, beside amounts of two: thousands or decimals, decided by the file or asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.base.errors import MappingError
from core.ingest import SourceFile, inspect, inspect_files
from tests.core.ingest.reading import read, write
from tests.core.ingest.sessions_of import Export, export_of

HEAD = "session_id,visitor_id,timestamp,event_type"
DOUBT = "could mean thousands or decimals"


def text(head: str, *rows: str) -> str:
    mark = ";" if ";" in head else ","
    begun = HEAD.replace(",", mark)
    lines = [f"s{i},v{i},2026-03-02 10:00:00,purchase".replace(",", mark) for i in range(len(rows))]
    return "\n".join(
        [f"{begun}{mark}{head}", *(f"{a}{mark}{b}" for a, b in zip(lines, rows, strict=True)), ""]
    )


def purchases(folder: Path, head: str, *rows: str, **more: object) -> Export:
    return export_of(write(folder, text(head, *rows)), **more)


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        ("revenue", ["1.299", "49.90", "19.90"]),
        ("revenue,currency", ["1.299,EUR", "49.90,EUR", "19.90,EUR"]),
        ("revenue", ["€1.299", "€49.90"]),
        ("revenue;page", ["1,299;/a", "49,90;/b"]),
        ("price,quantity,revenue", ["1.299,2,2.598", "49.90,1,49.90"]),
        ("revenue", ["12.500", "49.900"]),
    ],
)
def test_what_nothing_decides_is_asked(tmp_path, head, rows):
    path = write(tmp_path, text(head, *rows))
    asked = inspect(path).question or ""
    assert "thousands or decimals" in asked
    with pytest.raises(MappingError, match=r"Choose the decimal sign.*Set “decimal”"):
        read(path)


@pytest.mark.parametrize(("decimal", "revenue"), [(".", 51.199), (",", 1348.9)])
def test_the_answer_is_followed_and_said(tmp_path, decimal, revenue):
    found = purchases(tmp_path, "revenue", "1.299", "49.90", decimal=decimal)
    assert found.revenue == revenue
    assert found.says("“1.299”", DOUBT) == "info"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "rows", "revenue", "why", "severity"),
    [
        ("price,quantity,revenue", ["1.299,2,2598", "49.90,1,49.90"], 2647.9, "price times quantity", "info"),
        ("price,quantity,revenue", ["1.299,10,12.99", "49.90,1,49.9"], 62.89, "price times quantity", "info"),
        ("revenue,currency", ["1.299,KWD", "49.90,KWD"], 51.199, "KWD", None),
        ("revenue", ["1.299", "0.999", "49.90"], 52.198, "0.999", "info"),
        ("revenue", ["1.299", "2450.125", "49.90"], 2501.324, "2450.125", "info"),
        ("revenue", ["1.299", '"1,249.90"'], 1251.199, "grouped otherwise", "info"),
        ("revenue", ["1.299", "2450.00"], 2451.299, "aren't grouped", "warning"),
        ("revenue", ["1.299", "49.9", "19.95"], 71.149, "left out", "warning"),
        ("revenue", ["1.299", "2.499", "899"], 4697, "beside 899", "warning"),
    ],
)
def test_what_the_file_decides_is_said_and_not_asked(tmp_path, head, rows, revenue, why, severity):
    assert inspect(write(tmp_path, text(head, *rows))).question is None
    found = purchases(tmp_path, head, *rows)
    assert found.revenue == pytest.approx(revenue)
    assert found.says(DOUBT, why) == severity


@pytest.mark.parametrize(
    ("head", "rows", "revenue"),
    [
        ("revenue;page", ["1.299;/a", "49,90;/b"], 1348.9),
        ("revenue", ['"1,299"', "49.90"], 1348.9),
        ("revenue", ["1.299", "1.299.000"], 1_300_299),
        ("revenue,currency", ["1.299,JPY", "2.499,JPY"], 3798),
    ],
)
def test_signs_that_differ_leave_no_doubt(tmp_path, head, rows, revenue):
    path = write(tmp_path, text(head, *rows))
    assert inspect(path).question is None
    assert export_of(path).revenue == revenue


def test_session_rows_are_asked_about_too(tmp_path):
    rows = "s1,4,1,1.299\ns2,3,1,49.90\n"
    path = write(tmp_path, f"session_id,page_views,purchased,revenue\n{rows}")
    assert "“revenue” (1.299)" in (inspect(path).question or "")
    assert export_of(path, decimal=",").revenue == 1348.9


def test_numbers_of_json_and_of_trackers_have_decimals(tmp_path):
    events = [
        f'{{"anonymousId":"a{i}","timestamp":"2026-03-02T10:00:00Z","event":"Order Completed",'
        f'"properties":{{"order_id":"T{i}","revenue":{paid}}}}}'
        for i, paid in enumerate(("1.299", "49.9"))
    ]
    path = write(tmp_path, "\n".join(events), "events.jsonl")
    assert inspect(path).question is None
    assert export_of(path).revenue == 51.199


def test_of_several_files_one_may_be_asked_about(tmp_path):
    days = [["1.299", "49.90"], ["29.90", "19.90"]]
    paths = [
        write(tmp_path, text("revenue", *rows).replace("-02 ", f"-0{n} "), f"2026-03-0{n}.csv")
        for n, rows in enumerate(days, 1)
    ]
    asked = inspect_files([SourceFile(path, path.name) for path in paths]).question
    assert asked is not None
    assert "thousands or decimals" in asked
