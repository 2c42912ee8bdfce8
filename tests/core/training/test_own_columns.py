"""Columns of a shop's own: learned from, listed, asked for, shown, and done without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.results.table import column_defs, grid_rows
from components.whatif.form import form_panel
from core.base.settings import Settings
from core.bundle.predictor import OWN_GROUP, Predictor
from core.bundle.repository import Bundle
from core.ingest import ingest
from core.results.caveats import notes_for
from core.results.drift.drift import measure_drift
from core.results.filters import Filters
from core.results.table.ag_grid import GridRequest
from core.results.table.download import write_export
from core.results.table.rows import page
from core.results.view import ResultView
from core.scoring.pipeline import score_file
from core.scoring.steps import predict_sessions
from core.training.purchase.options import QUICK
from core.training.train import train
from core.whatif.form import Form
from tests.components.reading import text
from tests.core.training.sessions import session_frame, write_sessions

N = 1_500
UCI = "online_shoppers_intention.csv"
OWN_UCI = {
    "Administrative", "Administrative_Duration", "Informational", "Informational_Duration",
    "ProductRelated_Duration", "BounceRates", "ExitRates", "PageValues", "SpecialDay", "Month",
    "OperatingSystems", "Browser", "Region", "TrafficType",
}  # fmt: skip


@dataclass(frozen=True)
class Own:
    """A bundle trained on columns of its own."""

    bundle: Bundle
    predictor: Predictor
    frame: pd.DataFrame


def _with_own(frame: pd.DataFrame) -> pd.DataFrame:
    """Add own columns: telling ones, one of many values, ids, and awkward names."""
    random = np.random.default_rng(1)
    n, bought = len(frame), frame["purchased"].to_numpy()
    return frame.assign(
        page_worth=np.where(bought, random.gamma(4, 10, n), random.gamma(1, 3, n)).round(2),
        **{'Traffic "type"': np.where(bought & (random.random(n) < 0.7), "newsletter", "search")},
        result=random.choice(["a", "b", "c"], n),
        landing=[f"page {number}" for number in random.exponential(25, n).astype(int)],
        has_coupon=random.random(n) < 0.2,
        order_number=np.arange(5_000, 5_000 + n),
        token=[f"t{number}" for number in range(n)],
    )


def _train(sessions: Path, folder: Path, name: str) -> Own:
    settings = Settings(models_dir=folder / "models", data_dir=folder / "data", bundle=name)
    bundle = train(
        sessions, name=name, settings=settings, source="own columns", synthetic=False, options=QUICK
    ).bundle
    return Own(bundle, Predictor.load(name, settings), pd.read_parquet(sessions))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Own:
    folder = tmp_path_factory.mktemp("own")
    return _train(write_sessions(_with_own(session_frame(N)), folder / "sessions.parquet"), folder, "own")


@pytest.fixture(scope="module")
def uci(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    folder = tmp_path_factory.mktemp("uci")
    some = folder / UCI
    pd.read_csv(shared_data / UCI).sample(3_000, random_state=0).to_csv(some, index=False)
    ingest(some, folder)
    yield _train(folder / "sessions.parquet", folder, "uci")


def test_telling_columns_are_learned_from_and_ids_are_not(own: Own) -> None:
    notes = {note.name: note for note in own.bundle.manifest.features}
    assert {"page_worth", 'Traffic "type"', "result", "landing", "has_coupon"} <= notes.keys()
    assert notes.keys().isdisjoint({"order_number", "token", "session_id", "visitor_id"})
    assert (notes["page_worth"].kind, notes["page_worth"].dtype) == ("number", "double")
    assert (notes["has_coupon"].kind, notes["has_coupon"].dtype) == ("flag", "bool")
    assert notes['Traffic "type"'].choices == ("search", "newsletter")
    assert len(notes["landing"].choices or ()) <= 24


def test_they_change_the_answer(own: Own) -> None:
    row = own.frame.drop(columns=["purchased", "revenue"]).iloc[0].to_dict() | {'Traffic "type"': "search"}
    low = own.predictor.predict_one(row | {"page_worth": 0.5})
    high = own.predictor.predict_one(row | {"page_worth": 60.0, 'Traffic "type"': "newsletter"})
    assert float(str(high["purchase_probability"])) > 2 * float(str(low["purchase_probability"]))


def test_the_form_asks_for_them_under_a_heading_of_their_own(own: Own) -> None:
    fields = {field.name: field for field in own.predictor.form_fields() if field.group == OWN_GROUP}
    assert set(fields) == {"page_worth", 'Traffic "type"', "result", "landing", "has_coupon"}
    form = Form(own.predictor.form_fields())
    values = form.defaults()
    panel = form_panel(form=form, values=values, linked=True, problems=(), currency="EUR")
    assert OWN_GROUP in text(panel)
    assert 'Traffic "type"' in text(panel)
    assert own.predictor.predict_one(form.row(values))["purchase_probability"] is not None


def test_a_link_tells_a_column_called_like_an_argument_apart(own: Own) -> None:
    form = Form(own.predictor.form_fields())
    query = form.to_query(form.defaults() | {"result": "c", 'Traffic "type"': "newsletter"})
    assert "column.result=c" in query
    values, notes = form.from_query({"result": "r1", "column.result": "c", 'Traffic "type"': "newsletter"})
    assert (values["result"], values['Traffic "type"'], notes) == ("c", "newsletter", [])


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("page_worth", None),
        ('Traffic "type"', None),
        ("page_worth", pa.nulls(200, pa.string())),
        ('Traffic "type"', pa.array(["never seen"] * 200)),
        ("landing", pa.array(range(200))),
        ("has_coupon", pa.array([0, 1] * 100)),
        ("page_worth", pa.array([float("inf"), float("nan")] * 100)),
    ],
)
def test_sessions_without_them_or_with_other_values_get_an_answer(
    own: Own, column: str, values: pa.Array | None, tmp_path: Path
) -> None:
    table = pq.read_table(write_sessions(own.frame.iloc[:200], tmp_path / "s.parquet")).drop_columns([column])
    if values is not None:
        table = table.append_column(column, values)
    answer = own.predictor.predict(table)
    assert answer["purchase_probability"].null_count == 0
    assert answer["cluster_id"].null_count == 0


def test_a_result_shows_and_downloads_them_and_says_what_is_new(own: Own, tmp_path: Path) -> None:
    frame = own.frame.iloc[:400].assign(**{'Traffic "type"': "never seen"})
    out = tmp_path / "scored.parquet"
    predict_sessions(write_sessions(frame, tmp_path / "s.parquet"), out, predictor=own.predictor)
    view = ResultView(out)
    assert 'Traffic "type"' in {column.name for column in view.own}
    rows, _ = page(view, Filters(), GridRequest(stop=20))
    shown = grid_rows(rows=rows, result_id="r", told=view.told, own=view.own)
    heads = {
        column["headerName"]: column["field"]
        for column in column_defs(told=view.told, filters=Filters(), currency="EUR", own=view.own)
    }
    assert {row[heads['Traffic "type"']] for row in shown} == {"never seen"}
    assert {row[heads["has_coupon"]] for row in shown} <= {"Yes", "No"}
    by_id = frame.set_index("session_id")["page_worth"]
    assert [row[heads["page_worth"]] for row in shown] == [by_id[row["session_id"]] for row in shown]

    write_export(view, Filters(), tmp_path / "out.parquet", "parquet")
    assert set(pd.read_parquet(tmp_path / "out.parquet")['Traffic "type"']) == {"never seen"}
    drift = measure_drift(out, own.predictor)
    assert next(f for f in drift.features if f.name == 'Traffic "type"').unknown == 1
    notes = notes_for(out, predictor=own.predictor, currency="EUR", synthetic=False)
    assert any("traffic" in note and "never saw" in note for note in notes)


def test_online_shoppers_trains_on_all_of_its_columns(uci: Own) -> None:
    assert {note.name for note in uci.bundle.manifest.features} >= OWN_UCI
    assert {f.name for f in uci.predictor.form_fields() if f.group == OWN_GROUP} == OWN_UCI
    # On the few sessions of this sample; without the columns of its own it is not above 0.75.
    assert uci.bundle.manifest.metrics["purchase"]["roc_auc"]["value"] > 0.85


def test_online_shoppers_without_a_column_and_with_a_new_month_is_scored(
    uci: Own, shared_data: Path, tmp_path: Path
) -> None:
    frame = pd.read_csv(shared_data / UCI).head(300).drop(columns=["PageValues"])
    frame.loc[:99, "Month"] = "Smarch"
    frame.to_csv(tmp_path / UCI, index=False)
    settings = Settings(models_dir=uci.bundle.folder.parent, data_dir=tmp_path / "data", bundle="uci")
    outcome = score_file(tmp_path / UCI, tmp_path / "out.parquet", settings=settings)
    scored = pd.read_parquet(tmp_path / "out.parquet")
    assert outcome.bundle == "uci"
    assert scored["purchase_probability"].notna().all()
    assert set(scored["Month"]) >= {"Smarch"}
