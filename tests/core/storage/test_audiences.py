"""Audiences in the metadata database: kept, listed, renamed, deleted; they outlive their result."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.audiences import Definition
from core.base.errors import AudienceError, NotFoundError
from core.storage import Store

DEFINITION = Definition(filters="cluster=2", pick="top_n", amount=50.0, salt="kept").to_dict()
FIGURES = {"n": 50, "treated": 45, "held_out": 5, "buyers": None}


def test_an_audience_is_kept_as_it_was_made(store: Store, tmp_path: Path) -> None:
    upload = tmp_path / "visits.csv"
    upload.write_text("session_id,clicks,price_mean\na,5,20.5\n")
    dataset = store.add_dataset(upload, filename="visits.csv", name="May")
    result = store.create_result(dataset.id, bundle="demo-shop")
    kept = {"definition": DEFINITION, "result": result, "figures": FIGURES}
    first = store.add_audience(name="  Voucher \n May ", who="me", **kept)
    second = store.add_audience(name="Reminder", **kept)

    assert store.audience(first.id) == first
    assert (first.name, first.definition, first.figures) == ("Voucher May", DEFINITION, FIGURES)
    assert (first.result_name, first.bundle, first.who) == ("May", "demo-shop", "me")
    assert {found.id for found in store.audiences()} == {first.id, second.id}
    assert len(store.audiences(1)) == 1
    assert not store.audiences(result_id="other")

    store.rename_audience(second.id, "Reminder, late")
    assert store.audience(second.id).name == "Reminder, late"
    with pytest.raises(AudienceError, match="no name"):
        store.rename_audience(second.id, "  ")

    store.delete_dataset(dataset.id)
    assert store.audience(first.id) == first
    store.delete_audience(first.id)
    assert store.count_audiences() == 1
    for ask in (store.audience, store.delete_audience, lambda gone: store.rename_audience(gone, "x")):
        with pytest.raises(NotFoundError, match="doesn't exist"):
            ask(first.id)
