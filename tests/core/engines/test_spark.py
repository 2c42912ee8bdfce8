"""Spark on this machine: the same numbers as the embedded engine, from the same exports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from core.base.errors import BundleError, EngineError, ExportError, IngestError, MappingError, SchemaError
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.cli import main
from core.engines.predicting import Shipped, ship
from core.engines.session import spark_session
from core.engines.spark import events_of, score_on_spark
from core.engines.training import training_rows
from core.features import build_sessions
from core.ingest import ingest
from core.schema.sessions import SESSION_SCHEMA
from core.scoring.pipeline import score_file
from core.scoring.registering import register
from core.simulate import simulate_events
from core.storage import get_store
from tests.core.engines.sparks import QUICK, assert_same, needs_spark, read

pytestmark = needs_spark


@pytest.fixture(scope="module")
def spark() -> Iterator[object]:
    with spark_session("local[2]", QUICK) as session:
        yield session


@pytest.fixture(scope="module")
def demo() -> pa.Table:
    return simulate_events(1500, seed=11, start="2026-02-20", days=20)


@pytest.fixture(scope="module")
def demo_scored(spark: object, demo: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo shop from a folder of two files that share some rows: a day exported twice."""
    folder = tmp_path_factory.mktemp("demo")
    source, out = folder / "events", folder / "scored"
    source.mkdir()
    half = demo.num_rows // 2
    pq.write_table(demo.slice(0, half + 100), source / "one.parquet")
    pq.write_table(demo.slice(half), source / "two.parquet")
    outcome = score_on_spark(str(source), str(out))
    assert outcome.report.rejected == {"It is an exact duplicate of another row.": 100}
    assert outcome.report.rows_kept == demo.num_rows
    return out


def test_every_session_of_a_real_export(spark: object, shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "rees46_2019-10-01.csv"
    here = score_file(source, tmp_path / "here.parquet")
    there = score_on_spark(str(source), str(tmp_path / "there"))
    assert_same(read(tmp_path / "there"), read(tmp_path / "here.parquet"))
    assert (there.scored.n_sessions, there.scored.n_predicted) == (
        here.scored.n_sessions,
        here.scored.n_predicted,
    )
    assert there.report.told == here.report.told
    assert (there.report.rows_read, there.report.rows_kept) == (here.report.rows_read, here.report.rows_kept)
    assert (there.report.first, there.report.last) == (here.report.first, here.report.last)


def test_every_session_of_the_demo_shop(demo: pa.Table, demo_scored: Path, tmp_path: Path) -> None:
    pq.write_table(demo, tmp_path / "events.parquet")
    score_file(tmp_path / "events.parquet", tmp_path / "here.parquet")
    assert_same(read(demo_scored), read(tmp_path / "here.parquet"))


def test_a_log_without_sessions_from_the_command_line(
    spark: object, demo: pa.Table, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "log.csv", tmp_path / "there"
    pyarrow.csv.write_csv(demo.slice(0, 4000).drop_columns(["session_id", "colour"]), source)
    score_file(source, tmp_path / "here.parquet")
    with pytest.raises(SystemExit) as left:
        main(["score", "--engine", "spark", str(source), str(out)])
    assert left.value.code == 0, capsys.readouterr().err
    assert_same(read(out), read(tmp_path / "here.parquet"))


def test_what_a_model_is_trained_on(spark: object, demo: pa.Table, tmp_path: Path) -> None:
    events, here = tmp_path / "events.parquet", tmp_path / "here.parquet"
    pq.write_table(demo.slice(0, 4000), events)
    settings = Settings(data_dir=tmp_path)
    with training_rows(str(events), tmp_path, settings=settings) as rows:
        told = rows.report.told
        build_sessions(events, here, told=told, settings=settings)
        sessions = pq.read_table(rows.sessions)
        # In the same order, too: trainings split by it.
        assert sessions["session_id"].equals(pq.read_table(here)["session_id"])
        assert_same(read(rows.sessions), read(here).cast(SESSION_SCHEMA))
        chosen = sessions.select(["session_id"]).slice(0, 200)
        cut = rows.cut(3, chosen).sort_by("session_id")
    build_sessions(events, here, told=told, settings=settings, first_events=3)
    wanted = pq.read_table(here).cast(SESSION_SCHEMA)
    wanted = wanted.filter(pc.is_in(wanted["session_id"], value_set=chosen["session_id"].combine_chunks()))
    assert_same(cut, wanted.sort_by("session_id"))


def test_what_only_a_late_line_tells(spark: object, tmp_path: Path) -> None:
    """Lines of JSON whose first thousands leave open whether the day or the month comes first."""
    source = tmp_path / "log.jsonl"
    days = [f"03/{day:02d}/2026 10:{minute:02d}" for day in range(1, 13) for minute in range(60)] * 4
    lines = [
        {"session_id": f"s{n}", "timestamp": day, "event_type": "page_view"} for n, day in enumerate(days)
    ]
    lines.append({"session_id": "last", "timestamp": "03/25/2026 09:00", "event_type": "cart_add"})
    source.write_text("\n".join([*map(json.dumps, lines), "{broken", ""]), encoding="utf-8")
    here = ingest(source, tmp_path / "here")
    with events_of(spark, str(source), None) as events:
        there = events.report
    assert here.last == "2026-03-25T09:00:00"
    unsettled, *said = there.assumptions
    assert (unsettled.severity, "not settled" in unsettled.text or "Spark" in unsettled.text) == (
        "warning",
        True,
    )
    assert set(said) == set(here.assumptions)
    assert replace(there, assumptions=here.assumptions) == here


def test_a_result_is_registered_and_opens(demo_scored: Path, tmp_path: Path) -> None:
    from core.results.filters import Filters
    from core.results.view import ResultView

    settings = Settings(data_dir=tmp_path / "data")
    before = sorted(path.name for path in demo_scored.iterdir())
    result = register(demo_scored, name="From the cluster", settings=settings)
    assert (result.state, result.bundle, result.n_sessions) == ("done", "demo-shop", 1500)
    assert sorted(path.name for path in demo_scored.iterdir()) == before
    assert_same(read(result.path), read(demo_scored))
    assert ResultView(result.path).kpis(Filters()) is not None
    store = get_store(settings)
    assert store.dataset(result.dataset_id).name == "From the cluster"
    store.delete_dataset(result.dataset_id)
    assert list((settings.data_dir / "results").iterdir()) == []


def test_what_was_not_scored_is_not_registered(demo: pa.Table, demo_scored: Path, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    pq.write_table(demo, tmp_path / "events.parquet")
    with pytest.raises(SchemaError, match="It has no column purchase_probability"):
        register(tmp_path / "events.parquet", name="x", settings=settings)
    twice = read(demo_scored)
    pq.write_table(pa.concat_tables([twice, twice.slice(0, 1)]), tmp_path / "twice.parquet")
    with pytest.raises(SchemaError, match="A session is in it twice"):
        register(tmp_path / "twice.parquet", name="x", bundle="demo-shop", settings=settings)
    assert get_store(settings).datasets() == ()
    assert list((settings.data_dir / "incoming").iterdir()) == []


def test_what_spark_cannot_do_is_said_first(spark: object, demo_scored: Path, tmp_path: Path) -> None:
    source = tmp_path / "log.csv"
    source.write_text("wer,was,wann\n1,geguckt,2026-01-01\n", encoding="utf-8")
    with pytest.raises(MappingError, match="not recognised"):
        score_on_spark(str(source), str(tmp_path / "out"))
    with pytest.raises(IngestError, match="file or folder wasn't found"):
        score_on_spark(str(tmp_path / "nothing"), str(tmp_path / "out"))
    with pytest.raises(ExportError, match="something already"):
        score_on_spark(str(source), str(demo_scored))
    with pytest.raises(EngineError, match=r"not \.xlsx"):
        (tmp_path / "log.xlsx").write_text("x", encoding="utf-8")
        score_on_spark(str(tmp_path / "log.xlsx"), str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_changed_model_is_refused_by_the_executors(
    spark: object, demo: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed_on_the_way(predictor: Predictor, settings: Settings) -> Shipped:
        shipped = ship(predictor, settings)
        return replace(shipped, files={**shipped.files, "bundle.joblib": b"not what it was"})

    monkeypatch.setattr("core.engines.spark.ship", changed_on_the_way)
    pq.write_table(demo.slice(0, 200), tmp_path / "events.parquet")
    with pytest.raises(
        BundleError, match=r"An executor refused it: .*isn't the file this model was saved with"
    ):
        score_on_spark(str(tmp_path / "events.parquet"), str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_files_with_other_columns_are_not_mixed_up(spark: object, demo: pa.Table, tmp_path: Path) -> None:
    source = tmp_path / "log"
    source.mkdir()
    names = demo.schema.names
    pyarrow.csv.write_csv(demo.slice(0, 500), source / "1.csv")
    pyarrow.csv.write_csv(demo.slice(500, 500).select(names[::-1]), source / "2.csv")
    with pytest.raises(IngestError, match="the same columns in the same order"):
        score_on_spark(str(source), str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


_EVENT = {"session_id": "s1", "timestamp": "2026-03-02T10:00:00Z", "event_type": "page_view"}
_CONSOLE = "event_timestamp,event_name,event_params.key,event_params.value.int_value,user_pseudo_id\n"
WRAPPED = {
    "raw.csv": ('_airbyte_ab_id,_airbyte_data\na,"{""session_id"":""s1""}"\n', "“_airbyte_data”"),
    "raw.jsonl": (json.dumps({"_airbyte_data": _EVENT}) + "\n", "“_airbyte_data”"),
    "answer.json": (json.dumps({"data": [_EVENT, _EVENT], "next": None}), "one object per"),
    "pretty.json": (
        json.dumps(_EVENT, indent=1) + "\n" + json.dumps(_EVENT, indent=1),
        "one object per line",
    ),
    "array.json": (json.dumps([_EVENT, _EVENT]), "one object per line"),
    "console.csv": (
        f"{_CONSOLE}1772445600000000,page_view,ga_session_id,1,u1\n,,page,,\n",
        "one for each param",
    ),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_records_that_stand_whole_within_something_else_are_refused(
    spark: object, tmp_path: Path, name: str
) -> None:
    text, said = WRAPPED[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(EngineError, match=said) as refused:
        score_on_spark(str(tmp_path / name), str(tmp_path / "out"))
    assert "without --engine spark" in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_a_raw_table_of_parquet_is_refused(spark: object, tmp_path: Path) -> None:
    pq.write_table(pa.table({"_airbyte_data": [json.dumps(_EVENT)] * 3}), tmp_path / "raw.parquet")
    with pytest.raises(EngineError, match="“_airbyte_data”"):
        score_on_spark(str(tmp_path / "raw.parquet"), str(tmp_path / "out"))
