"""The journey editor over HTTP: what an address opens, what buttons and fields do to journey and address."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from core.bundle.registry import go_back, promote
from core.whatif.journey import Journey, read_journey
from tests.core.whatif.handmade import make_bundle, sessions
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, control

STEPS = "page~product,12.345678,A,30.999,shoes,red~add,5,A,30.999,shoes,red"
PATH = "/what-if/journey"


def change(page: Page, triggered: str, prop: str = "n_clicks", **values: Any) -> dict[str, Any]:
    """Use one control of the page; ``values`` are of controls by their written id."""

    def of(kind: str, name: str) -> list[tuple[Any, Any]]:
        return [(p["id"], values.get(control(**p["id"]), p.get(name))) for p in page.matching(kind)]

    inputs: dict[str, Any] = {kind: of(kind, "n_clicks") for kind in ("journey-add", "journey-act")}
    inputs |= {kind: of(kind, "value") for kind in ("journey-field", "journey-visitor")}
    inputs |= {f"{kind}.data": page.find(kind)["data"] for kind in ("journey-start", "journey-query")}
    inputs |= {"journey-past.data": values.get("past", []), "journey-undo.n_clicks": values.get("undo")}
    cells = {"journey-cell": [props["id"] for props in page.matching("journey-cell")]}
    return page.call("journey-query.data", f"{triggered}.{prop}", inputs, cells)


def journey_of(answer: dict[str, Any]) -> Journey:
    """Return the journey the answered page shows."""
    return read_journey(dict(parse_qsl(answer["journey-query"]["data"])), Journey())[0]


def kinds(journey: Journey) -> list[str]:
    return [str(step.kind) for step in journey.steps]


@pytest.fixture(scope="module")
def page(client: Client, shop: Shop) -> Page:
    return Page(client, f"{PATH}?steps={STEPS}&utm=1")


def test_an_address_opens_its_steps_each_with_its_answer(page: Page) -> None:
    assert len(page.matching("journey-cell")) == 3
    assert page.text().count("%") >= 3
    shown = {(p["id"]["place"], p["id"]["field"]): p.get("value") for p in page.matching("journey-field")}
    assert shown[2, "product"] == "A"
    assert shown[2, "kind"] == "product_view"


def test_a_step_is_added_and_the_address_follows(page: Page) -> None:
    button = control("journey-add", kind="checkout")
    answer = change(page, button, **{button: 1})

    assert kinds(journey_of(answer)) == ["page_view", "product_view", "cart_add", "checkout"]
    assert answer["journey-state"]["data"]["pathname"] == PATH
    assert "steps=" in answer["journey-state"]["data"]["query"]
    assert answer["journey-past"]["data"] == [page.find("journey-query")["data"]]
    assert answer["journey-undo"]["disabled"] is False


def test_the_page_stays_with_its_model_when_another_is_put_to_work(client: Client, shop: Shop) -> None:
    page = Page(client, f"{PATH}?steps={STEPS}")
    make_bundle(shop.settings, name="newer", rows=sessions(300, seed=5))
    promote("newer", who="a test", settings=shop.settings)
    button = control("journey-add", kind="checkout")
    try:
        answer = change(page, button, **{button: 1})
        opened = Page(client, f"{PATH}?{answer['journey-state']['data']['query']}")
    finally:
        go_back(who="a test", settings=shop.settings)

    assert dict(parse_qsl(answer["journey-state"]["data"]["query"]))["bundle"] == "demo-shop"
    assert "is in use now" in str(answer["journey-other-model"]["children"])
    assert opened.find("journey-start")["data"]["drawn_with"] == "demo-shop"
    untouched = change(page, button, **{button: 1})
    assert "bundle" not in untouched["journey-state"]["data"]["query"]
    assert not untouched["journey-other-model"]["children"]


def test_a_step_is_removed_and_what_was_done_is_undone(page: Page) -> None:
    button = control("journey-act", act="remove", place=3)
    assert kinds(journey_of(change(page, button, **{button: 1}))) == ["page_view", "product_view"]

    back = change(page, "journey-undo", past=["steps=page"], undo=1)
    assert kinds(journey_of(back)) == ["page_view"]
    assert back["journey-past"]["data"] == []
    assert back["journey-undo"]["disabled"] is True


def test_a_field_changes_its_value_and_no_other_decimal(page: Page) -> None:
    field = control("journey-field", field="price", place=3)
    answer = change(page, field, "value", **{field: 99})
    journey = journey_of(answer)

    assert [step.price for step in journey.steps] == [None, 30.999, 99.0]
    assert journey.steps[1].after == 12.345678
    # The fields stay as they stand, under the hands of whoever types; only answers change.
    assert "journey-steps" not in answer


def test_the_visitor_counts(page: Page) -> None:
    field = control("journey-visitor", field="returning")
    assert journey_of(change(page, field, "value", **{field: "yes"})).returning is True


def test_what_an_address_asks_wrongly_is_said(client: Client, shop: Shop) -> None:
    said = Page(client, f"{PATH}?steps=page~fly,3&country=Atlantis").text()
    assert "fly" in said
    assert "Atlantis" in said


def test_without_steps_it_can_be_begun(client: Client, shop: Shop) -> None:
    assert Page(client, PATH).matching("journey-add")
