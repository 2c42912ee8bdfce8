"""Sessions cut short: what was known after k events, with the outcome of the whole, and never its future."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from core.bundle.model_card import JUDGED
from core.features.duck import rows_of
from core.training.data import snapshots
from core.training.data.loading import TrainingData, read_training_data
from core.training.data.snapshots import LEARNED, lengths
from core.training.data.splits import DROPPED, TEST, TRAIN
from tests.core.training.shops import Shop


@pytest.fixture(scope="module")
def data(shop: Shop) -> TrainingData:
    return read_training_data(shop.sessions, events=shop.events)


def test_a_session_is_cut_only_where_it_goes_on(data: TrainingData) -> None:
    n_events = data.table["n_events"].to_numpy()
    ids = np.asarray(data.table["session_id"].to_pylist())
    session = {name: number for number, name in enumerate(ids)}
    assert set(np.unique(data.k)) <= {0, *JUDGED, *LEARNED}
    at = data.encoder.columns.index("n_events")
    for k in np.unique(data.k[data.k > 0]):
        rows = np.flatnonzero(data.k == k)
        assert (data.matrix[rows, at] == k).all()
        slices = data.split.slice_of[rows]
        judged = n_events[data.split.slice_of[: len(ids)] == TEST] > k
        assert (slices == TEST).sum() == (judged.sum() if k in JUDGED else 0)
        others = (data.split.slice_of[: len(ids)] != TEST) & (n_events > k)
        assert (slices != TEST).sum() == (others.sum() if k in LEARNED else 0)
    assert len(session) == len(ids)


def test_a_row_is_what_was_known_then(data: TrainingData, shop: Shop) -> None:
    """Cut by hand: the events of one long session, in their order, the first three of them."""
    long = int(np.argmax(data.table["n_events"].to_numpy()))
    name = data.table["session_id"][long].as_py()
    events = pq.read_table(shop.events).filter(pc.field("session_id") == pa.scalar(name))
    first = events.take(pc.sort_indices(events, [("timestamp", "ascending"), ("order", "ascending")]))[:3]
    row = rows_of(first).to_pylist()[0]
    whole, split = data.split.slice_of[long], data.split.visitor[long]
    cut = np.flatnonzero((data.k == 3) & (data.split.visitor == split))
    number = data.encoder.columns.index("page_views")
    duration = data.encoder.columns.index("duration_seconds")
    found = {(float(data.matrix[r, number]), round(float(data.matrix[r, duration]), 3)) for r in cut}
    assert (float(row["page_views"]), round(row["duration_seconds"], 3)) in found
    assert (data.split.slice_of[cut] == whole).all()


def test_pieces_share_outcome_slice_and_visitor(data: TrainingData) -> None:
    n = len(data.table)
    assert data.whole[:n].all()
    assert not data.whole[n:].any()
    for visitor in np.unique(data.split.visitor[n:])[:200]:
        rows = data.split.visitor == visitor
        assert len(set(data.split.slice_of[rows]) - {DROPPED}) <= 1
    # The rows of a length that all sessions reach buy as often as those sessions do.
    one = data.rows(TRAIN)[data.k[data.rows(TRAIN)] == 1]
    going_on = data.table["n_events"].to_numpy() > 1
    expected = data.sessions[going_on & data.split.rows(TRAIN)[:n]].mean()
    assert data.purchased[one].mean() == pytest.approx(expected)


def test_weights_add_up_and_tell_nothing_of_the_future(data: TrainingData) -> None:
    assert data.weight.sum() == pytest.approx(len(data.table))
    assert np.unique(data.weight[data.whole]).size == 1
    assert np.unique(data.weight[~data.whole]).size == 1


def test_lengths_end_where_few_sessions_go_on() -> None:
    n_events = np.repeat([1, 2, 4, 30], [400, 60, 60, 49]).astype(np.int64)
    nobody = np.zeros(len(n_events), dtype=bool)
    assert lengths(n_events, nobody) == [1, 2, 3]
    judged = np.arange(len(n_events)) >= len(n_events) - 10
    assert lengths(n_events, judged) == sorted({1, 2, 3, *JUDGED})


def test_many_sessions_are_cut_in_part(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST_CUT", 500)
    some = read_training_data(shop.sessions, events=shop.events)
    first = (some.k == 1) & (some.split.slice_of != TEST)
    assert 300 < first.sum() <= 500
    assert some.weight.sum() == pytest.approx(len(some.table))


def test_whole_sessions_alone(data: TrainingData) -> None:
    whole = data.only_whole()
    assert not whole.has_snapshots
    assert len(whole.matrix) == len(data.table)
    assert (whole.weight == 1).all()
