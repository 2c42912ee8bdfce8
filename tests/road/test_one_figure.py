"""One figure, one number: of card, result, report, drift and command line on the same sessions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.report.page import report_html
from core.bundle.threshold import read_counts
from core.cli.main import main
from core.report import open_scene
from core.results.accuracy import GROUPS, Quality
from core.results.drift.drift import measure_drift
from core.results.filters import Filters
from core.results.query import ask_one
from core.results.scored_sessions import ScoredSessions
from core.results.view import ResultView
from core.stats.decisions import decision_figures
from core.training.curves import curves
from core.training.evaluation import evaluate_file
from tests.components.report.test_report import Document
from tests.core.whatif.handmade import scored_rows, sessions
from tests.core.whatif.shop import Shop, shop

__all__ = ["shop"]

N = 3_000
Figure = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    """Sessions of visitors who come three times and resemble themselves; one in twenty has no visitor."""
    found, random = sessions(N, seed=31), np.random.default_rng(3)
    bought = np.asarray(found["purchased"].to_numpy(zero_copy_only=False), dtype=float)
    alike = np.argsort(np.argsort(bought + random.normal(0, 0.5, len(found)))) // 3
    visitors = [f"v{number}" if place % 20 else None for place, number in enumerate(alike)]
    place = found.column_names.index("visitor_id")
    return found.set_column(place, "visitor_id", pa.array(visitors, found.schema.field("visitor_id").type))


@pytest.fixture(scope="module")
def card(
    shop: Shop, rows: pa.Table, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Figure]]:
    path = tmp_path_factory.mktemp("told") / "sessions.parquet"
    pq.write_table(rows, path)
    return evaluate_file(path, shop.predictor)


@pytest.fixture(scope="module")
def quality(shop: Shop, rows: pa.Table) -> Quality:
    """The result is one of a shop's, so that its report can be written."""
    pq.write_table(scored_rows(rows, shop.predictor), shop.result.path)
    found = ResultView(shop.result.path).quality(Filters())
    assert found is not None
    return found


def pairs(card: dict[str, dict[str, Figure]], quality: Quality) -> dict[str, tuple[Figure, Figure]]:
    """Return what a card and a result say of the same thing."""
    purchase = {
        "roc_auc": quality.roc_auc,
        "pr_auc": quality.pr_auc,
        "base_rate": quality.conversion,
        "calibration_error": quality.calibration_error,
        "precision": quality.precision,
        "recall": quality.recall,
    }
    both = {name: (card["purchase"][name], figure.to_dict()) for name, figure in purchase.items()}
    both["revenue"] = (card["revenue"]["predicted_to_actual"], quality.revenue_ratio.to_dict())
    return both


def test_card_and_result_have_the_same_values(card: dict[str, dict[str, Figure]], quality: Quality) -> None:
    for name, (trained, shown) in pairs(card, quality).items():
        assert shown["value"] == pytest.approx(trained["value"], rel=1e-12), name
        assert (shown["n"], shown["unit"]) == (trained["n"], trained["unit"]), name


def test_card_and_result_have_the_same_intervals(
    shop: Shop, card: dict[str, dict[str, Figure]], quality: Quality
) -> None:
    # A result's visitors are told apart by a hash: two of them can fall together, and hardly matter.
    who = "coalesce(visitor_id, session_id)"
    sql = f"SELECT count(DISTINCT {who}) AS n, count(DISTINCT hash({who}) % {GROUPS}) AS groups FROM sessions"
    visitors = ask_one(ScoredSessions.of(shop.result.path), sql)
    assert visitors["n"] - visitors["groups"] < 0.02 * visitors["n"]
    for name, (trained, shown) in pairs(card, quality).items():
        assert (shown["low"], shown["high"]) == pytest.approx((trained["low"], trained["high"]), rel=0.005), (
            name
        )


def test_intervals_of_both_go_by_visitor(
    card: dict[str, dict[str, Figure]], rows: pa.Table, shop: Shop
) -> None:
    """Everybody's sessions are there twice: as many visitors, who tell no more than before."""
    twice = pa.concat_tables(
        [
            rows,
            rows.set_column(
                rows.column_names.index("session_id"),
                "session_id",
                pa.array([f"again-{session}" for session in rows["session_id"].to_pylist()]),
            ),
        ]
    ).filter(pa.array(np.tile([visitor is not None for visitor in rows["visitor_id"].to_pylist()], 2)))
    path = shop.result.path.with_name("twice.parquet")
    once = shop.result.path.with_name("once.parquet")
    pq.write_table(scored_rows(twice, shop.predictor), path)
    pq.write_table(scored_rows(twice.slice(0, len(twice) // 2), shop.predictor), once)
    more, less = (ResultView(file).quality(Filters()) for file in (path, once))
    assert more is not None
    assert less is not None
    for name in ("roc_auc", "pr_auc", "conversion", "precision", "recall", "revenue_ratio"):
        one, two = getattr(less, name), getattr(more, name)
        assert two.value == pytest.approx(one.value), name
        assert two.high - two.low == pytest.approx(one.high - one.low, rel=0.12), name


def test_the_threshold_of_a_card_says_the_same_as_its_figures(
    shop: Shop, rows: pa.Table, card: dict[str, dict[str, Figure]]
) -> None:
    told = curves(scored_rows(rows, shop.predictor), shop.predictor.threshold or 0.0)
    counts = next(count for count in read_counts(told) if count.threshold == shop.predictor.threshold)
    assert counts.design_effect > 1
    for name, figure in decision_figures(counts).items():
        assert figure.to_dict() == card["purchase"][name], name


def test_report_and_drift_say_what_the_result_says(shop: Shop, quality: Quality) -> None:
    scene = open_scene(shop.result.id, Filters(), shop.settings, "A shop")
    text = Document("".join(report_html(scene, now=datetime(2026, 11, 24, tzinfo=UTC)))).text
    assert f"Ranking (ROC-AUC) {quality.roc_auc.value:.3f}" in text
    assert f"Conversion {100 * (quality.conversion.value or 0):.2f}%" in text
    live = {line.key: line.now for line in measure_drift(shop.result.path, shop.predictor).live}
    assert live["roc_auc"] == quality.roc_auc
    assert live["pr_auc"] == quality.pr_auc
    assert live["calibration_error"] == quality.calibration_error


def test_the_command_line_says_what_the_card_says(
    shop: Shop,
    rows: pa.Table,
    card: dict[str, dict[str, Figure]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    export = tmp_path / "sessions.parquet"
    pq.write_table(rows, export)
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", str(export), "--json"])
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    for group, names in told.items():
        for name, figure in names.items():
            known = card[group][name]
            assert (figure["n"], figure["unit"]) == (known["n"], known["unit"]), (group, name)
            for part in ("value", "low", "high"):
                wanted = None if known[part] is None else pytest.approx(known[part], rel=1e-9)
                assert figure[part] == wanted, (group, name, part)
