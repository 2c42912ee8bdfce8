"""Histograms: round edges, and every session in one bar."""

from __future__ import annotations

import math

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.results.distributions import amount_edges, bin_sql, round_step


@pytest.mark.parametrize(
    ("size", "step"), [(0.9, 1), (1, 1), (1.2, 2), (2.2, 2.5), (3, 5), (70, 100), (0.012, 0.02)]
)
def test_steps_are_round(size: float, step: float) -> None:
    assert round_step(size) == pytest.approx(step)


def test_amounts_alike_get_equal_steps() -> None:
    assert amount_edges(100, [40, 60, 95]) == (*(5.0 * place for place in range(20)), math.inf)


def test_a_heavy_tail_gets_growing_steps() -> None:
    assert amount_edges(5000, [1.3, 10, 400]) == (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, math.inf)


def test_nothing_has_one_bar() -> None:
    assert amount_edges(None, None) == (0.0, math.inf)


@given(st.lists(st.floats(1e-6, 1e7), min_size=3, max_size=3).map(sorted))
@example([1e-6, 1e-6, 1e-6])
@example([1e-6, 1.0, 1e7])
def test_edges_rise_and_reach_the_99th_percentile(quantiles: list[float]) -> None:
    edges = amount_edges(2 * quantiles[-1], quantiles)
    assert list(edges) == sorted(set(edges))
    assert edges[0] == 0
    assert edges[-2] >= quantiles[-1] * (1 - 1e-5)
    assert len(edges) < 40


def test_the_lower_edge_belongs_to_a_bar() -> None:
    edges = (0.0, 1.0, 2.0, math.inf)
    values = [-1.0, 0.0, 0.999, 1.0, 1.5, 2.0, 1e9]
    found = duckdb.sql(f"SELECT {bin_sql('v', edges)} FROM (SELECT unnest({values}) AS v)").fetchall()
    assert [row[0] for row in found] == [0, 0, 0, 1, 1, 2, 2]
