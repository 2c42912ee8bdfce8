"""However session rows come to the models, in one go, in batches or through a file: the same result."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.base.errors import IngestError
from core.base.progress import silent
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.features import build_sessions, rows_of
from core.schema.events import EVENT_SCHEMA, Told
from core.schema.sessions import PREDICTION_SCHEMA, SESSION_SCHEMA
from core.scoring import steps
from core.scoring.steps import predict_events, predict_sessions
from core.simulate import simulate_events

TOLD = Told.everything()
SETTINGS = Settings(threads=3)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("events") / "events.parquet"
    pq.write_table(simulate_events(700, seed=31), path)
    return path


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "BATCH_ROWS", 40)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    # One of its own: predictors are kept a process, with the threads of who loaded them first.
    return Predictor(Predictor.load("demo-shop", SETTINGS)._bundle, threads=3)


def test_without_a_file_in_between_the_result_is_the_same(events: Path, tmp_path: Path, predictor: Predictor):
    streamed, rows, stepwise = (tmp_path / f"{name}.parquet" for name in ("streamed", "rows", "stepwise"))
    shares: list[float] = []
    build_sessions(events, rows, told=TOLD, settings=SETTINGS)
    counted = predict_sessions(rows, stepwise, predictor=predictor)
    again = predict_events(
        events,
        streamed,
        told=TOLD,
        predictor=predictor,
        settings=SETTINGS,
        progress=lambda share, _: shares.append(share),
    )
    assert again.n_sessions == counted.n_sessions == 700
    assert again.n_predicted == counted.n_predicted > 0
    assert again.expected_revenue == pytest.approx(counted.expected_revenue)
    assert pq.read_table(streamed).equals(pq.read_table(stepwise))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert sorted(tmp_path.iterdir()) == sorted([streamed, rows, stepwise])


def test_batches_of_several_threads_come_in_order(events: Path, predictor: Predictor):
    rows = rows_of(pq.read_table(events))
    batches = list(predictor.predict_batches(rows.to_batches(max_chunksize=30)))
    assert [batch.num_rows for batch in batches[:3]] == [30, 30, 30]
    found = pa.Table.from_batches(batches)
    assert found.select(SESSION_SCHEMA.names).equals(rows)
    assert found.select(PREDICTION_SCHEMA.names).equals(predictor.predict(rows))


def test_no_session_is_an_error_and_leaves_nothing(tmp_path: Path, predictor: Predictor):
    empty = tmp_path / "events.parquet"
    pq.write_table(EVENT_SCHEMA.empty_table(), empty)
    with pytest.raises(IngestError, match="no session"):
        predict_events(
            empty,
            tmp_path / "out.parquet",
            told=TOLD,
            predictor=predictor,
            settings=SETTINGS,
            progress=silent,
        )
    assert list(tmp_path.iterdir()) == [empty]


def test_stopping_leaves_nothing(events: Path, tmp_path: Path, predictor: Predictor):
    def stop(_share: float, message: str) -> None:
        if message.startswith("Predicting"):
            raise InterruptedError(message)

    with pytest.raises(InterruptedError):
        predict_events(
            events,
            tmp_path / "out.parquet",
            told=TOLD,
            predictor=predictor,
            settings=SETTINGS,
            progress=stop,
        )
    assert not list(tmp_path.iterdir())
