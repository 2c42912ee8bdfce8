"""The hold-out: stable by id, growing with its share, the same in SQL and in Python, evenly spread."""

from __future__ import annotations

import hashlib

import duckdb
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.audiences.holdout import draw_sql, held_out
from core.base.normal_ids import normal_id, normal_sql
from tests.core.audiences.independent import draw, hashed_id, is_held_out

IDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
SHARES = st.floats(0, 0.5)
SALTS = st.text("0123456789abcdef", min_size=1, max_size=16)


@given(raw=IDS, salt=SALTS, share=SHARES, more=SHARES)
@example(raw=" Anna@Example.com\n", salt="0", share=0.0, more=0.5)
@example(raw="İstanbul ΣΟΦΟΣ", salt="f", share=0.1, more=0.1)
def test_an_id_keeps_its_group_and_a_larger_share_keeps_those_held_out(
    raw: str, salt: str, share: float, more: float
) -> None:
    small, large = sorted((share, more))
    assert is_held_out(raw, share, salt) == is_held_out(f"  {normal_id(raw)}\t", share, salt)
    assert not is_held_out(raw, small, salt) or is_held_out(raw, large, salt)
    assert not is_held_out(raw, 0.0, salt)
    assert 0 <= draw(raw, salt) < 1


@settings(max_examples=15, deadline=None)
@given(ids=st.lists(IDS, min_size=1, max_size=50), salt=SALTS)
@example(ids=["", " ", "A", "a ", "\u00a0Ä", "ΣΟΦΟΣ"], salt="0")
def test_the_database_draws_as_python_does(ids: list[str], salt: str) -> None:
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT {normal_sql('id')}, {draw_sql(normal_sql('id'))}, sha256({normal_sql('id')}) "
            "FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS id)",
            [salt, ids],
        ).fetchall()
    assert rows == [(normal_id(raw), draw(raw, salt), hashed_id(raw)) for raw in ids]


@pytest.mark.parametrize("raw", ["ΣΟΦΟΣ", "İstanbul", " Anna@Example.COM\n", "\u00a0Ärger\u3000"])
def test_letters_with_their_own_mind_agree_as_well(raw: str) -> None:
    with duckdb.connect() as connection:
        told = connection.execute(
            f"SELECT {normal_sql('id')} FROM (SELECT CAST(? AS VARCHAR) AS id)", [raw]
        ).fetchall()[0][0]
    assert told == normal_id(raw)


def test_hashes_are_what_ad_platforms_make_of_an_address() -> None:
    assert hashed_id(" Anna@Example.com ") == hashlib.sha256(b"anna@example.com").hexdigest()


def test_the_share_is_met_and_another_key_draws_others() -> None:
    ids = [f"visitor-{number}" for number in range(20_000)]
    one, other = (held_out(np.array([draw(raw, salt) for raw in ids]), 0.1) for salt in ("spring", "summer"))
    assert one.tolist() == [is_held_out(raw, 0.1, "spring") for raw in ids]
    assert one.mean() == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / len(ids)))
    # Independent draws hold out the same visitor one time in a hundred.
    assert (one & other).mean() == pytest.approx(0.01, abs=4 * np.sqrt(0.0099 / len(ids)))


def test_nobody_is_held_out_of_a_share_of_nothing_and_the_end_is_left_out() -> None:
    assert held_out(np.array([0.0, 0.25, 0.5]), 0.0).tolist() == [False, False, False]
    assert held_out(np.array([0.0, 0.25, 0.5]), 0.25).tolist() == [True, False, False]
