"""The models pages over HTTP: the list, a card, its threshold, and putting another model to use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from core.base.settings import Settings, get_settings
from tests.core.bundle.cards import shelf_of_all
from tests.pages.dashing import Client, Page, control, given


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("pages")
    made = shelf_of_all(folder)
    patch = pytest.MonkeyPatch()
    patch.setenv("PREDICTOR_MODELS_DIR", str(made.models_dir))
    patch.setenv("PREDICTOR_DATA_DIR", str(made.data_dir))
    patch.setenv("PREDICTOR_BUNDLE", "old")
    get_settings.cache_clear()
    yield made
    patch.undo()
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[Client]:
    from app import server

    with given(server, get_settings()) as opened:
        yield opened


def move(page: Page, triggered: str, **values: Any) -> dict[str, Any]:
    """Move the threshold: ``place``, ``mode``, ``value`` and ``cost`` as the browser has them."""
    told = {
        "model-threshold-slider.value": values.get("place", 0),
        "model-threshold-mode.value": values.get("mode", "f1"),
        "model-value.value": values.get("value"),
        "model-cost.value": values.get("cost"),
        "model-threshold-best.n_clicks": 1,
        "model-threshold-saved.n_clicks": 1,
        "model-shown.data": page.find("model-shown")["data"],
    }
    return page.call("model-threshold-says.children", triggered, told)


def test_the_list_shows_every_model(client: Client) -> None:
    page = Page(client, "/models")
    said = page.text()
    for name in ("full", "old", "clusters"):
        assert name in said
    assert said.index("old") < said.index("full"), "the one in use first"


def test_the_address_restores_threshold_and_money(client: Client) -> None:
    page = Page(client, "/models/full?threshold=0.05&value=90&cost=2")
    assert page.find("model-threshold-mode")["value"] == "money"
    assert page.find("model-value")["value"] == 90
    place = page.find("model-threshold-slider")["value"]
    assert place != Page(client, "/models/full").find("model-threshold-slider")["value"]
    for strange in ("threshold=x", "value=-1&cost=3", "threshold=inf", "threshold=7&colour=blue"):
        assert "Who to act on" in Page(client, f"/models/full?{strange}").text()


def test_money_leads_to_its_best_threshold_and_into_the_address(client: Client) -> None:
    page = Page(client, "/models/full")
    answer = move(page, "model-cost.value", place=50, mode="money", value=90, cost=2)
    assert answer["model-state"]["data"]["query"].endswith("&value=90&cost=2")
    best = answer["model-threshold-slider"]["value"]
    again = move(page, "model-threshold-slider.value", place=best + 5, mode="money", value=90, cost=2)
    assert again["model-threshold-slider"]["value"] == best + 5, "moved by hand it stays"
    assert "d-none" not in answer["model-amounts"]["className"]


def test_amounts_that_cannot_pay_are_said_so(client: Client) -> None:
    page = Page(client, "/models/full")
    answer = move(page, "model-cost.value", place=5, mode="money", value=2, cost=3)
    assert "never pay" in answer["model-amiss"]["children"]
    assert "value=" not in answer["model-state"]["data"]["query"]
    assert "missing" in move(page, "model-threshold-mode.value", mode="money")["model-amiss"]["children"]


def test_saving_changes_the_manifest_alone(client: Client, settings: Settings) -> None:
    page = Page(client, "/models/full")
    best = move(page, "model-cost.value", mode="money", value=90, cost=2)["model-threshold-slider"]["value"]
    values = {
        "model-threshold-save.n_clicks": 1,
        "model-threshold-slider.value": best,
        "model-threshold-mode.value": "money",
        "model-value.value": 90,
        "model-cost.value": 2,
        "model-shown.data": "full",
    }
    answer = page.call("model-threshold-told.children", "model-threshold-save.n_clicks", values)
    assert "Saved." in answer["model-threshold-told"]["children"]
    told = json.loads((settings.models_dir / "full" / "manifest.json").read_text(encoding="utf-8"))
    assert told["threshold_rule"]["kind"] == "money"

    values["model-threshold-slider.value"] = best + 7
    page.call("model-threshold-told.children", "model-threshold-save.n_clicks", values)
    told = json.loads((settings.models_dir / "full" / "manifest.json").read_text(encoding="utf-8"))
    assert told["threshold_rule"] == {"kind": "hand"}, "elsewhere than at the best it is by hand"


def test_a_missing_model_is_said_to_be_missing(client: Client) -> None:
    assert "Model not found" in Page(client, "/models/gone").text()
    assert client.request("GET", "/api/models/gone/card.html").status_code == 404
    assert client.request("GET", "/api/models/..%2Fx/card.html").status_code == 404


def test_the_card_is_a_file(client: Client) -> None:
    answer = client.request("GET", "/api/models/full/card.html")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''full%20model%20card.html"
    assert answer.text.startswith("<!doctype html>")


def ask(page: Page, action: str, name: str) -> dict[str, Any]:
    """Press a model's button."""
    clicks: dict[str, Any] = {
        kind: [
            (props["id"], int(kind == action and props["id"]["model"] == name))
            for props in page.matching(kind)
        ]
        for kind in ("models-use", "models-back", "models-delete")
    }
    triggered = f"{control(action, model=name)}.n_clicks"
    return page.call("models-dialog-title.children", triggered, clicks | {triggered: 1})


def answer(page: Page, asked: dict[str, Any], **told: Any) -> dict[str, Any]:
    """Press the button of the dialog."""
    values = {
        "models-confirm.n_clicks": 1,
        "models-cancel.n_clicks": 0,
        "models-asked.data": asked["models-asked"]["data"],
        "train-who.value": told.get("who", "Ada"),
        "models-note.value": "",
        "models-sure.value": told.get("sure", False),
        "_pages_location.pathname": "/models",
    }
    return page.call("models-problem.children@", "models-confirm.n_clicks", values)


def test_a_model_with_alarms_needs_a_confirmation(client: Client, settings: Settings) -> None:
    from core.bundle.registry import history, in_use

    page = Page(client, "/models")
    asked = ask(page, "models-use", "full")
    assert asked["models-confirm"]["disabled"]
    refused = answer(page, asked)
    assert "Too good to be true" in json.dumps(refused)
    assert in_use(settings) == "old"

    answer(page, asked, sure=True)
    assert in_use(settings) == "full"
    assert history(settings)[0].who == "Ada"

    page = Page(client, "/models")
    answer(page, ask(page, "models-back", "old"), who="Grace")
    assert in_use(settings) == "old"
    assert history(settings)[0].who == "Grace"


def test_a_model_is_deleted_only_when_asked_twice(client: Client, settings: Settings) -> None:
    page = Page(client, "/models")
    asked = ask(page, "models-delete", "clusters")
    assert asked["models-dialog"]["is_open"]
    assert (settings.models_dir / "clusters").exists()
    answer(page, asked)
    assert not (settings.models_dir / "clusters").exists()
