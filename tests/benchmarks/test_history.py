"""The history of ratios: what is written is read again, and only what is beyond the spread got worse."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.history import Entry, compared, in_turn, read, record, tell


def test_product_and_baseline_run_in_turn() -> None:
    calls: list[str] = []

    def run(name: str, took: float) -> float:
        calls.append(name)
        return took

    assert in_turn(lambda: run("A", 2.0), lambda: run("B", 1.0), 2) == ([2.0, 2.0], [1.0, 1.0])
    assert calls == ["A", "B", "A", "B"]


def test_a_measurement_is_kept_with_its_spread(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    first = record("files", "small", [2.0, 3.0, 4.0], [1.0, 2.0, 1.0], file=file)
    second = record("files", "small", [2.0], [1.0], file=file)
    assert read(file) == [first, second]
    assert (first.ratio, first.low, first.high, first.runs) == (2.0, 1.5, 4.0, 3)
    assert first.cores == os.cpu_count()
    assert read(tmp_path / "none.jsonl") == []


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [([1.3, 1.4], "WORSE"), ([1.15, 1.9], "same"), ([0.5, 0.7], "better"), ([0.85, 1.0], "same")],
)
def test_only_what_is_beyond_every_run_before_changed(
    ratios: list[float], verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "history.jsonl"
    # The first is too long ago to tell what is usual.
    for before in ([9.0, 9.0], [0.9, 1.0], [1.0, 1.2], [0.8, 1.1], ratios):
        record("files", "small", before, [1.0] * len(before), file=file)
    record("files", "large", [5.0], [1.0], file=file)
    found = {now.of: said for now, _, said in compared(read(file))}
    assert found == {"small": verdict, "large": "first"}
    assert tell(read(file)) == (verdict == "WORSE")
    assert verdict in capsys.readouterr().out


def test_other_machines_are_not_compared() -> None:
    here = Entry.of_ratios("files", "small", [1.0], "s")
    fields = {name: getattr(here, name) for name in Entry.__slots__}
    there = Entry(**fields | {"cores": here.cores + 1, "ratio": 9.0, "low": 9.0, "high": 9.0})
    assert [said for _, _, said in compared([here, there])] == ["first", "first"]
