"""Schedules before there is anything to take exports from, and after."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.storage import get_store
from tests.pages.dashing import Client, Page


def test_without_a_source_there_is_no_form_and_it_says_what_comes_first(client: Client) -> None:
    for path in ("/schedules", "/schedules/new"):
        page = Page(client, path)
        assert "First, a place to take exports from" in page.text()
        assert "PREDICTOR_SOURCES" in page.text()
        assert "schedule-save" not in str(page.content)


def test_with_a_source_the_form_is_there(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = get_store()
    monkeypatch.setattr(store, "settings", store.settings.model_copy(update={"sources": (str(tmp_path),)}))
    assert "New schedule" in Page(client, "/schedules").text()
    assert "schedule-save" in str(Page(client, "/schedules/new").content)
