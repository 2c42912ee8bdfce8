"""The training pages over HTTP: choosing, checking, starting, stopping, using a model and going back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.bundle import registry
from core.storage import Training, get_store
from core.training.purchase.options import QUICK, TrainingOptions
from tests.core.whatif.handmade import make_bundle
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, walk

WHO = "Ada Lovelace"
FORM: dict[str, Any] = {
    "train-name.value": "spring-1",
    "train-thoroughness.value": "quick",
    "train-rule.value": "f1",
    "train-value.value": None,
    "train-cost.value": None,
    "train-clusters.value": "auto",
    "train-cluster-name": [],
    "train-who.value": WHO,
}


@pytest.fixture
def unscored(shop: Shop, tmp_path: Path) -> str:
    path = tmp_path / "new.csv"
    path.write_text("session_id,clicks,price_mean\na,5,20\n", encoding="utf-8")
    return get_store().add_dataset(path, filename="new.csv", name="New visits").id


def start(page: Page, dataset_id: str, **changes: Any) -> dict[str, Any]:
    """Press the button that trains, with the form as told."""
    told = FORM | changes | {"train-dataset.value": dataset_id, "train-start.n_clicks": 1}
    return page.call("train-problem.children", "train-start.n_clicks", told)


def created(shop: Shop, name: str) -> Training:
    """Return a training that nobody works on."""
    store = get_store()
    dataset = store.dataset(shop.result.dataset_id)
    return store.create_training(dataset, bundle=name, options=QUICK.to_dict(), who="Grace Hopper")


def trained(shop: Shop, name: str, *, alarms: tuple[dict[str, str], ...] = ()) -> Training:
    """Return a training that is done, with the model it made."""
    bundle = make_bundle(shop.settings, name=name)
    if alarms:
        path = bundle.folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"alarms": alarms}))
    store, training = get_store(), created(shop, name)
    store.update_training(training.id, state="done", share=1.0, finished_at=datetime.now(UTC))
    return store.training(training.id)


def test_the_page_lists_datasets_and_checks_the_one_of_the_address(client: Client, shop: Shop) -> None:
    page = Page(client, f"/train?dataset={shop.result.dataset_id}&clusters=4&unknown=argument")
    assert "among 700 sessions" in page.text()
    assert page.find("train-name")["value"].startswith("march-visits-")
    assert page.find("train-clusters")["value"] == "4"
    # Too few buyers: what is to be done is said, and nothing can be started.
    assert "What to do" in page.text()
    assert page.find("train-start")["disabled"] is True
    assert page.find("train-clock")["disabled"] is True


@pytest.mark.parametrize("address", ["/train", "/train?dataset=nothing", "/train?dataset="])
def test_without_a_dataset_one_is_asked_for(client: Client, shop: Shop, address: str) -> None:
    page = Page(client, address)
    assert page.find("train-dataset")["value"] is None
    assert "March visits" in str(page.find("train-dataset")["options"])
    assert "How to train" not in page.text()


def test_choosing_a_dataset_checks_it_and_writes_the_address(client: Client, shop: Shop) -> None:
    page = Page(client, "/train")
    told = {"train-dataset.value": shop.result.dataset_id, "train-start-clusters.data": None}
    answer = page.call("train-state.data", "train-dataset.value", told)
    assert "among 700 sessions" in str(answer["train-body"])
    assert answer["train-state"]["data"] == {
        "pathname": "/train",
        "query": f"dataset={shop.result.dataset_id}",
    }


def test_a_dataset_that_is_not_scored_is_scored_first_and_watched(client: Client, unscored: str) -> None:
    page = Page(client, f"/train?dataset={unscored}")
    assert "Not scored yet" in page.text()
    told = {
        "train-score-first.n_clicks": 1,
        "train-dataset.value": unscored,
        "train-start-clusters.data": None,
        "train-clock.n_intervals": 1,
    }
    answer = page.press("train-score-first", told)
    assert "Waiting for its turn" in str(answer["train-body"])
    assert answer["train-clock"]["disabled"] is False
    (result,) = get_store().results(unscored)
    assert result.bundle == "demo-shop"

    get_store().update_result(result.id, state="failed", error={"message": "No rows."})
    answer = page.press("train-clock", told)
    assert "No rows." in str(answer["train-body"])
    assert answer["train-clock"]["disabled"] is True


def test_a_training_is_started_as_the_form_says(client: Client, shop: Shop) -> None:
    page = Page(client, f"/train?dataset={shop.result.dataset_id}")
    names = [({"type": "train-cluster-name", "place": place}, f"C{place}") for place in range(3)]
    answer = start(
        page,
        shop.result.dataset_id,
        **{
            "train-name.value": " told-1 ",
            "train-rule.value": "money",
            "train-value.value": 40,
            "train-cost.value": 2,
            "train-clusters.value": "3",
            "train-cluster-name": names,
        },
    )
    href = answer["_pages_location"]["href"]
    training = get_store().training(href.removeprefix("/train/"))
    assert (training.bundle, training.who, training.state) == ("told-1", WHO, "queued")
    options = TrainingOptions.from_dict(training.options)
    assert (options.clusters, options.cluster_names) == (3, ("C0", "C1", "C2"))
    assert options.threshold_rule is not None
    assert options.threshold_rule.break_even == 0.05

    watched = Page(client, href)
    assert "Waiting for its turn" in watched.text()
    assert watched.find("training-clock")["disabled"] is False
    assert "told-1" in Page(client, "/train").text()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"train-name.value": "../x"}, {"train-name": "Use up to 64 letters"}),
        ({"train-name.value": ""}, {"train-name": "Enter a name."}),
        ({"train-name.value": "demo-shop"}, {"train-name": "A model with this name exists"}),
        ({"train-who.value": " "}, {"train-who": "Enter your name."}),
        (
            {"train-rule.value": "money", "train-who.value": ""},
            {"train-who": "Enter your name.", "train-value": "above 0", "train-cost": "0 or more"},
        ),
        (
            {"train-rule.value": "money", "train-value.value": 2, "train-cost.value": 3},
            {"train-cost": "never pay"},
        ),
    ],
)
def test_what_keeps_a_training_from_starting_is_said_at_its_field(
    client: Client, shop: Shop, wrong: dict[str, Any], said: dict[str, str]
) -> None:
    before = get_store().trainings()
    page = Page(client, f"/train?dataset={shop.result.dataset_id}")
    answer = start(page, shop.result.dataset_id, **wrong)
    for field in ("train-name", "train-who", "train-value", "train-cost"):
        assert said.get(field, "") in (answer[f"{field}-problem"]["children"] or "")
        assert bool(answer[f"{field}-problem"]["children"]) is (field in said)
        assert answer[field]["invalid"] is (field in said)
        place = page.find(f"{field}-problem")
        assert place["data-describes"] == field
    assert "_pages_location" not in answer
    assert get_store().trainings() == before


def test_a_training_that_waits_is_stopped_at_once(client: Client, shop: Shop) -> None:
    page = Page(client, f"/train?dataset={shop.result.dataset_id}")
    href = start(page, shop.result.dataset_id, **{"train-name.value": "never"})["_pages_location"]["href"]
    watched = Page(client, href)
    asked = {"training-cancel.n_clicks": 1, "training-keep.n_clicks": 0}
    answer = watched.call("training-dialog.is_open", "training-cancel.n_clicks", asked)
    assert answer["training-dialog"]["is_open"] is True

    answer = watched.press(
        "training-stop",
        {"training-stop.n_clicks": 1, "training-watched.data": href.removeprefix("/train/")},
    )
    assert answer["training-dialog"]["is_open"] is False
    assert "This training was cancelled" in str(answer["training-place"])
    assert get_store().training(href.removeprefix("/train/")).state == "cancelled"


def test_what_is_watched_goes_on_without_a_reload(client: Client, shop: Shop) -> None:
    training = created(shop, "watched")
    get_store().update_training(training.id, state="running", step="train", share=0.5, message="3 of 24")
    page = Page(client, f"/train/{training.id}")
    told = {"training-clock.n_intervals": 1, "training-watched.data": training.id}
    answer = page.press("training-clock", told)
    assert "3 of 24" in str(answer["training-status"])
    assert answer["training-clock"]["disabled"] is False

    get_store().update_training(training.id, state="failed", error={"message": "Only 4 buyers."})
    answer = page.press("training-clock", told)
    assert answer["training-clock"]["disabled"] is True
    told["training-over.data"] = answer["training-over"]["data"]
    assert "Only 4 buyers." in str(page.press("training-over", told)["training-place"])


def test_a_model_is_used_and_taken_back(client: Client, shop: Shop) -> None:
    training = trained(shop, "better")
    page = Page(client, f"/train/{training.id}")
    told = {
        "training-use.n_clicks": 1,
        "training-back.n_clicks": 1,
        "train-who.value": " ",
        "training-confirm.value": False,
        "training-watched.data": training.id,
    }
    assert "Your name is missing" in str(page.press("training-use", told))
    assert registry.in_use() == "demo-shop"

    told["train-who.value"] = WHO
    answer = page.press("training-use", told)
    assert "Go back" in str(answer["training-place"])
    assert (registry.in_use(), registry.history()[0].who) == ("better", WHO)
    assert "Another model is in use now" in Page(client, f"/results/{shop.result.id}").text()
    assert "demo-shop" in Page(client, "/what-if?bundle=demo-shop").text()

    answer = page.press("training-back", told)
    assert "Use this one" in str(answer["training-place"])
    assert registry.in_use() == "demo-shop"
    assert registry.history()[0].back


def test_a_model_with_alarms_is_used_after_a_confirmation_only(client: Client, shop: Shop) -> None:
    training = trained(shop, "leaky", alarms=({"kind": "auc", "title": "Too good", "text": "0.99"},))
    page = Page(client, f"/train/{training.id}")
    assert page.find("training-use")["disabled"] is True
    told = {
        "training-use.n_clicks": 1,
        "train-who.value": WHO,
        "training-confirm.value": False,
        "training-watched.data": training.id,
    }
    for confirmed in (True, False):
        told["training-confirm.value"] = confirmed
        answer = page.press("training-confirm", told)
        assert answer["training-use"]["disabled"] is not confirmed
    # Even if somebody presses it all the same.
    assert "Too good" in str(page.press("training-use", told)["training-problem"])
    assert registry.in_use() == "demo-shop"

    told["training-confirm.value"] = True
    assert "Too good" not in str(page.press("training-use", told))
    assert registry.in_use() == "leaky"
    registry.go_back(who=WHO)


def test_a_dataset_is_scored_again_with_the_model_in_use(client: Client, shop: Shop) -> None:
    training = trained(shop, "newer")
    registry.promote("newer", who=WHO)
    page = Page(client, f"/train/{training.id}")
    identity = {"type": "train-score-again", "dataset": shop.result.dataset_id}
    answer = page.press(
        '{"dataset":["ALL"],"type":"train-score-again"}', {"train-score-again": [(identity, 1)]}
    )
    href = next(iter(answer.values()))["href"]
    assert get_store().result(href.removeprefix("/results/")).bundle == "newer"
    registry.go_back(who=WHO)


def test_an_unknown_training_leads_back(client: Client, shop: Shop) -> None:
    assert "Training not found" in Page(client, "/train/nothing").text()


def test_a_name_that_was_typed_stays_when_another_dataset_is_chosen(client: Client, shop: Shop) -> None:
    page = Page(client, f"/train?dataset={shop.result.dataset_id}")
    suggested = page.find("train-suggested-name")["data"]
    assert page.find("train-name")["value"] == suggested

    def chosen(typed: str) -> str:
        told = {"train-dataset.value": shop.result.dataset_id, "train-name.value": typed}
        told |= {"train-suggested-name.data": suggested, "train-start-clusters.data": None}
        answer = page.call("train-suggested-name.data", "train-dataset.value", told)
        parts = walk(answer["train-body"]["children"])
        return next(part["props"]["value"] for part in parts if part["props"].get("id") == "train-name")

    assert chosen("Spring.Model") == "Spring.Model"
    assert chosen(suggested) == suggested
