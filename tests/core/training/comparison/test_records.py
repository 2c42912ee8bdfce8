"""A comparison is read as it was written, by this version or an earlier one."""

from __future__ import annotations

import json
from dataclasses import replace

from core.stats.estimate import Figure
from core.training.comparison.records import Comparison, MetricComparison
from core.training.comparison.verdict import verdict

LINE = MetricComparison(
    key="roc_auc",
    label="ROC-AUC",
    unit="score",
    new=Figure(value=0.8, low=0.75, high=0.85, n=1200, unit="score"),
    old=Figure(value=0.7, low=0.6, high=0.8, n=1200, unit="score"),
    difference=Figure(value=None, low=None, high=None, n=1200, unit="score"),
    better="level",
)
COMPARISON = Comparison(
    new="spring", old="demo", n=1200, buyers=90, lines=(LINE,), verdict="About as good.", warnings=("One.",)
)


def test_it_is_read_as_it_was_written() -> None:
    assert Comparison.from_dict(json.loads(json.dumps(COMPARISON.to_dict()))) == COMPARISON


def test_figures_are_written_as_earlier_versions_wrote_them() -> None:
    (line,) = COMPARISON.to_dict()["lines"]
    assert all(line[part].keys() == {"value", "low", "high"} for part in ("new", "old", "difference"))


def test_a_difference_that_decides_nothing_is_named_beside_the_verdict() -> None:
    gain = replace(LINE, key="f1", label="F1", better="new")
    assert "only in “F1” is the difference larger than chance" in verdict((LINE, gain), 45, 7)[1]
    assert "no difference is larger than chance" in verdict((LINE,), 45, 7)[1]
