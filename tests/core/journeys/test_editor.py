"""A recorded session in the journey editor: its steps, and the prediction it was scored with."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pyarrow.parquet as pq
import pytest

from core.results.sources import Source
from core.whatif.journey import MAX_STEPS, read_journey
from core.whatif.live_trace import open_desk, watch


@pytest.mark.parametrize("fixture", ["simulated", "keyless"])
def test_its_last_step_gets_the_recorded_prediction(fixture: str, request: pytest.FixtureRequest) -> None:
    source: Source = request.getfixturevalue(fixture)
    rows = [row for row in pq.read_table(source.path).to_pylist() if 1 < row["n_events"] <= MAX_STEPS]
    chosen = sorted(rows, key=lambda row: (-bool(row["purchased"]), -row["cart_adds"], row["session_id"]))[:3]
    for row in chosen:
        desk = open_desk(result=source.id, session=row["session_id"])
        watched = watch(desk, desk.start)
        assert len(watched.moments) == row["n_events"]
        assert watched.finished is not None
        for name in ("purchase_probability", "expected_revenue", "cluster_id"):
            assert watched.finished[name] == pytest.approx(row[name], abs=1e-9)
        assert desk.query(desk.start).startswith("result=")

        emptied = desk.start.with_steps([])
        told = dict(parse_qsl(desk.query(emptied)))
        assert read_journey(told, desk.start)[0] == emptied, "no steps are not the recorded ones"
