"""Words agree with the numbers before them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.base.written import agree, counted, money
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

#: One of something followed by the plural of a verb or of a noun.
_DISAGREES = re.compile(
    r"(?<![\d.,])1 (\w+[^s\W]s\b|(\w+ ){1,3}(repeat|are|were|count|have|hold|name|appear|say|last)\b)"
)


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0 orders are"), (1, "1 order is"), (2, "2 orders are"), (1204, "1,204 orders are")]
)
def test_agreement(n, text):
    assert f"{counted(n, 'order')} {agree(n, 'is', 'are')}" == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (6400, "JPY", "¥6,400"),
        (0, "JPY", "¥0"),
        (0.35, "JPY", "¥0.35"),
        (6400, "KRW", "6,400\u00a0KRW"),
        (6400, "EUR", "€6,400.00"),
        (6400, None, "6,400.00"),
    ],
)
def test_yen_have_no_cents(amount, currency, text):
    assert money(amount, currency) == text


def test_plurals_of_their_own():
    assert [counted(n, "person", "people") for n in (1, 2)] == ["1 person", "2 people"]


@pytest.mark.parametrize(
    "text",
    [
        "session_id,page_views,clicks,purchased,revenue\na,3,1,x,40\nb,3,2,,-\nc,3,3,x,-5\nd,3,4,x,abc\n",
        "session_id,page_views,clicks,hour,purchased\na,3,1,noon,1\nb,3,2,9,0\nc,3,3,10,\n",
        "session_id,visitor_id,timestamp,event_type,revenue\ns,v,2026-03-02 10:00:00,purchase,40\n"
        "s,v,2026-03-02 10:02:00,purchase,40\nt,v,2026-03-02 10:00:00,purchase,-5\n",
        "session_id,visitor_id,timestamp,event_type,order_id,revenue,order_status\n"
        "s,v,2026-03-02 10:00:00,purchase,T1,40,paid\nt,w,2026-03-02 10:02:00,purchase,T2,40,cancelled\n"
        "t,w,2026-03-02 10:02:00,purchase,T3,abc,refunded\n",
        "event_id,session_id,visitor_id,timestamp,event_type\n1,s,v,2026-03-02 10:00:00,page_view\n"
        "1,s,v,2026-03-02 10:00:01,page_view\n2,,v,2026-03-02 10:00:00,page_view\n",
    ],
)
def test_assumptions_about_one_of_something_are_in_the_singular(tmp_path: Path, text: str):
    found = [made.text for made in export_of(write(tmp_path, text)).report.assumptions]
    assert found
    assert [said for said in found if _DISAGREES.search(said)] == []
