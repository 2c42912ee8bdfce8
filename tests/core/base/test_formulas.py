"""Nothing that is written into a file for a spreadsheet runs there."""

from __future__ import annotations

import duckdb
import pytest

from core.base.formulas import FORMULA_STARTS, harmless, harmless_sql, original, original_sql


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_what_begins_like_a_formula_gets_an_apostrophe(start: str) -> None:
    text = f"{start}HYPERLINK(A1)"
    assert harmless(text) == f"'{text}"
    assert duckdb.execute(f"SELECT {harmless_sql('?::VARCHAR')}", [text] * 3).fetchall() == [(f"'{text}",)]


@pytest.mark.parametrize("text", ["", "price", "'=1", "a=b"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text
    assert duckdb.execute(f"SELECT {harmless_sql('?::VARCHAR')}", [text] * 3).fetchall() == [(text,)]


def test_numbers_written_as_text_stay_numbers_where_that_is_wanted() -> None:
    rows = "(VALUES ('-5'), ('+1.5'), ('-5+1'), (NULL)) AS given(cell)"
    kept = duckdb.execute(f"SELECT {harmless_sql('cell', numbers=True)} FROM {rows}").fetchall()
    assert [row[0] for row in kept] == ["-5", "+1.5", "'-5+1", None]
    assert duckdb.execute(f"SELECT {harmless_sql('cell')} FROM {rows}").fetchall()[0] == ("'-5",)


def test_what_was_made_harmless_comes_back() -> None:
    for text in ("-5", "+1 (800) 555-0102", "=1+1", "@a", "plain", "'quoted'", ""):
        assert original(harmless(text)) == text
        (back,) = duckdb.execute(f"SELECT {original_sql('?::VARCHAR')}", [harmless(text)] * 4).fetchall()
        assert back == (text,)
