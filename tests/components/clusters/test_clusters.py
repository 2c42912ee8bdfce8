"""The clusters page: what is said where, for observed and for predicted outcomes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dash.development.base_component import Component

from components.clusters.detail import detail, differences_in_words
from components.clusters.number_of_clusters import why
from components.clusters.page import clusters_page, item_id
from components.clusters.session_map import axis_words
from components.clusters.state import BOTH, NOT_UNDERSTOOD, Choice, read_choice
from core.bundle.repository import ClusterNote, Manifest
from core.results.clusters.profiles import ClusterView
from core.results.sources import Source
from core.schema.sessions import OUTCOMES, PREDICTION_SCHEMA
from tests.core.results.scored import scored_frame, write_scored

SENTENCES = {0: "They look.", 1: "They compare.", 2: "They fill a cart."}
TRIED = [
    {"k": k, "silhouette": apart, "silhouette_low": apart - 0.01, "silhouette_high": apart + 0.01, "n": 4_000}
    | {"stability": again, "stability_low": again - 0.02, "stability_high": again + 0.02, "resamples": 12}
    | {"smallest": 0.2}
    for k, apart, again in ((2, 0.41, 0.97), (3, 0.38, 0.95), (4, 0.3, 0.6))
]
MANIFEST = Manifest(
    name="demo-shop",
    created_at="2026-01-01T00:00:00+00:00",
    currency="EUR",
    synthetic=True,
    base_rate=0.03,
    threshold=0.2,
    features=(),
    clusters=tuple(ClusterNote(name=f"Kind {n}", sentence=said) for n, said in SENTENCES.items()),
    training={},
    purchase={},
    revenue=None,
    metrics={"clusters": {"silhouette": {"value": 0.372, "low": 0.366, "high": 0.379, "n": 3_785}}},
    clustering={"k": 3, "chosen_by": "fit", "candidates": TRIED, "reason": "Two were stable.", "kept": {}},
)


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


def _page(path: Path, selected: int | None = None, chosen: str = "map", **changes: object) -> Component:
    source = _source(path, **changes)
    choice = Choice(view=chosen, cluster=selected)
    return clusters_page(
        sources=[source], source=source, view=ClusterView(path), manifest=MANIFEST, choice=choice
    )


def _drawn(path: Path, **chosen: object) -> str:
    """Return the whole page of a choice as text, its tables included."""
    source = _source(path)
    page = clusters_page(
        sources=[source], source=source, view=ClusterView(path), manifest=MANIFEST, choice=Choice(**chosen)
    )
    tables = [
        str(part.to_plotly_json()["props"].get("data-table", ""))
        for part in page._traverse()
        if hasattr(part, "to_plotly_json")
    ]
    return "\n".join([_text(page), *tables])


def _text(component: Component) -> str:
    found = []
    for piece in component._traverse():
        children = piece if isinstance(piece, str) else getattr(piece, "children", None)
        if isinstance(children, str):
            found.append(children)
        if isinstance(piece, Component):
            # Parts that are drawn without Dash.
            found.append(str(piece.to_plotly_json()["props"].get("data-component", "")))
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
    assert "Typical sessions" in _text(page)
    assert _by_id(page, "clusters-selected").data == {"cluster": 2, "area": ""}


def test_typical_sessions_open_in_what_if(path: Path) -> None:
    shown = detail(source=_source(path), view=ClusterView(path), sentences=SENTENCES, selected=2)
    links = [part.href for part in shown._traverse() if type(part).__name__ == "Link"]
    typical = ClusterView(path).typical(2)

    assert links[1::2] == [f"/what-if?result=r1&session={row['session_id']}" for row in typical]
    assert links[::2] == [f"/results/r1/session?session={row['session_id']}" for row in typical]


def test_differences_are_said_as_people_say_them(path: Path) -> None:
    said = " ".join(_text(differences_in_words(ClusterView(path).profile(), 2, "EUR")).split())

    assert "More added to cart : 2.04 on average, against 0.18" in said
    assert "Higher cart value : €61.11 on average" in said


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
    assert "Predicted conversion" in _text(_page(unknown, chosen="all"))
    assert "Expected revenue" in _text(_page(unknown, chosen="all"))
    assert "Amounts are missing" in _text(_page(half))
    assert "predicted" not in _text(_page(path)).replace("predicted probability", "")


def test_made_up_data_is_called_so(path: Path) -> None:
    assert "synthetic demo shop" in _text(_page(path, synthetic=True))
    assert "synthetic demo shop" not in _text(_page(path))


def test_a_source_without_sessions_says_so(tmp_path: Path) -> None:
    empty = write_scored(scored_frame(5).iloc[:0], tmp_path / "empty.parquet")

    assert "No sessions here" in _text(_page(empty))


def test_every_chart_has_a_table_with_the_same_clusters(path: Path) -> None:
    for chosen, expected in (("map", 1), ("all", 4), ("two", 3), ("time", 2), ("where", 1), ("why", 1)):
        page = _page(path, selected=1, chosen=chosen)
        charts = [part for part in page._traverse() if getattr(part, "className", None) == "chart-frame"]
        tables = [part for part in page._traverse() if getattr(part, "className", None) == "chart-twin"]

        assert len(charts) == len(tables) == expected, chosen


def test_the_axes_say_which_way_they_grow(path: Path) -> None:
    horizontal, vertical = axis_words(ClusterView(path))

    assert horizontal.startswith("more: ")
    assert horizontal.endswith(" →")
    assert vertical == "", "nothing goes along with noise"


def test_it_is_told_why_there_are_so_many_clusters_and_how_good_they_are(path: Path) -> None:
    page = _page(path, chosen="why")
    said = _text(page)
    twins = (getattr(part, "data-table", None) for part in page._traverse())
    twin = next(table for table in twins if table and "Stability" in table)

    for words in (
        "Why this many clusters",
        "Two were stable.",
        "0.372",
        "0.366 to 0.379, n\u00a0=\u00a03,785 sessions",
    ):
        assert words in said
    assert "0.930 to 0.970, n\u00a0=\u00a012 samples" in said
    assert "3 (chosen)" in twin
    assert "0.38 (0.37 to 0.39)" in twin
    figure = _by_id(page, "clusters-why").figure
    assert [trace.name for trace in figure.data] == ["separation (silhouette)", "stability (adjusted Rand)"]
    assert figure.layout.annotations[0].text == "3 chosen"


def test_the_number_is_set_by_hand_where_a_model_is_trained(path: Path) -> None:
    assert "/train?clusters=3" in str(_page(path, chosen="why"))
    assert "/train?dataset=d7&clusters=3" in str(_page(path, chosen="why", dataset_id="d7"))


def test_a_model_of_older_versions_tells_what_it_knows(path: Path) -> None:
    source = _source(path)
    older = replace(MANIFEST, clustering={}, curves={"silhouettes": {"3": 0.38, "2": 0.3}}, metrics={})
    said = _text(why(source=source, manifest=older))

    assert "Of the numbers tried, 3 separates visits best" in said
    assert "not measured for this model" in said
    assert "was deleted or retrained" in _text(why(source=source, manifest=None))


def test_clusters_are_called_by_the_names_they_have_now(path: Path) -> None:
    view = ClusterView(path, {0: "Ours"})
    named = {cluster.cluster_id: cluster.name for cluster in view.outcomes().clusters}
    scored = {cluster.cluster_id: cluster.name for cluster in ClusterView(path).outcomes().clusters}

    assert named == scored | {0: "Ours"}


def test_without_predictions_the_page_says_so_and_leaves_them_away(tmp_path: Path) -> None:
    frame = scored_frame()
    unknown = [name for name in PREDICTION_SCHEMA.names if not name.startswith("cluster")]
    frame = frame.assign(**dict.fromkeys([*unknown, *OUTCOMES]))
    written = write_scored(frame, tmp_path / "sessions.parquet")
    said = _text(_page(written)) + _text(_page(written, chosen="all"))

    assert "This model has behaviour clusters only, because purchases were missing" in said
    for words in ("Conversion", "Predicted conversion", "Revenue", "likely buyers", "0%"):
        assert words not in said.split("\n"), words
    assert "of sessions" in said
    offered = [option["value"] for option in _by_id(_page(written), "clusters-colour").options]
    assert "cluster_id" in offered
    assert "purchase_probability" not in offered


AREA = "0.5:-2,1.5:-2,1.5:2,0.5:2"


def test_an_area_is_told_with_its_sessions_and_the_ways_on(path: Path) -> None:
    frame = scored_frame()
    within = frame[frame.cluster_x.astype("float32").between(0.5, 1.5)]
    said = _drawn(path, area=AREA)
    page = str(
        clusters_page(
            sources=[_source(path)],
            source=_source(path),
            view=ClusterView(path),
            manifest=MANIFEST,
            choice=Choice(area=AREA),
        )
    )

    assert f"{len(within)} sessions in this area" in said
    assert f"/audiences/new?result=r1&area={AREA}" in page
    assert f"/results/r1?area={AREA}" in page
    assert "Expected buyers" in said
    assert "There are no sessions in that area" in _drawn(path, area="90:90,91:90,91:91")


def test_the_training_data_leads_to_no_result(path: Path) -> None:
    source = _source(path, id="training")
    page = str(
        clusters_page(
            sources=[source], source=source, view=ClusterView(path), manifest=None, choice=Choice(area=AREA)
        )
    )

    assert "sessions in this area" in page
    for address in ("/audiences/new", "/results/training"):
        assert address not in page


def test_every_choice_comes_back_from_its_address(path: Path) -> None:
    view = ClusterView(path)
    for choice in (
        Choice(),
        Choice(cluster=2, colour="purchase_probability", frame="-1:-1,1.5:1"),
        Choice(area=AREA, colour="price_mean"),
        Choice(view="two", cluster=0, other=2),
        Choice(view="where", rows="weekday", columns="country_group", measure="revenue", only=1),
        Choice(view="time", step="day"),
    ):
        query = dict(parse_qsl(choice.query("r1")))
        assert query.pop("source") == "r1"
        assert read_choice(query, view) == (choice, [])


def test_what_an_address_asks_for_in_vain_falls_back_with_a_note(path: Path) -> None:
    view = ClusterView(path)

    assert read_choice({"view": "moon", "colour": "luck", "frame": "x"}, view) == (Choice(), [NOT_UNDERSTOOD])
    assert read_choice({"area": "1:1", "with": "99"}, view) == (Choice(), [NOT_UNDERSTOOD])
    assert read_choice({"cluster": "1", "area": AREA, "utm_source": "mail"}, view) == (
        Choice(area=AREA),
        [BOTH],
    )


def test_two_clusters_are_compared_in_words_and_figures(path: Path) -> None:
    said = _drawn(path, view="two", cluster=2, other=0)

    assert "more buy in the first (95% interval +" in said
    assert "may be chance" not in said
    assert "Biggest differences" in said
    assert '"caption": "Revenue per session"' in said


def test_crossings_say_their_n_where_it_is_small(path: Path) -> None:
    shown = _page(path, chosen="where")
    figure = _by_id(shown, "clusters-crossed").figure
    heat, _, words = figure.data

    told = [text for text in words.text if "n = " in text]
    assert told, "one cluster is small"
    assert len([value for line in heat.z for value in line if value is None]) == len(told)
    assert "Choose two different groupings" in _drawn(path, view="where", rows="weekday", columns="weekday")


def test_without_single_events_there_is_no_journey_and_it_says_so(path: Path) -> None:
    assert "The steps aren't known" in _drawn(path, view="path", cluster=1)


def test_a_shops_own_column_is_offered_as_a_colour_and_a_link_restores_it(tmp_path: Path) -> None:
    path = write_scored(scored_frame(60), tmp_path / "sessions.parquet")
    table = pq.read_table(path)
    pq.write_table(table.append_column("Loyalty tier", pa.array(["gold", "silver"] * 30)), path)
    offered = {one["value"]: one["label"] for one in _by_id(_page(path), "clusters-colour").options}

    assert offered["own_0"] == "Your own columns: Loyalty tier"
    told = dict(parse_qsl(Choice(colour="own_0").query("r1")))
    assert read_choice(told, ClusterView(path)) == (Choice(colour="own_0"), [])
