"""A definition applied to scored sessions: who is chosen, in what order, and what is exported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from core.audiences import Definition, select
from core.audiences.selection import Selection
from core.base.errors import AudienceError
from core.results import query
from core.results.export import stream_query
from core.results.sources import Source
from tests.core.audiences.independent import hashed_id, is_held_out
from tests.core.results.scored import scored_frame, write_scored

BASE = Definition(salt="spring")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    made = scored_frame(600)
    # Three visits for every visitor, some ids in another case, some visitors not told.
    made["visitor_id"] = [f"V{number // 3}" if number % 2 else f" v{number // 3}" for number in range(600)]
    made.loc[::50, "visitor_id"] = None
    # Ties at every cut.
    made["purchase_probability"] = made["purchase_probability"].round(2)
    made["expected_revenue"] = made["purchase_probability"] * made["revenue_if_purchase"]
    return made


@pytest.fixture(scope="module")
def source(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Source:
    return source_of(write_scored(frame, tmp_path_factory.mktemp("audience") / "sessions.parquet"))


def source_of(path: Path) -> Source:
    return Source(
        id="r1", name="March", description="", path=path, bundle="demo-shop", currency="EUR", synthetic=True
    )


def rows(selection: Selection, **options: object) -> pd.DataFrame:
    with query.connect(alone=True) as connection:
        return connection.execute(*selection.query(connection, **options)).fetchdf()


def expected(frame: pd.DataFrame, definition: Definition) -> pd.DataFrame:
    """Choose by hand, with pandas."""
    own = frame[f"{definition.id_kind}_id"]
    people = frame[own.notna()].assign(key=own.dropna().str.strip().str.lower())
    if definition.leave_out_buyers:
        column = "key" if definition.id_kind == "visitor" else "session_id"
        people = people[~people[column].isin(people.loc[people["purchased"], column])]
    ranked = people.sort_values([definition.rank_column, "session_id"], ascending=[False, True])
    return ranked.drop_duplicates("key") if definition.one_row_per == "visitor" else ranked


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"pick": "all"}, lambda people: len(people)),
        ({"pick": "top_share", "amount": 0.1}, lambda people: -(-len(people) // 10)),
        ({"pick": "top_n", "amount": 17.0, "rank_by": "expected_revenue"}, lambda people: 17),
        ({"pick": "top_n", "amount": 1e6}, lambda people: len(people)),
        ({"pick": "threshold", "amount": 0.05}, lambda p: (p["purchase_probability"] >= 0.05).sum()),
        (
            {"pick": "min_expected_revenue", "amount": 3.0},
            lambda p: (p["expected_revenue"] >= 3).sum(),
        ),
        (
            {"pick": "all", "one_row_per": "session", "id_kind": "session", "leave_out_buyers": False},
            lambda people: 600,
        ),
    ],
)
def test_the_right_ones_are_chosen_best_first(frame, source, changes, size) -> None:
    definition = replace(BASE, **changes)
    by_hand = expected(frame, definition)
    by_hand = by_hand.head(size(by_hand))
    chosen = select(source, definition)
    exported = rows(chosen)
    assert chosen.n == len(exported) == len(by_hand)
    assert exported[definition.id_column].tolist() == by_hand["key"].map(hashed_id).tolist()
    groups = [is_held_out(key, 0.1, "spring") for key in by_hand["key"]]
    assert (exported["group"] == "held out").tolist() == groups
    assert (chosen.held_out, chosen.treated) == (sum(groups), len(groups) - sum(groups))
    assert exported["purchase_probability"].tolist() == by_hand["purchase_probability"].tolist()


def test_raw_ids_one_group_and_the_id_alone(source) -> None:
    definition = replace(BASE, pick="all", id_form="raw", held_out=0.3)
    chosen = select(source, definition)
    treated = rows(chosen, group="treated", only_id=True)
    assert list(treated.columns) == ["visitor_id"]
    assert len(treated) == chosen.treated
    assert not any(is_held_out(raw, 0.3, "spring") for raw in treated["visitor_id"])
    members = chosen.members()
    assert sum(member["held_out"] for member in members) == chosen.held_out > 0
    assert {member["id"] for member in members} >= set(treated["visitor_id"])


def test_a_visitor_is_in_one_group_only_and_exporting_twice_is_the_same(source) -> None:
    definition = replace(BASE, pick="all", one_row_per="session", held_out=0.5)
    first, second = rows(select(source, definition)), rows(select(source, definition))
    pd.testing.assert_frame_equal(first, second)
    assert first["visitor_id_sha256"].duplicated().any()
    assert not first[["visitor_id_sha256", "group"]].drop_duplicates()["visitor_id_sha256"].duplicated().any()
    grown = rows(select(source, replace(definition, held_out=0.2)))
    held = set(grown.loc[grown["group"] == "held out", "visitor_id_sha256"])
    assert held < set(first.loc[first["group"] == "held out", "visitor_id_sha256"])


def test_filters_come_first(frame, source) -> None:
    chosen = select(source, replace(BASE, pick="all", filters="cluster=1&min_p=0.05"))
    meant = frame[(frame["cluster_id"] == 1) & (frame["purchase_probability"] >= 0.05)]
    own = expected(frame, replace(BASE, pick="all"))
    assert 0 < chosen.n <= len(own)
    assert set(rows(chosen)["purchase_probability"]) <= set(meant["purchase_probability"])


def test_what_sessions_dont_tell_is_said(tmp_path: Path) -> None:
    bare = scored_frame(20, outcomes=False).drop(columns=["visitor_id"])
    source = source_of(write_scored(bare, tmp_path / "bare.parquet"))
    with pytest.raises(AudienceError, match="Visitor ids are missing"):
        select(source, BASE)
    by_session = replace(BASE, id_kind="session", one_row_per="session", pick="all")
    assert select(source, by_session).n == 20
    clusters = bare.drop(columns=["purchase_probability", "expected_revenue", "revenue_if_purchase"])
    source = source_of(write_scored(clusters, tmp_path / "clusters.parquet"))
    assert select(source, by_session).n == 20
    with pytest.raises(AudienceError, match="predicts no purchases"):
        select(source, replace(by_session, pick="top_n", amount=5.0))


def test_ids_a_spreadsheet_would_run_are_escaped(tmp_path: Path) -> None:
    made = scored_frame(4, outcomes=False)
    made["visitor_id"] = ["=1+1", "+49", "-x", "@sum"]
    source = source_of(write_scored(made, tmp_path / "formulas.parquet"))
    connection = query.connect(alone=True)
    sql, params = select(source, replace(BASE, pick="all", id_form="raw")).query(connection, only_id=True)
    written = b"".join(stream_query(connection, sql, params, "csv", name="x"))
    assert sorted(written.decode().split()) == ["'+49", "'-x", "'=1+1", "'@sum", "visitor_id"]
