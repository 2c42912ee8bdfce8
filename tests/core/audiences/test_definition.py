"""Definitions go through files and addresses unchanged; what can't be used is said."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.audiences import Definition
from core.base.errors import AudienceError

PICKS = st.one_of(
    st.tuples(st.just("all"), st.just(0.0)),
    st.tuples(st.sampled_from(["top_share", "threshold"]), st.floats(0, 1).map(lambda x: round(x, 6))),
    st.tuples(st.just("top_n"), st.integers(1, 10**6).map(float)),
    st.tuples(st.just("min_expected_revenue"), st.floats(0, 1e5).map(lambda x: round(x, 2))),
)
DEFINITIONS = st.builds(
    lambda pick, **more: Definition(pick=pick[0], amount=pick[1], **more),
    pick=PICKS,
    filters=st.sampled_from(["", "cluster=2&min_p=0.4", "country=DE,FR&q=a%20b", "col.clicks=gt:3"]),
    rank_by=st.sampled_from(["probability", "expected_revenue"]),
    leave_out_buyers=st.booleans(),
    held_out=st.floats(0, 0.5).map(lambda x: round(x, 4)),
    salt=st.text("abcXYZ019_.-", min_size=1, max_size=64),
    id_kind=st.sampled_from(["visitor", "session"]),
    id_form=st.sampled_from(["sha256", "google", "meta", "raw"]),
    one_row_per=st.sampled_from(["visitor", "session"]),
    cost=st.floats(0, 100).map(lambda x: round(x, 3)),
    effect=st.floats(0, 1).map(lambda x: round(x, 4)),
    effect_as=st.sampled_from(["relative", "points"]),
    margin=st.floats(0, 1).map(lambda x: round(x, 4)),
)


@given(definition=DEFINITIONS)
@example(definition=Definition())
@example(definition=Definition(pick="top_n", amount=1.0, held_out=0.5, salt="0", cost=0.125, margin=0.0))
def test_files_and_addresses_give_back_what_they_were_given(definition: Definition) -> None:
    definition = definition.validate()
    assert Definition.read(json.dumps(definition.to_dict())) == definition
    for default in (None, Definition()):
        query = dict(parse_qsl(definition.to_query(default), keep_blank_values=True))
        assert Definition.from_query(query, default or Definition()) == (definition, [])


def test_an_address_says_what_it_cant_use() -> None:
    query = {
        "pick": "worst",
        "held": "0.9",
        "cost": "x",
        "min_p": "0.2",
        "unknown": "1",
        "form": ["raw", "raw"],
    }
    found, notes = Definition.from_query(query, Definition())
    assert found == Definition(filters="min_p=0.2", id_form="raw")
    assert len(notes) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "isn't JSON"),
        ("[1, 2]", "isn't an audience definition"),
        ("[" * 100_000, "isn't JSON"),
        ('{"format": "session-predictor-audience"}', "version"),
        (json.dumps({**Definition().to_dict(), "cost": "cheap"}), "can't be used"),
        (json.dumps({**Definition().to_dict(), "leave_out_buyers": 1}), "can't be used"),
        (json.dumps({**Definition().to_dict(), "salt": "a b"}), "can't be used"),
        (json.dumps({**Definition().to_dict(), "cost": -1}), "can't be used"),
        (json.dumps({**Definition().to_dict(), "effect": 2, "effect_as": "points"}), "can't be used"),
        ('{"format": "session-predictor-audience", "version": 1, "effect": NaN}', "can't be used"),
    ],
)
def test_a_bad_file_is_refused_in_words(content: str, said: str) -> None:
    with pytest.raises(AudienceError, match=said):
        Definition.read(content)
