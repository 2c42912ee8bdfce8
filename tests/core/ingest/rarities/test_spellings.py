"""One device or channel with marks nobody sees, or as an address carried it."""

from __future__ import annotations

import pytest

from core.ingest.settling.spellings import one_spelling
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of


@pytest.mark.parametrize(
    ("cells", "usual"),
    [
        (["paid search", "paid%20search", "Paid+Search"], "paid search"),
        (["e-mail", "e\u2011mail", "E-Mail\u200b"], "e-mail"),
        (["\u200bdirect", "direct"], "direct"),
        (["\ufeffdirect"], "direct"),
        (["sale%2D50"], "sale-50"),
    ],
)
def test_a_channel_has_one_spelling(tmp_path, cells, usual):
    rows = "".join(f"v{n},2026-03-02 10:00:00,product_view,p1,{cell}\n" for n, cell in enumerate(cells))
    text = f"visitor_id,timestamp,event_type,product_id,channel\n{rows}"
    assert set(export_of(write(tmp_path, text)).column("channel")) == {usual}


def test_what_stands_beside_a_plus_with_blanks_is_another_channel():
    assert one_spelling({"search + social": 1, "search social": 2}, "channel") == {
        "search + social": "search social"
    }
    assert one_spelling({"100%": 1, "50% off": 1}, "channel") == {}
