"""Saved what-if pages, on both databases."""

from __future__ import annotations

import pytest

from core.base.errors import NotFoundError, StorageError
from core.storage import Store, _scenarios


def test_a_page_is_saved_listed_renamed_and_deleted(store: Store) -> None:
    query = "bundle=demo-shop&s1=name:A%252C,cart_adds:2"
    first = store.save_scenario(name="  Newsletter\n\0visitor ", bundle="demo-shop", query=query, who="ab")
    second = store.save_scenario(name="", bundle="other", query="")

    assert (first.name, first.query, first.who) == ("Newsletter visitor", query, "ab")
    assert second.name == "Unnamed"
    assert store.scenarios() == (second, first)
    store.rename_scenario(first.id, "<b>" + "x" * 200)
    assert store.scenario(first.id).name == "<b>" + "x" * 77
    store.delete_scenario(first.id)
    store.delete_scenario(first.id)
    assert store.scenarios() == (second,)
    with pytest.raises(NotFoundError):
        store.scenario(first.id)
    with pytest.raises(NotFoundError):
        store.rename_scenario(first.id, "again")


def test_what_is_too_much_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StorageError, match="too much"):
        store.save_scenario(name="long", bundle="b", query="x" * 8_001)
    monkeypatch.setattr(_scenarios, "MAX_SCENARIOS", 1)
    store.save_scenario(name="one", bundle="b", query="")
    with pytest.raises(StorageError, match="1 scenarios are saved already"):
        store.save_scenario(name="two", bundle="b", query="")
