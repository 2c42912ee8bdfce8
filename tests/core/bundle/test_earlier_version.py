"""A model an earlier version saved, whose classes lived elsewhere, predicts what it predicted then."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.bundle.predictor import Predictor
from core.schema.sessions import PREDICTION_SCHEMA
from core.scoring.steps import predict_sessions
from tests import earlier_version as earlier


def test_it_predicts_what_it_predicted(tmp_path: Path) -> None:
    settings = earlier.restore(tmp_path)
    predictor = Predictor.load(earlier.BUNDLE, settings)
    assert predictor.threshold is not None
    predict_sessions(
        settings.data_dir / "datasets" / earlier.DATASET / "sessions.parquet",
        tmp_path / "now.parquet",
        predictor=predictor,
    )
    now = pq.read_table(tmp_path / "now.parquet")
    then = pq.read_table(settings.data_dir / "results" / earlier.RESULT / "sessions.parquet")
    assert now.schema.names == then.schema.names
    assert now["session_id"].equals(then["session_id"])
    for name in PREDICTION_SCHEMA.names:
        assert now[name].to_pylist() == pytest.approx(then[name].to_pylist(), abs=1e-6), name
