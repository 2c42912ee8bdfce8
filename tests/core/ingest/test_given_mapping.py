"""A mapping from outside: nothing gets in that can't be read, kept and told again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.base.errors import MappingError
from core.ingest import Mapping, read_mapping

GOOD = {
    "kind": "events",
    "columns": {"session_id": "visit", "event_type": "what"},
    "event_types": {"seen": "product_view"},
    "rates": {"USD": 0.9, "JPY": 1},
    "internal": {"user_id": ["qa-*"]},
}


@pytest.mark.parametrize(
    "change",
    [
        {"columns": {"session_id": ["visit"]}},
        {"columns": {"session_id": None}},
        {"event_types": {"seen": []}},
        {"event_types": {"seen": {}}},
        {"event_types": {"\ud800": "product_view"}},
        {"time_zone": []},
        {"time_zone": 5},
        {"time_unit": {}},
        {"format": 5},
        {"currency": 5},
        {"currency": "\udfff"},
        {"day_first": "yes"},
        {"keep_robots": 1},
        {"rates": {"USD": float("inf")}},
        {"rates": {"USD": float("nan")}},
        {"rates": {"\ud800": 1}},
        {"rates": {"USD": 10**400}},
        {"internal": {"user_id": [5]}},
        {"internal": {"user_id": "qa"}},
        {"internal": {"user_id": ["\ud800"]}},
        {"kind": []},
        {"kind": 5},
    ],
    ids=ascii,
)
def test_what_can_t_be_part_of_a_mapping_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MappingError) as refused:
        read_mapping(GOOD | change)
    assert str(refused.value).isprintable(), "it can be shown"
    with pytest.raises(MappingError):
        read_mapping({"fingerprint": "a", "mapping": GOOD | change})


@pytest.mark.parametrize("given", [None, [], 5, "x", {}, {"fingerprint": "a", "mapping": []}])
def test_what_is_no_mapping_is_refused(given: object) -> None:
    with pytest.raises(MappingError):
        read_mapping(given)


def test_what_was_written_is_read_again() -> None:
    mapping = read_mapping(GOOD)
    assert mapping == Mapping.from_dict(GOOD)
    assert read_mapping(json.loads(json.dumps(mapping.to_dict()))) == mapping
    assert read_mapping({"fingerprint": "a", "name": "b", "mapping": mapping.to_dict()}) == mapping
