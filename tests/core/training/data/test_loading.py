"""What no honest model can be trained on is refused, saying what was found and what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.base.errors import TrainingError
from core.schema.sessions import FEATURES
from core.training.data.loading import feature_names, read_training_data, revenues
from tests.core.training.sessions import as_table, session_frame, write_sessions

FRAME = session_frame(1_500)


def only_first(buyers: int) -> pd.Series:
    return FRAME["purchased"] & (FRAME["purchased"].cumsum() <= buyers)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"purchased": None, "revenue": None}, "None of the 1,500 sessions has a known outcome"),
        ({"purchased": False}, "No session of 1,500 ends in a purchase"),
        ({"purchased": True}, "Every session of 1,500"),
        ({"purchased": only_first(12)}, "Only 12 of 1,500"),
        ({"purchased": only_first(45)}, "slice has 0 sessions with"),
        (dict.fromkeys(FEATURES), "No column differs between sessions"),
    ],
)
def test_what_cant_be_learned_from(tmp_path: Path, changes: dict, found: str) -> None:
    path = write_sessions(FRAME.assign(**changes), tmp_path / "sessions.parquet")

    with pytest.raises(TrainingError, match=found) as caught:
        read_training_data(path)

    assert caught.value.remedy


def test_sessions_of_unknown_outcome_are_left_out(tmp_path: Path) -> None:
    unknown = FRAME.index % 5 == 0
    frame = FRAME.assign(purchased=FRAME["purchased"].astype("boolean").mask(unknown))
    data = read_training_data(write_sessions(frame, tmp_path / "sessions.parquet"))

    assert len(data.purchased) == len(data.matrix) == (~unknown).sum()


def test_outcomes_and_predictions_are_never_features() -> None:
    frame = FRAME.assign(
        purchase_probability=0.5, cluster_id=1, bounce_rate=0.1, exit_page=FRAME["country_group"], note=""
    )
    frame["note"] = [f"order {number}" for number in range(len(frame))]
    names = feature_names(as_table(frame))

    assert names == [*FEATURES, "bounce_rate", "exit_page"]


def test_vocabularies_come_from_training_rows_only(tmp_path: Path) -> None:
    late = FRAME["dominant_category"].where(FRAME.index < 1_400, "launched later")
    data = read_training_data(
        write_sessions(FRAME.assign(dominant_category=late), tmp_path / "sessions.parquet")
    )

    assert "dominant_category=shoes" in data.encoder.columns
    assert "dominant_category=launched later" not in data.encoder.columns


def test_revenue_is_0_without_a_purchase_and_unknown_where_it_isnt_told() -> None:
    frame = pd.DataFrame(
        {
            "session_id": list("abcd"),
            "purchased": [True, True, False, True],
            "revenue": [20.0, np.nan, np.nan, 0.0],
        }
    )

    np.testing.assert_array_equal(revenues(as_table(frame)), [20.0, np.nan, 0.0, np.nan])
    assert np.isnan(revenues(as_table(frame.assign(revenue=None)))).all()
