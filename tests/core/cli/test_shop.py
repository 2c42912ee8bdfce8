"""What the page of settings says holds on the command line."""

from __future__ import annotations

from pathlib import Path

from core.base.settings import Settings
from core.storage import Store
from tests.core.cli.conftest import Core

EVENTS = """session_id,visitor_id,timestamp,event_type,product_id,price
s1,v1,2026-01-05T22:00:00Z,product_view,p1,9.5
s2,v2,2026-01-05T11:00:00Z,product_view,p2,3
"""


def test_score_reads_an_export_by_the_shops_clock_and_currency(core: Core, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    store = Store(settings)
    store.set_shop({"time_zone": "Europe/Athens", "currency": "CHF"})
    store.close()
    events, out = tmp_path / "events.csv", tmp_path / "out.csv"
    events.write_text(EVENTS, encoding="utf-8")
    done = core("score", events, out, PREDICTOR_DATA_DIR=str(settings.data_dir))
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "Hours, weekdays and days are in Europe/Athens time." in " ".join(said.split())
    assert "CHF" in said
    rows = out.read_text(encoding="utf-8").splitlines()
    hours = {row.split(",")[0]: row.split(",")[rows[0].split(",").index("hour")] for row in rows[1:]}
    assert hours == {"s1": "0", "s2": "13"}
