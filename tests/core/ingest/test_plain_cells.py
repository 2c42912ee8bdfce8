"""Small files are read by their heads' plain writing first: what comes of them is what always does."""

from __future__ import annotations

import re

import pytest

from core.ingest import reading
from core.ingest.cells.plain import ID
from core.ingest.cells.synonyms import NOBODY, ZERO
from core.ingest.recognition.head_reader import HEAD_ROWS
from tests.core.ingest.reading import read, write

HEAD = "session_id,visitor_id,timestamp,event_type,product_id,price,is_returning\n"
PLAIN = "s{n},u{n},2026-03-{day:02} 10:00:00,view,p1,9.5,true\n"


@pytest.mark.parametrize("word", [*NOBODY, *ZERO])
def test_no_word_for_nobody_is_a_plain_id(word):
    for spelling in (word, word.upper(), word.capitalize(), word.title(), f" {word}", f"{word} "):
        assert not re.fullmatch(ID, spelling)


@pytest.mark.parametrize("identity", ["s1", "1", "10", "u-7", "(1)", "guest7", "1f00", "user 12"])
def test_an_id_with_a_digit_is_plain(identity):
    assert re.fullmatch(ID, identity)


@pytest.mark.parametrize("identity", ["'-5", "-1", " s1", "s1 ", "s1\n", "größe1", "abc", ""])
def test_what_may_be_no_id_or_is_written_for_a_spreadsheet_is_not(identity):
    assert not re.fullmatch(ID, identity)


@pytest.mark.parametrize(
    "odd",
    [
        's9999,u1,2026-03-02 10:00:00,view,p1,"1.234,50 €",true',
        "s9999,u1,2026-03-02 10:00:00,view,p1,-3,true",
        "s9999,guest,2026-03-02 10:00:00,view,p1,1,true",
        "'-5,u1,2026-03-02 10:00:00,view,p1,1,true",
        "s9999 ,u1,2026-03-02 10:00:00,view,p1,1,ja",
        "s9999,u1,2 March 2026 10:00,view,p1,1,maybe",
        "s9999,u1,2026-03-02 10:00:00,view,p1,1",
    ],
)
@pytest.mark.parametrize("n_rows", [3, HEAD_ROWS + 500], ids=["in the head", "behind it"])
def test_a_cell_unlike_the_others_is_read_as_it_always_is(tmp_path, monkeypatch, odd, n_rows):
    assert_read_alike(tmp_path, monkeypatch, odd, n_rows)


@pytest.mark.parametrize(
    "odd",
    [
        "s9999,u1,2026-03-02 10:00:00,view,p1,n/a,true",
        "s9999,u1,no time,view,p1,1,true",
        "s9999,u1,1772445600,view,p1,1,true",
        "s9999,-1,2026-03-02T10:00:00+01:00,view,p1,5-,true",
    ],
)
def test_a_cell_that_the_head_would_have_shown_is_read_as_it_always_is(tmp_path, monkeypatch, odd):
    assert_read_alike(tmp_path, monkeypatch, odd, HEAD_ROWS + 500)


def assert_read_alike(tmp_path, monkeypatch, odd, n_rows):
    rows = [PLAIN.format(n=n, day=1 + n % 28) for n in range(n_rows)]
    path = write(tmp_path, HEAD + "".join(rows) + odd + "\n")
    quick = read(path)
    monkeypatch.setattr(reading, "SMALL_BYTES", -1)
    thorough = read(path)
    assert quick.rows == thorough.rows
    assert quick.refused == thorough.refused
    assert quick.report == thorough.report
    assert len(quick.rows) + len(quick.refused) == n_rows + 1
