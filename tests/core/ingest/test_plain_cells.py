"""Files are read by their heads' plain writing first: what comes of them is what always does."""

from __future__ import annotations

import re

import pytest

from core.ingest import reading
from core.ingest.cells.plain import ID
from core.ingest.cells.synonyms import NOBODY, ZERO
from core.ingest.files.source import Source
from core.ingest.recognition.head_reader import HEAD_ROWS
from tests.core.ingest.reading import read, write

HEAD = "session_id,visitor_id,timestamp,event_type,product_id,price,is_returning\n"
PLAIN = "s{n},u{n},2026-03-{day:02} 10:00:00,view,p1,9.5,true\n"


@pytest.mark.parametrize("word", [*NOBODY, *ZERO])
def test_no_word_for_nobody_is_a_plain_id(word):
    for spelling in (word, word.upper(), word.capitalize(), word.title(), f" {word}", f"{word} "):
        assert not re.fullmatch(ID, spelling)


@pytest.mark.parametrize(
    "identity", ["s1", "1", "10", "u-7", "(1)", "guest7", "1f00", "user 12", "a0", "user-0", "a00x"]
)
def test_an_id_with_a_digit_is_plain(identity):
    assert re.fullmatch(ID, identity)


@pytest.mark.parametrize("identity", ["'-5", "-1", " s1", "s1 ", "s1\n", "größe1", "abc", ""])
def test_what_may_be_no_id_or_is_written_for_a_spreadsheet_is_not(identity):
    assert not re.fullmatch(ID, identity)


@pytest.mark.slow
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


@pytest.mark.slow
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


#: Rows as those above, of which the head repeats ids and words, and times with a fraction and without.
WORDY = "session_id,visitor_id,timestamp,event_type,product_id,category,country,price\n"
REPEATED = "s{n},u{n},2026-03-{day:02} 10:00:{second:02}{fraction},view,p1,shoes,DE,9.5\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "odd",
    [
        "s1,u1,2026-03-02 10:00:00.250,view,p1,shoes,DE,",
        "s1,u1,2026-03-02 10:00:00,view,'=p1,shoes,DE,1",
        "s1,u1,2026-03-02 10:00:00+02:00,view,p1,shoes,DE,1",
        "s1,u1,2026-03-02 10:00:00.5Z,view,p1,shoes,DE,1",
        's1,u1,2026-03-02 10:00:00,view, p1 ,shoes,DE,"1,234.50"',
        "s1,u1,2026-03-02 10:00:00,view,p1, shoes,DE ,1",
        "s1,u1,2026-03-02 10:00:00,view,p1,shoes\u00a0,de,1",
        "s1,u1,2026-03-02 10:00:00,view,p1,größe,,1",
        "null,u1,2026-03-02 10:00:00,view,p1,shoes,DE,1",
        "s1 ,Guest,2026-03-02 10:00:00,view,p1,shoes,DE,1",
        "'-7,0,2026-03-02 10:00:00,view,p1,shoes,DE,1",
        ",,2026-03-02 10:00:00,view,p1,shoes,DE,1",
        "s1,u1,,view,p1,shoes,DE,$5",
    ],
)
def test_a_word_or_an_id_unlike_the_others_of_a_long_file_is_read_as_it_always_is(tmp_path, monkeypatch, odd):
    n_rows = HEAD_ROWS + 500
    rows = [
        REPEATED.format(n=n // 8 + 10, day=1 + n % 28, second=n % 50, fraction=".125" if n % 9 else "")
        for n in range(n_rows)
    ]
    assert_files_read_alike(tmp_path, monkeypatch, WORDY + "".join(rows) + odd + "\n", n_rows + 1)


def test_whole_seconds_beside_fractions_are_of_this_century_whatever_else_is_odd(tmp_path, monkeypatch):
    n_rows = HEAD_ROWS + 500
    rows = [
        f"s{n // 8 + 10},u{n // 8 + 10},26-03-{13 + n % 15} 10:00:{n % 60:02}{'.250' if n % 5 else ''},"
        "view,p1,shoes,DE,9.5\n"
        for n in range(n_rows)
    ]
    odd = "s1,u1,26-03-13 10:00:00,view,p1, shoes,DE,1\n"
    assert_files_read_alike(tmp_path, monkeypatch, WORDY + "".join(rows) + odd, n_rows + 1)


def assert_read_alike(tmp_path, monkeypatch, odd, n_rows):
    rows = [PLAIN.format(n=n, day=1 + n % 28) for n in range(n_rows)]
    assert_files_read_alike(tmp_path, monkeypatch, HEAD + "".join(rows) + odd + "\n", n_rows + 1)


def assert_files_read_alike(tmp_path, monkeypatch, text, n_rows):
    path = write(tmp_path, text)
    small = read(path)
    monkeypatch.setattr(reading, "SMALL_BYTES", -1)
    long = read(path)
    monkeypatch.setattr(Source, "cell", lambda source, name: f"c{source.names.index(name)}")
    thorough = read(path)
    for quick in (small, long):
        assert quick.rows == thorough.rows
        assert quick.refused == thorough.refused
        assert quick.report == thorough.report
    assert len(thorough.rows) + len(thorough.refused) == n_rows
