"""The upload pages over HTTP: their layouts, the mapping step's answers, and how errors are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.base.settings import get_settings
from core.services import datasets
from core.storage import get_store
from tests.pages.dashing import Client, Page, control

EVENTS = "vorgang;wann;was\na;01.03.2026 10:00:00;angesehen\na;01.03.2026 10:01:00;gekauft\n"


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def client() -> Client:
    from app import server

    return Client(server)


@pytest.fixture
def dataset_id(tmp_path: Path) -> str:
    path = tmp_path / "unknown.csv"
    path.write_text(EVENTS, encoding="utf-8")
    return get_store().add_dataset(path, filename="unknown.csv").id


def _values(page: Page, **columns: str) -> dict[str, Any]:
    """Return the form's content, with some columns chosen."""
    chosen = {props["id"]["column"]: props["value"] for props in page.matching("upload-column")} | columns
    words = [(props["id"], props["value"]) for props in page.matching("upload-word")]
    names = ("upload-time-unit", "upload-day-first", "upload-decimal", "upload-currency", "upload-kind")
    return {
        "upload-column": [({"type": "upload-column", "column": n}, value) for n, value in chosen.items()],
        "upload-word": words,
        "upload-words-of.data": page.find("upload-words-of")["data"],
        "upload-dataset.data": page.find("upload-dataset")["data"],
        **{f"{name}.value": page.find(name)["value"] for name in names},
    }


def _preview(page: Page, values: dict[str, Any]) -> dict[str, Any]:
    examples = [props["id"] for props in page.matching("upload-column-examples")]
    trigger = f"{control('upload-column', column='session_id')}.value"
    return page.call("upload-preview.children", trigger, values, {"upload-column-examples": examples})


def test_the_page_lists_what_there_is(client: Client, dataset_id: str) -> None:
    page = Page(client, "/upload?unknown=argument")
    assert "unknown.csv" in page.text()
    assert "needs mapping" in page.text()
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


def test_scoring_keeps_the_mapping_and_leads_to_the_result(client: Client, dataset_id: str) -> None:
    page = Page(client, f"/upload/{dataset_id}")
    values = _values(page, session_id="vorgang", event_type="was", timestamp="wann")

    opened = datasets.open_dataset(dataset_id)
    assert opened.results == ()
    spec = next(
        spec
        for name, spec in _callbacks(client).items()
        if name.startswith("_pages_location.href") and any(i["id"] == "upload-score" for i in spec["inputs"])
    )
    answer = page.call(spec["output"], "upload-score.n_clicks", values | {"upload-score.n_clicks": 1})

    opened = datasets.open_dataset(dataset_id)
    assert f"/results/{opened.results[0].id}" in str(answer)
    assert opened.mapping.columns == {"session_id": "vorgang", "event_type": "was", "timestamp": "wann"}


def _callbacks(client: Client) -> dict[str, dict[str, Any]]:
    from tests.pages.dashing import dependencies

    return dependencies(client)


def test_a_dataset_that_is_gone_is_told_as_a_page(client: Client) -> None:
    page = Page(client, "/upload/nothing")
    assert "This dataset doesn't exist, or was deleted." in page.text()


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
    assert "This dataset doesn't exist" in str(answer["sideUpdate"]["app-errors"])
