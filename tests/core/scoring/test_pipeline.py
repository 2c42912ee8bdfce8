from __future__ import annotations

import csv
from contextlib import closing
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from core.base.errors import BundleError, IngestError, MappingError, StorageError
from core.base.settings import Settings
from core.ingest import Mapping
from core.ingest.recipes import fingerprint
from core.schema.events import EventType
from core.schema.sessions import PREDICTION_SCHEMA, SESSION_SCHEMA
from core.scoring.pipeline import ingest_step, run_steps, score_file
from core.simulate import simulate_events
from core.storage import Dataset, Result, Store

N_SESSIONS = 300
ROWS = """Session ID,Clicks,Avg Price,Country,Purchased,Mood,purchase_probability
a,3,20.5,Germany,yes,calm,0.9
b,1,,France,no,=1+1,0.1
c,7,99,US,no,,
"""


@pytest.fixture(scope="module")
def events() -> pa.Table:
    return simulate_events(N_SESSIONS, seed=3)


@pytest.fixture(scope="module")
def export(events: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "events.csv"
    pa.csv.write_csv(events, path)
    return path


@pytest.fixture(scope="module")
def scored(export: Path, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    out = tmp_path_factory.mktemp("scored") / "scored.parquet"
    score_file(export, out)
    return pq.read_table(out)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Settings(data_dir=tmp_path / "data", DATABASE_URL=None, min_free_bytes=0))


def add(store: Store, export: Path, tmp_path: Path, filename: str = "events.csv") -> Dataset:
    copy = tmp_path / "copy"
    copy.write_bytes(export.read_bytes())
    return store.add_dataset(copy, filename=filename)


def write(folder: Path, text: str, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def predictions(table: pa.Table) -> dict[str, tuple[float, float, int]]:
    names = ("session_id", "purchase_probability", "expected_revenue", "cluster_id")
    return {row[0]: row[1:] for row in zip(*(table[name].to_pylist() for name in names), strict=True)}


# Files


def test_every_session_of_an_event_log_is_scored(events: pa.Table, scored: pa.Table) -> None:
    assert scored.schema.names == [*SESSION_SCHEMA.names, *PREDICTION_SCHEMA.names]
    assert scored.schema.types == [*SESSION_SCHEMA.types, *PREDICTION_SCHEMA.types]
    assert set(scored["session_id"].to_pylist()) == set(events["session_id"].to_pylist())
    assert scored.num_rows == N_SESSIONS
    low_high = pc.min_max(scored["purchase_probability"]).as_py()
    assert 0 <= low_high["min"] < low_high["max"] <= 1
    bought = set(events.filter(pc.equal(events["event_type"], EventType.PURCHASE))["session_id"].to_pylist())
    assert set(scored.filter(scored["purchased"])["session_id"].to_pylist()) == bought


def test_the_order_of_rows_in_the_file_changes_nothing(
    events: pa.Table, scored: pa.Table, tmp_path: Path
) -> None:
    shuffled = events.take(pa.array(sorted(range(events.num_rows), key=lambda n: n * 7919 % 10007)))
    pa.csv.write_csv(shuffled, tmp_path / "shuffled.csv")
    score_file(tmp_path / "shuffled.csv", tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").equals(scored)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_csv_and_xlsx_hold_what_the_parquet_holds(
    suffix: str, export: Path, scored: pa.Table, tmp_path: Path
) -> None:
    out = tmp_path / f"out{suffix}"
    outcome = score_file(export, out)
    if suffix == ".csv":
        with out.open(newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        with closing(openpyxl.load_workbook(out, read_only=True)) as book:
            header, *cells = book.active.iter_rows(values_only=True)
        rows = [dict(zip(header, row, strict=True)) for row in cells]
    assert [row["session_id"] for row in rows] == scored["session_id"].to_pylist()
    revenue = sum(float(row["expected_revenue"]) for row in rows)
    assert revenue == pytest.approx(pc.sum(scored["expected_revenue"]).as_py(), abs=1e-6)
    assert outcome.scored.expected_revenue == pytest.approx(revenue, abs=1e-6)


def test_reasons_come_as_columns_where_they_are_asked_for(
    export: Path, scored: pa.Table, tmp_path: Path
) -> None:
    out = tmp_path / "scored.parquet"
    score_file(export, out, reasons=True)
    table = pq.read_table(out)
    added = table.column_names[scored.num_columns :]
    assert added[:4] == ["reason_1", "reason_1_feature", "reason_1_points", "reason_2"]
    assert len(added) == 9
    assert table.select(scored.column_names).equals(scored)
    assert all(text.endswith(("points", "point")) for text in table["reason_1"].to_pylist())


def test_the_outcome_tells_what_was_done(export: Path, tmp_path: Path) -> None:
    said: list[float] = []
    outcome = score_file(export, tmp_path / "out.parquet", progress=lambda share, _: said.append(share))
    lines = dict(outcome.lines())
    assert lines["Sessions"] == f"{N_SESSIONS:,}"
    assert lines["Rows"].endswith("0 refused")
    assert lines["Expected revenue"].endswith(" EUR")
    assert "Bought" in lines
    assert said == sorted(said)
    assert said[-1] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


def test_session_rows_keep_their_own_columns(tmp_path: Path) -> None:
    score_file(write(tmp_path, ROWS), tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    own = table.schema.names[len(SESSION_SCHEMA) : -len(PREDICTION_SCHEMA)]
    assert own == ["Mood", "file_purchase_probability"]
    assert table["session_id"].to_pylist() == ["a", "b", "c"]
    assert table["Mood"].to_pylist() == ["calm", "=1+1", None]
    assert table["clicks"].to_pylist() == [3, 1, 7]
    assert table["searches"].null_count == 3
    assert len(set(table["purchase_probability"].to_pylist())) == 3


def test_refused_rows_are_written_on_request(tmp_path: Path) -> None:
    text = "session_id,timestamp,event_type\ns,2026-01-01T10:00:00,search\n,2026-01-01T10:00:00,search\n"
    refused = tmp_path / "refused.csv"
    outcome = score_file(write(tmp_path, text), tmp_path / "out.parquet", rejected=refused)
    assert outcome.rejected == refused
    assert len(refused.read_text().splitlines()) == 2
    assert dict(outcome.lines())["Rows"] == "2 read, 1 refused"
    assert dict(outcome.lines())["Sessions"] == "1"


def test_unknown_columns_need_a_mapping(tmp_path: Path) -> None:
    path = write(tmp_path, "who,when,what\na,2026-01-01 10:00:00,looked\nb,2026-01-01 10:00:00,looked\n")
    with pytest.raises(MappingError, match=r"rows\.csv.*inspect rows\.csv --json.*--mapping"):
        score_file(path, tmp_path / "out.parquet")
    mapping = Mapping(
        kind="events",
        columns={"visitor_id": "who", "timestamp": "when", "event_type": "what"},
        event_types={"looked": "product_view"},
    )
    assert score_file(path, tmp_path / "out.parquet", mapping=mapping).scored.n_sessions == 2


@pytest.mark.parametrize("before", [None, b"an earlier result"])
def test_a_failure_leaves_nothing_and_touches_nothing(
    before: bytes | None, export: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.parquet"
    if before:
        out.write_bytes(before)
    with pytest.raises(BundleError):
        score_file(export, out, bundle="no-such-model")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([before] if before else [])


# The store


def test_the_steps_of_a_job_give_what_the_command_line_gives(
    store: Store, export: Path, scored: pa.Table, tmp_path: Path
) -> None:
    dataset = add(store, export, tmp_path)
    result = store.create_result(dataset.id, bundle="demo-shop")
    run_steps(store, result)
    done = store.result(result.id)
    assert (done.state, done.share, done.n_sessions, done.currency) == ("done", 1.0, N_SESSIONS, "EUR")
    assert done.has_outcomes
    assert done.has_revenue
    assert done.finished_at is not None
    assert pq.read_table(done.path).equals(scored)
    visible = sorted(path.name for path in done.folder.iterdir() if not path.name.startswith("."))
    assert visible == ["drift.json", "sessions.parquet"]
    dataset = store.dataset(dataset.id)
    assert dataset.report is not None
    assert dataset.report.rows_kept == dataset.report.rows_read
    assert sorted(path.name for path in dataset.folder.iterdir()) == ["events.parquet", "upload.csv"]


def test_a_second_result_reads_the_file_no_second_time(store: Store, export: Path, tmp_path: Path) -> None:
    dataset = add(store, export, tmp_path)
    first, second = (store.create_result(dataset.id, bundle="demo-shop") for _ in range(2))
    run_steps(store, first)
    read = dataset.events_path.stat()
    run_steps(store, second)
    assert dataset.events_path.stat().st_mtime_ns == read.st_mtime_ns
    assert pq.read_table(second.path).equals(pq.read_table(first.path))


def test_a_report_says_by_which_recipe_an_export_was_read(store: Store, tmp_path: Path) -> None:
    mapping = Mapping(kind="sessions", columns={"session_id": "besuch", "clicks": "klicks"})
    said = []
    for name in ("first.csv", "second.csv"):
        path = tmp_path / name
        path.write_text("besuch,klicks\na,3\nb,4\n", encoding="utf-8")
        dataset = store.add_dataset(path, filename=name)
        if dataset.recipe is None:
            store.set_mapping(dataset.id, mapping)
            columns = fingerprint(dataset.recognition)
            assert columns is not None
            store.keep_recipe(columns, name=dataset.name, mapping=mapping)
        ingest_step(store, store.create_result(dataset.id, bundle="demo-shop"))
        report = store.dataset(dataset.id).report
        assert report is not None
        said.append([made.text for made in report.assumptions])
    assert said[1] == [*said[0], "Read as before, by the recipe of “first.csv”."]


def test_every_step_can_be_run_twice(store: Store, export: Path, tmp_path: Path) -> None:
    dataset = add(store, export, tmp_path)
    result = store.create_result(dataset.id, bundle="demo-shop")
    half = dataset.folder / f".reading-{result.id}"
    half.mkdir()
    (half / "events.parquet").write_text("half of it")
    ingest_step(store, result)
    assert not half.exists()
    run_steps(store, result)
    first = pq.read_table(result.path)
    run_steps(store, result)
    assert pq.read_table(result.path).equals(first)


def test_session_rows_go_in_one_step_later(store: Store, tmp_path: Path) -> None:
    dataset = add(store, write(tmp_path, ROWS), tmp_path, "rows.csv")
    result = store.create_result(dataset.id, bundle="demo-shop")
    run_steps(store, result)
    done = store.result(result.id)
    assert (done.n_sessions, done.has_outcomes, done.has_revenue) == (3, True, False)
    assert any("synthetic" in note for note in done.notes)
    assert any("missing from this file" in note for note in done.notes)


def failing(store: Store, text: str, tmp_path: Path) -> Result:
    dataset = add(store, write(tmp_path, text), tmp_path)
    return store.create_result(dataset.id, bundle="demo-shop")


def test_a_file_in_which_nothing_can_be_kept_is_one_clear_error(store: Store, tmp_path: Path) -> None:
    result = failing(store, "session_id,timestamp,event_type\n,,\n,,\n", tmp_path)
    with pytest.raises(IngestError):
        run_steps(store, result)
    names = [path.name for path in store.dataset(result.dataset_id).folder.iterdir()]
    assert names == ["upload.csv"]


def test_no_step_begins_without_room(store: Store, export: Path, tmp_path: Path) -> None:
    dataset = add(store, export, tmp_path)
    result = store.create_result(dataset.id, bundle="demo-shop")
    store.settings = store.settings.model_copy(update={"min_free_bytes": 10**18})
    with pytest.raises(StorageError, match="GB free"):
        run_steps(store, result)
    assert [path.name for path in dataset.folder.iterdir()] == ["upload.csv"]


def test_the_outcome_says_how_far_to_trust_it(export: Path, tmp_path: Path) -> None:
    """A made-up shop's own model is judged by the outcomes of the export, as on the page."""
    outcome = score_file(export, tmp_path / "out.parquet")
    lines = dict(outcome.lines())
    assert outcome.trust is not None
    assert lines["Trust" if outcome.trust.act else "Don't act"] == outcome.trust.words


def test_no_revenue_is_told_of_a_file_without_amounts(tmp_path: Path) -> None:
    export = tmp_path / "sessions.csv"
    export.write_text("session_id,clicks,page_views\n" + "".join(f"s{n},{n},2\n" for n in range(40)))
    lines = dict(score_file(export, tmp_path / "out.parquet").lines())
    assert lines["Expected revenue"] == "amounts are missing from this file"
    assert lines["Don't act"].startswith("This model learned from a made-up shop")
