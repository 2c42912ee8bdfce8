"""Tables whose lines stand in quotes as a whole, and amounts whose comma should stand in some."""

from __future__ import annotations

import csv
import io

import pytest

from core.base.errors import IngestError
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

HEAD = "session_id,visitor_id,timestamp,event_type,product_id,price"
ROWS = [
    ["s1", "v1", "2026-03-02 10:00:00", "product_view", "p1, red", "49.90"],
    ["s1", "v1", "2026-03-02 10:01:00", "cart_add", 'p"2"', "1299.00"],
    ["s2", "v2", "2026-03-02 10:02:00", "product_view", "p3", "19.90"],
]


def saved_again(separator: str, *, plain: str = "", behind: str = "", times: int = 1) -> str:
    """Write the rows with each line as one cell in quotes, but those without a sign in ``plain``."""
    text = io.StringIO()
    rows = [[cell.replace(".", ",") if separator == ";" else cell for cell in row] for row in ROWS]
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows([HEAD.split(","), *rows])
    lines = text.getvalue().splitlines()
    for _ in range(times):
        lines = [
            line if plain and plain not in line else '"' + line.replace('"', '""') + f'"{behind}'
            for line in lines
        ]
    return "\r\n".join([*lines, ""])


@pytest.mark.parametrize(
    "text",
    [
        saved_again(","),
        saved_again(";"),
        saved_again("\t"),
        saved_again(",", plain='"'),
        saved_again(",", behind=";;"),
        saved_again(",", times=2),
        f"{HEAD}\r\n" + saved_again(",").partition("\r\n")[2],
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_lines_in_quotes_as_a_whole_are_read(tmp_path, text, encoding):
    found = export_of(write(tmp_path, text.encode(encoding)))
    assert found.column("price_max") == [1299, 19.90]
    assert found.report.rows_kept == 3
    assert any("in quotes as a whole" in note for note in found.report.notes)


def test_a_cell_with_commas_alone_in_its_row_is_no_line(tmp_path):
    text = f"{HEAD.replace(',', ';')}\ns1;v1;2026-03-02 10:00:00;page_view;;\n" + '"a,b,c,d,e,f";;;;;\n'
    found = export_of(write(tmp_path, text))
    assert (len(found.rows), found.report.rows_rejected) == (1, 1)


def commas(folder, head: str, *rows: str):
    lines = [f"s{i},v{i},2026-03-02 10:0{i}:00,purchase,{row}" for i, row in enumerate(rows)]
    head = f"session_id,visitor_id,timestamp,event_type,{head}"
    return export_of(write(folder, "\n".join([head, *lines, ""])))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "rows", "revenue"),
    [
        ("product_id,revenue", ["p1,12,50", "p2,20,00", "p3,7,95"], [12.5, 20, 7.95]),
        ("revenue,product_id", ["12,50,p1", "20,p2", "7,95,p3"], [12.5, 20, 7.95]),
        ("price,quantity", ["12,50,1", "20,11", "7,95,20"], [12.5, 220, 159]),
        ("Preis,Menge,Umsatz", ["12,50,1,12,50", "20,1,20", "7,95,2,15,90"], [12.5, 20, 15.9]),
        ("price,quantity,revenue", ["12,50,2,25", "20,1,20", "7,95,1,7,95"], [25, 20, 7.95]),
        ("revenue,page", ["€12,50,/a", "€20,/b", "€7,95,/c"], [12.5, 20, 7.95]),
        ("revenue,page", ["1,299.00,/a", "20.50,/b", "7.95,/c"], [1299, 20.5, 7.95]),
    ],
)
def test_amounts_with_a_bare_comma_are_read_where_every_row_is_certain(tmp_path, head, rows, revenue):
    found = commas(tmp_path, head, *rows)
    assert found.column("revenue") == revenue
    assert found.report.rows_rejected == 0
    assert any("lack quotes" in note for note in found.report.notes)


@pytest.mark.parametrize("rows", [["12,50,", "12,50,12"], ["12,50,12", "12,12,50"]])
def test_amounts_with_a_bare_comma_are_refused_where_one_row_is_open(tmp_path, rows):
    with pytest.raises(IngestError, match="no cell belongs to a column for certain"):
        commas(tmp_path, "price,revenue", *rows)


def test_one_open_row_far_down_refuses_the_file(tmp_path):
    with pytest.raises(IngestError, match="row 3,003 has 7 cells"):
        commas(tmp_path, "price,revenue", "12,50,12,50", *["9.5,9.5"] * 3000, "12,50,12")


def test_a_bare_comma_in_a_text_is_no_amount(tmp_path):
    found = commas(tmp_path, "product_name,revenue", "Shoe, red,12.50", "Shoe,12.50", "Hat 1,95,20.00")
    assert (found.revenue, found.report.rows_rejected) == (12.5, 2)


def test_a_column_without_a_name_is_no_cents(tmp_path):
    with pytest.raises(IngestError, match="no cell belongs to a column for certain"):
        commas(tmp_path, "revenue", "12,5", "20,12", "7,1")


@pytest.mark.parametrize("guard", ['="{}"', '"=""{}"""'])
@pytest.mark.parametrize("separator", [",", ";"])
def test_cells_written_as_texts_for_a_spreadsheet_hold_what_they_say(tmp_path, guard, separator):
    rows = [["s1", "0042", "4", "1", "1299.50"], ["s2", "0043", "3", "0", "0"]]
    lines = [separator.join(guard.format(cell) for cell in row) for row in rows]
    head = separator.join(["session_id", "visitor_id", "page_views", "purchased", "revenue"])
    found = export_of(write(tmp_path, "\n".join([head, *lines, ""])))
    assert (found.column("visitor_id"), found.n_buyers) == (["0042", "0043"], 1)
    assert (found.column("page_views"), found.revenue) == ([4, 3], 1299.5)


def test_formulas_stay_as_they_are(tmp_path):
    text = 'session_id,visitor_id,page_views\ns1,"=HYPERLINK(""http://x"")",4\n'
    assert export_of(write(tmp_path, text)).column("visitor_id") == ['=HYPERLINK("http://x")']
