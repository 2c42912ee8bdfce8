"""What the page of settings says holds on the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from core.base.settings import Settings
from core.storage import Store
from tests.conftest import ROOT

EVENTS = """session_id,visitor_id,timestamp,event_type,product_id,price
s1,v1,2026-01-05T22:00:00Z,product_view,p1,9.5
s2,v2,2026-01-05T11:00:00Z,product_view,p2,3
"""


def test_score_reads_an_export_by_the_shops_clock_and_currency(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    store = Store(settings)
    store.set_shop({"time_zone": "Europe/Athens", "currency": "CHF"})
    store.close()
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    told = subprocess.run(
        [sys.executable, "-m", "core", "score", str(tmp_path / "events.csv"), str(tmp_path / "out.csv")],
        cwd=ROOT,
        env={**os.environ, "PREDICTOR_DATA_DIR": str(settings.data_dir)},
        check=True,
        capture_output=True,
        text=True,
    )
    said = told.stdout + told.stderr
    assert "Hours, weekdays and days are in Europe/Athens time." in " ".join(said.split())
    assert "CHF" in said
    rows = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    hours = {row.split(",")[0]: row.split(",")[rows[0].split(",").index("hour")] for row in rows[1:]}
    assert hours == {"s1": "0", "s2": "13"}
