"""Amounts of another currency at the rate given, and unknown without one."""

from __future__ import annotations

import pytest

from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

HEAD = "session_id,visitor_id,timestamp,event_type,revenue,currency\n"


@pytest.mark.parametrize(("rates", "revenue"), [({"JPY": 0.01}, [40, 50, 64]), ({}, [40, 50, None])])
def test_a_rate_is_what_one_unit_is_worth(tmp_path, rates, revenue):
    paid = ["40,EUR", "50,EUR", "6400,JPY"]
    rows = (f"s{i},v{i},2026-03-02 10:00:00,purchase,{cells}\n" for i, cells in enumerate(paid))
    found = export_of(write(tmp_path, HEAD + "".join(rows)), rates=rates)
    assert (found.column("revenue"), found.report.currency) == (revenue, "EUR")
