from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.base.errors import TrainingError
from core.training.data.eligibility import GOOD_BUYERS, Eligibility, check
from core.training.data.loading import LEAST_BUYERS, read_training_data
from tests.core.training.sessions import as_table, session_frame, write_sessions


def checked(frame: pd.DataFrame, tmp_path: Path) -> Eligibility:
    return check(write_sessions(frame, tmp_path / "sessions.parquet"))


def with_buyers(n: int, *, sessions: int = 2_000, days: float = 40) -> pd.DataFrame:
    """Return sessions of which just so many, spread evenly over time, end in a purchase."""
    frame = session_frame(sessions, days=days)
    frame["purchased"] = False
    frame.loc[np.linspace(0, sessions - 1, n).astype(int), "purchased"] = True
    frame["revenue"] = np.where(frame["purchased"], 50.0, 0.0)
    return frame


def test_plenty_is_good(tmp_path: Path) -> None:
    found = checked(with_buyers(400), tmp_path)
    assert (found.level, found.sessions, found.buyers, found.days) == ("good", 2_000, 400, 40)
    assert found.headline == "400 buyers among 2,000 sessions in 40 days: enough for a good model."
    assert found.can_train
    assert found.has_revenue
    assert (found.first.month, found.last.month) == (1, 2)


def test_few_buyers_are_rough_and_the_remedy_is_named(tmp_path: Path) -> None:
    found = checked(with_buyers(62, days=11), tmp_path)
    assert found.level == "rough"
    assert found.headline == "62 buyers in 11 days: enough for a rough model, 300 would be safer."
    assert any("wide intervals" in reason for reason in found.reasons)
    assert f"Export a period with {GOOD_BUYERS} or more buyers." in found.remedies
    assert "Export four weeks or more." in found.remedies


def test_one_day_is_rough(tmp_path: Path) -> None:
    assert checked(with_buyers(400, days=1), tmp_path).level == "rough"
    split = read_training_data(tmp_path / "sessions.parquet").split
    assert split.reason.startswith("The sessions cover 24 hours")


def test_many_buyers_in_few_days_are_rough(tmp_path: Path) -> None:
    found = checked(with_buyers(400, days=11), tmp_path)
    assert found.level == "rough"
    assert found.headline == "400 buyers in 11 days: enough for a rough model, four weeks would be safer."


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (with_buyers(LEAST_BUYERS - 1), "Only 29 of 2,000 sessions end in a purchase"),
        (with_buyers(0), "No session of 2,000 ends in a purchase"),
        (with_buyers(2_000), "Every session of 2,000 ends in a purchase"),
        (with_buyers(40).assign(purchased=[True] * 40 + [False] * 1_960), "slice has"),
    ],
    ids=["few buyers", "no buyer", "only buyers", "all early"],
)
def test_it_says_no_where_training_does_in_the_same_words(
    frame: pd.DataFrame, expected: str, tmp_path: Path
) -> None:
    found = checked(frame, tmp_path)
    assert found.level == "no"
    assert not found.can_train
    assert expected in found.reasons[0]
    assert found.remedies
    assert "not enough for a model" in found.headline
    with pytest.raises(TrainingError) as caught:
        read_training_data(tmp_path / "sessions.parquet")
    assert caught.value.message == found.reasons[0]
    assert caught.value.remedy == found.remedies[0]


def test_just_enough_can_really_be_read(tmp_path: Path) -> None:
    assert checked(with_buyers(LEAST_BUYERS), tmp_path).level == "rough"
    assert read_training_data(tmp_path / "sessions.parquet").purchased.sum() == LEAST_BUYERS


def test_without_outcomes_clusters_are_left(tmp_path: Path) -> None:
    frame = session_frame(500).drop(columns=["purchased", "revenue"])
    found = checked(frame, tmp_path)
    assert (found.level, found.buyers, found.has_revenue) == ("clusters", 0, False)
    assert "enough for clusters" in found.headline
    assert any("include them in the export" in remedy for remedy in found.remedies)
    assert checked(frame.head(20), tmp_path).level == "no"


def test_what_tells_nothing_apart_is_refused(tmp_path: Path) -> None:
    frame = session_frame(100)[["session_id", "purchased"]].assign(clicks=3)
    found = checked(frame, tmp_path)
    assert found.level == "no"
    assert "No column differs between sessions" in found.reasons[0]
    pq.write_table(as_table(session_frame(100)).slice(0, 0), tmp_path / "empty.parquet")
    nothing = check(tmp_path / "empty.parquet")
    assert (nothing.level, nothing.sessions, nothing.days) == ("no", 0, None)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    frame = with_buyers(400).assign(revenue=np.nan, started_at=pd.NaT, searches=np.nan, hour=9)
    frame["bounce_rate"] = np.linspace(0, 1, len(frame))
    frame["traffic_type"] = np.resize(["ad", "search"], len(frame))
    frame["note"] = [f"row {number}" for number in range(len(frame))]
    found = checked(frame, tmp_path)
    assert found.level == "good"
    assert (found.days, found.has_revenue) == (None, False)
    assert found.own_columns == ("bounce_rate", "traffic_type")
    told = " ".join(found.reasons)
    assert "won't predict revenue" in told
    assert "Too few sessions have a start" in told
    assert "2 columns of your own will be learned from: bounce_rate, traffic_type." in told
    assert "2 of 24 features are empty or the same" in told


def test_odd_shares_and_unknown_outcomes_are_said(tmp_path: Path) -> None:
    frame = with_buyers(1_500)
    frame["purchased"] = frame["purchased"].astype(object)
    frame.loc[:99, "purchased"] = None
    told = " ".join(checked(frame, tmp_path).reasons)
    assert "unusual for a shop" in told
    assert "100 sessions have no known outcome" in told
