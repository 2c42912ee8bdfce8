"""The clusters page: what is said where, for observed and for predicted outcomes."""

from __future__ import annotations

from pathlib import Path

import pytest
from dash.development.base_component import Component

from components.clusters import axis_words, clusters_page, item_id
from components.clusters_detail import detail
from core.analysis.clusters import ClusterView
from core.analysis.sources import Source
from tests.core.analysis.scored import scored_frame, write_scored

SENTENCES = {0: "They look.", 1: "They compare.", 2: "They fill a cart."}


def _source(path: Path, **changes: object) -> Source:
    told: dict[str, object] = {
        "id": "r1",
        "name": "March",
        "description": "All 600 sessions of “March”.",
        "path": path,
        "bundle": "demo-shop",
        "currency": "EUR",
        "synthetic": False,
    }
    return Source(**(told | changes))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scored(scored_frame(), tmp_path_factory.mktemp("s") / "sessions.parquet")


def _page(path: Path, selected: int | None = None, **changes: object) -> Component:
    source = _source(path, **changes)
    return clusters_page(
        sources=[source], source=source, view=ClusterView(path), sentences=SENTENCES, selected=selected
    )


def _text(component: Component) -> str:
    found = []
    for piece in component._traverse():
        children = piece if isinstance(piece, str) else getattr(piece, "children", None)
        if isinstance(children, str):
            found.append(children)
    return "\n".join(found)


def _by_id(component: Component, identity: object) -> Component:
    return next(part for part in component._traverse() if getattr(part, "id", None) == identity)


def test_the_list_names_every_cluster_with_its_sentence(path: Path) -> None:
    page = _page(path)
    said = _text(page)

    assert "3 clusters, largest first" in said
    for cluster, sentence in SENTENCES.items():
        assert sentence in said
        assert "selected" not in _by_id(page, item_id(cluster)).className
    assert "Choose a cluster" in said


def test_a_selected_cluster_is_marked_and_shown_in_depth(path: Path) -> None:
    page = _page(path, selected=2)

    assert "selected" in _by_id(page, item_id(2)).className
    assert "selected" not in _by_id(page, item_id(0)).className
    assert "What sets it apart" in _text(page)
    assert _by_id(page, "clusters-map").figure.data[2].marker.opacity > 0.5


def test_typical_sessions_open_in_what_if(path: Path) -> None:
    shown = detail(source=_source(path), view=ClusterView(path), sentences=SENTENCES, selected=2)
    links = [part.href for part in shown._traverse() if type(part).__name__ == "Link"]
    typical = ClusterView(path).typical(2)

    assert links == [f"/what-if?result=r1&session={row['session_id']}" for row in typical]


def test_typical_sessions_say_what_they_pay_if_they_buy(tmp_path: Path, path: Path) -> None:
    older = scored_frame(200).drop(columns=["revenue_low", "revenue_high"])
    known = detail(source=_source(path), view=ClusterView(path), sentences=SENTENCES, selected=2)
    view = ClusterView(write_scored(older, tmp_path / "older.parquet"))
    unknown = detail(source=_source(path), view=view, sentences=SENTENCES, selected=2)

    assert "€60 (30–115)" in _text(known)
    assert "€60.00" in _text(unknown)


def test_it_says_what_is_predicted(tmp_path: Path, path: Path) -> None:
    frame = scored_frame(200, outcomes=False)
    unknown = write_scored(frame, tmp_path / "unknown.parquet")
    half = write_scored(scored_frame(200).assign(revenue=None), tmp_path / "half.parquet")

    assert "conversion and revenue are predicted" in _text(_page(unknown, selected=0))
    assert "Predicted conversion" in _text(_page(unknown))
    assert "Expected revenue" in _text(_page(unknown))
    assert "not what was paid" in _text(_page(half))
    assert "predicted" not in _text(_page(path)).replace("predicted probability", "")


def test_made_up_data_is_called_so(path: Path) -> None:
    assert "synthetic demo shop" in _text(_page(path, synthetic=True))
    assert "synthetic demo shop" not in _text(_page(path))


def test_a_source_without_sessions_says_so(tmp_path: Path) -> None:
    empty = write_scored(scored_frame(5).iloc[:0], tmp_path / "empty.parquet")

    assert "No sessions here" in _text(_page(empty))


def test_every_chart_has_a_table_with_the_same_clusters(path: Path) -> None:
    page = _page(path, selected=1)
    charts = [part for part in page._traverse() if type(part).__name__ == "Graph"]
    tables = [part for part in page._traverse() if getattr(part, "className", None) == "chart-twin"]

    assert len(charts) == len(tables) == 6


def test_the_axes_say_which_way_they_grow(path: Path) -> None:
    horizontal, vertical = axis_words(ClusterView(path))

    assert horizontal.startswith("more: ")
    assert horizontal.endswith(" →")
    assert vertical == "", "nothing goes along with noise"
