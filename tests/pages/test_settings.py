"""The page of settings over HTTP: what it sets, what it says, and the recipes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from core.base import shop as shop_base
from core.ingest import Mapping
from core.storage import Store, get_store
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, control

PATH = "/settings"
COLUMNS = "a" * 64
MAPPING = Mapping(
    kind="events",
    columns={"session_id": "s", "timestamp": "t", "event_type": "e"},
    event_types={"kauf": "purchase"},
)


@pytest.fixture
def store(shop: Shop) -> Iterator[Store]:
    store = get_store()
    yield store
    for recipe in store.recipes():
        store.forget_recipe(recipe.fingerprint)
    store.set_shop({name: getattr(store._settings, name) for name in store.shop()})


def _save(page: Page, **changes: str) -> str:
    fields = [
        (props["id"], changes.get(props["id"]["name"], props.get("value")))
        for props in page.matching("settings-field")
    ]
    answer = page.call(
        "settings-said.children",
        "settings-save.n_clicks",
        {"settings-field": fields, "settings-save.n_clicks": 1},
    )
    return json.dumps(answer, ensure_ascii=False)


def test_it_shows_what_holds_and_a_change_says_what_it_affects(client: Client, store: Store) -> None:
    page = Page(client, PATH)
    assert page.find(control_id("currency"))["value"] == "EUR"

    said = _save(page, currency="USD", time_zone="Europe/Berlin", rates="GBP = 1.3")

    assert "Currency: EUR → USD" in said
    assert "existing results don't change" in said
    assert (store.settings.currency, store.settings.time_zone) == ("USD", "Europe/Berlin")
    assert store.settings.rates == {"GBP": 1.3}
    assert Page(client, PATH).find(control_id("currency"))["value"] == "USD"
    assert "Nothing changed" in _save(Page(client, PATH))


def test_what_cannot_be_is_said_and_not_kept(client: Client, store: Store) -> None:
    said = _save(Page(client, PATH), currency="USD", rates="GBP: 1.3")
    assert "GBP: 1.3" in said
    assert store.shop() == {}


def test_dates_follow_at_once(client: Client, store: Store) -> None:
    store.keep_recipe(COLUMNS, name="Oktober", mapping=MAPPING)
    _save(Page(client, PATH), date_format="yyyy-mm-dd")
    shop_base.forget(store.settings)
    (recipe,) = store.recipes()
    assert f"{recipe.created_at:%Y-%m-%d}" in Page(client, PATH).text()


def test_a_recipe_is_downloaded_renamed_deleted_and_imported_again(client: Client, store: Store) -> None:
    store.keep_recipe(COLUMNS, name="Oktober", mapping=MAPPING)
    file = client.request("GET", f"/api/recipes/{COLUMNS}.json")
    assert client.request("GET", f"/api/recipes/{'b' * 64}.json").status_code == 404
    assert Mapping.from_dict(file.json()) == MAPPING, "`score --mapping` takes it"

    page = Page(client, PATH)
    assert "Oktober" in page.text()
    pressed = control("settings-rename", recipe=COLUMNS)
    buttons = {
        kind: [(props["id"], n) for props in page.matching(kind)]
        for kind, n in (("settings-rename", 1), ("settings-delete", 0))
    }
    dialog = page.call("settings-dialog.is_open", f"{pressed}.n_clicks", buttons)
    assert dialog["settings-dialog"]["is_open"] is True
    asked = dialog["settings-dialog-state"]["data"]
    _answer(page, asked, "Herbst")
    assert [recipe.name for recipe in store.recipes()] == ["Herbst"]
    _answer(page, asked | {"deletes": True}, None)
    assert store.recipes() == ()

    _import(page, file.content)
    (again,) = store.recipes()
    assert (again.name, again.fingerprint, again.mapping) == ("Oktober", COLUMNS, MAPPING)


def test_a_file_that_is_no_recipe_is_refused(client: Client, store: Store) -> None:
    for text in (b"no json", json.dumps(MAPPING.to_dict()).encode()):
        assert _import(Page(client, PATH), text).count("recipe") and store.recipes() == ()


def control_id(name: str) -> dict[str, str]:
    return {"type": "settings-field", "name": name}


def _answer(page: Page, asked: Any, name: str | None) -> None:
    values = {
        "settings-dialog-state.data": asked,
        "settings-dialog-name.value": name,
        "settings-dialog-ok.n_clicks": 1,
    }
    page.call("settings-recipes.children", "settings-dialog-ok.n_clicks", values)


def _import(page: Page, text: bytes) -> str:
    contents = "data:application/json;base64," + base64.b64encode(text).decode()
    answer = page.call(
        "settings-recipes-said.children", "settings-file.contents", {"settings-file.contents": contents}
    )
    return json.dumps(answer, ensure_ascii=False)
