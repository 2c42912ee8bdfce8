"""Saved what-if pages over HTTP: the list, another name, deleting, and whoever was faster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.storage import SavedScenario, get_store
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, control

PATH = "/what-if/saved"


@pytest.fixture
def saved(shop: Shop) -> Iterator[tuple[SavedScenario, SavedScenario]]:
    """Two of them: one opens, the model of the other is gone."""
    store = get_store()
    yield (
        store.save_scenario(name="Full cart", bundle="demo-shop", query="cart_adds=3", who="Ann"),
        store.save_scenario(name="<i>Old</i>", bundle="gone", query="clicks=1"),
    )
    for scenario in store.scenarios():
        store.delete_scenario(scenario.id)


def ask(page: Page, kind: str, scenario: str) -> dict[str, Any]:
    """Press a button of the list; return the dialog."""
    buttons = {
        name: [
            (props["id"], int(name == kind and props["id"]["scenario"] == scenario))
            for props in page.matching(name)
        ]
        for name in ("whatif-saved-rename", "whatif-saved-delete")
    }
    pressed = control(kind, scenario=scenario)
    return page.call("whatif-saved-dialog.is_open", f"{pressed}.n_clicks", buttons)


def answer(page: Page, button: str, state: Any, name: str | None = None) -> dict[str, Any]:
    """Press a button of the dialog."""
    values = {
        "whatif-saved-dialog-state.data": state,
        "whatif-saved-dialog-name.value": name,
        f"{button}.n_clicks": 1,
    }
    return page.call("whatif-saved-list.children", f"{button}.n_clicks", values)


def test_without_any_it_says_how_one_is_made(client: Client, shop: Shop) -> None:
    page = Page(client, f"{PATH}?utm=1")
    assert "Nothing saved yet" in page.text()
    assert "/what-if" in {part["props"].get("href") for part in page.components()}


def test_each_opens_with_its_session_and_names_come_as_they_are(client: Client, saved: Any) -> None:
    page = Page(client, PATH)
    links = {
        part["props"]["children"]: part["props"]["href"]
        for part in page.components()
        if part["props"].get("href") and isinstance(part["props"].get("children"), str)
    }

    assert links["Full cart"] == "/what-if?cart_adds=3"
    assert "<i>Old</i>" in page.text()
    # Who saved it is a mark, not a name.
    assert "somebody else" in page.text()
    assert "gone (deleted)" in page.text()


def test_another_name_is_asked_for_and_kept(client: Client, saved: Any) -> None:
    page = Page(client, PATH)
    dialog = ask(page, "whatif-saved-rename", saved[0].id)

    assert dialog["whatif-saved-dialog"]["is_open"] is True
    assert dialog["whatif-saved-dialog-name"]["value"] == "Full cart"
    state = dialog["whatif-saved-dialog-state"]["data"]
    told = answer(page, "whatif-saved-dialog-ok", state, "  A new name ")
    assert told["whatif-saved-dialog"]["is_open"] is False
    assert "A new name" in str(told["whatif-saved-list"]["children"])
    assert {one.name for one in get_store().scenarios()} == {"A new name", "<i>Old</i>"}


def test_deleting_is_asked_about_and_can_be_thought_over(client: Client, saved: Any) -> None:
    page = Page(client, PATH)
    state = ask(page, "whatif-saved-delete", saved[1].id)["whatif-saved-dialog-state"]["data"]

    assert state == {"entry": saved[1].id, "deletes": True}
    assert answer(page, "whatif-saved-dialog-cancel", state)["whatif-saved-dialog"]["is_open"] is False
    assert len(get_store().scenarios()) == 2
    told = answer(page, "whatif-saved-dialog-ok", state)
    assert "Old" not in str(told["whatif-saved-list"]["children"])
    assert [one.id for one in get_store().scenarios()] == [saved[0].id]


def test_what_somebody_else_has_deleted_is_gone_from_the_list(client: Client, saved: Any) -> None:
    page = Page(client, PATH)
    get_store().delete_scenario(saved[0].id)

    told = answer(page, "whatif-saved-dialog-ok", {"entry": saved[0].id, "deletes": False}, "Too late")
    assert "Too late" not in str(told["whatif-saved-list"]["children"])
    assert told["whatif-saved-dialog"]["is_open"] is False
