"""The upload pages over HTTP: their layouts, the mapping step's answers, and how errors are told."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.base.settings import get_settings
from core.services import datasets
from core.storage import get_store
from tests.pages.dashing import Client, Page, control, given

EVENTS = "vorgang;wann;was\na;01.03.2026 10:00:00;angesehen\na;01.03.2026 10:01:00;gekauft\n"


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def client() -> Iterator[Client]:
    from app import server

    with given(server, get_settings()) as opened:
        yield opened


@pytest.fixture
def dataset_id(tmp_path: Path) -> str:
    path = tmp_path / "unknown.csv"
    path.write_text(EVENTS, encoding="utf-8")
    return get_store().add_dataset(path, filename="unknown.csv").id


def _values(page: Page, **columns: str) -> dict[str, Any]:
    """Return the form's content, with some columns chosen."""
    chosen = {props["id"]["column"]: props["value"] for props in page.matching("upload-column")} | columns
    words = [(props["id"], props["value"]) for props in page.matching("upload-word")]
    options = [(props["id"], props["value"]) for props in page.matching("upload-option")]
    return {
        "upload-column": [({"type": "upload-column", "column": n}, value) for n, value in chosen.items()],
        "upload-word": words,
        "upload-option": options,
        "upload-words-of.data": page.find("upload-words-of")["data"],
        "upload-dataset.data": page.find("upload-dataset")["data"],
        "upload-kind.value": page.find("upload-kind")["value"],
    }


def _with(values: dict[str, Any], **options: str) -> dict[str, Any]:
    """Return the form's content with other options chosen."""
    chosen = [(id_, options.get(id_["name"], value)) for id_, value in values["upload-option"]]
    return values | {"upload-option": chosen}


def _preview(page: Page, values: dict[str, Any]) -> dict[str, Any]:
    examples = [props["id"] for props in page.matching("upload-column-examples")]
    trigger = f"{control('upload-column', column='session_id')}.value"
    return page.call("upload-preview.children", trigger, values, {"upload-column-examples": examples})


def test_the_page_lists_what_there_is(client: Client, dataset_id: str) -> None:
    page = Page(client, "/upload?unknown=argument")
    assert "unknown.csv" in page.text()
    assert "Columns need mapping" in page.text()
    assert page.find("upload-refresh")["disabled"] is True


def test_the_mapping_step_says_what_is_missing_then_shows_the_rows(client: Client, dataset_id: str) -> None:
    page = Page(client, f"/upload/{dataset_id}")

    lacking = _preview(page, _values(page, session_id=" "))
    assert lacking["upload-score"]["disabled"] is True
    assert "belong together" in str(lacking["upload-preview"])

    whole = _preview(page, _values(page, session_id="vorgang", event_type="was", timestamp="wann"))
    assert whole["upload-score"]["disabled"] is False
    assert "2 of the first 2 rows" in str(whole["upload-preview"])
    examples = {key: told["children"] for key, told in whole.items() if "upload-column-examples" in key}
    assert examples[control("upload-column-examples", column="session_id")] == "a"


def test_another_event_column_brings_its_own_words(client: Client, dataset_id: str) -> None:
    page = Page(client, f"/upload/{dataset_id}")
    values = _values(page, event_type="was")
    values["upload-words-of.data"] = ["events", " "]

    answer = page.call(
        "upload-words.children", f"{control('upload-column', column='event_type')}.value", values
    )

    assert "angesehen" in str(answer["upload-words"])
    assert answer["upload-words-of"]["data"] == ["events", "was"]


def _score(page: Page, values: dict[str, Any]) -> dict[str, Any]:
    return page.press("upload-score", values | {"upload-score.n_clicks": 1})


def test_scoring_keeps_the_mapping_and_leads_to_the_result(client: Client, dataset_id: str) -> None:
    page = Page(client, f"/upload/{dataset_id}")
    values = _values(page, session_id="vorgang", event_type="was", timestamp="wann")

    assert datasets.open_dataset(dataset_id).results == ()
    answer = _score(page, values)

    opened = datasets.open_dataset(dataset_id)
    assert f"/results/{opened.results[0].id}" in str(answer)
    assert opened.mapping.columns == {"session_id": "vorgang", "event_type": "was", "timestamp": "wann"}


def test_the_shops_clock_and_robots_are_chosen_for_one_export(client: Client, dataset_id: str) -> None:
    page = Page(client, f"/upload/{dataset_id}")
    values = _values(page, session_id="vorgang", event_type="was", timestamp="wann")

    _score(page, _with(values, time_zone="Europe/Berlin", local_times="1", keep_robots="1"))

    mapping = datasets.open_dataset(dataset_id).mapping
    assert (mapping.time_zone, mapping.local_times, mapping.keep_robots) == ("Europe/Berlin", True, True)
    chosen = {props["id"]["name"]: props["value"] for props in _options_of(client, dataset_id)}
    assert chosen["time_zone"] == "Europe/Berlin"
    assert (chosen["local_times"], chosen["keep_robots"], chosen["decimal"]) == ("1", "1", " ")


def _options_of(client: Client, dataset_id: str) -> list[dict[str, Any]]:
    return Page(client, f"/upload/{dataset_id}").matching("upload-option")


def _mapped(client: Client, dataset_id: str) -> None:
    page = Page(client, f"/upload/{dataset_id}")
    _score(page, _values(page, session_id="vorgang", event_type="was", timestamp="wann"))


def _next(tmp_path: Path, text: str) -> str:
    path = tmp_path / "next.csv"
    path.write_text(text, encoding="utf-8")
    return get_store().add_dataset(path, filename="next.csv").id


def test_the_next_export_says_that_it_is_read_as_before(
    client: Client, dataset_id: str, tmp_path: Path
) -> None:
    assert "Read as before" not in Page(client, f"/upload/{dataset_id}").text()
    _mapped(client, dataset_id)

    same = Page(client, f"/upload/{_next(tmp_path, EVENTS)}")
    other = Page(client, f"/upload/{_next(tmp_path, EVENTS.replace('gekauft', 'gemerkt'))}")

    assert "Read as before: the recipe of “unknown.csv”" in same.text()
    assert "Its columns need mapping" not in same.text()
    assert "The recipe of “unknown.csv” is filled in" in other.text()
    assert "These event names are new: gemerkt. Choose what they mean." in other.text()


def test_a_recipe_is_downloaded_and_taken_for_another_export(
    client: Client, dataset_id: str, tmp_path: Path
) -> None:
    address = f"/api/datasets/{dataset_id}/recipe.json"
    assert client.request("GET", address).status_code == 404
    _mapped(client, dataset_id)
    answer = client.request("GET", address)
    assert "unknown%20recipe.json" in answer.headers["content-disposition"]
    # It has a column more, so that no recipe is found for it.
    other = _next(
        tmp_path, EVENTS.replace("was\n", "was;mehr\n").replace("en\n", "en;1\n").replace("ft\n", "ft;2\n")
    )
    page = Page(client, f"/upload/{other}")
    contents = f"data:application/json;base64,{base64.b64encode(answer.content).decode()}"

    trigger = {"id": "upload-recipe", "property": "contents", "value": contents}
    dataset = {"id": "upload-dataset", "property": "data", "value": other}
    answered = page.post("upload-recipe.contents", [trigger], [dataset], ["upload-recipe.contents"])

    assert "Not scored yet" in str(answered["sideUpdate"]["_pages_content"])
    assert datasets.open_dataset(other).mapping.to_dict() == answer.json()


def test_a_dataset_that_is_gone_is_told_as_a_page(client: Client) -> None:
    page = Page(client, "/upload/nothing")
    assert "This export doesn't exist or was deleted." in page.text()


def test_an_unforeseen_error_gives_only_a_reference(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(datasets, "listing", broken)
    page = Page(client, "/upload")

    assert "Something went wrong." in page.text()
    assert "report reference" in page.text()
    assert "secret" not in page.text()


def test_an_error_in_a_callback_becomes_a_banner(client: Client, dataset_id: str) -> None:
    page = Page(client, f"/upload/{dataset_id}")
    datasets.delete(dataset_id)
    values = _values(page)
    answer = page.post(
        "upload-fields.children",
        [{"id": "upload-kind", "property": "value", "value": "sessions"}],
        [{"id": "upload-dataset", "property": "data", "value": dataset_id}],
        ["upload-kind.value"],
    )
    assert values["upload-dataset.data"] == dataset_id
    assert "This export doesn't exist" in str(answer["sideUpdate"]["app-errors"])
