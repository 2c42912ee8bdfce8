"""Reasons that take long are found by another process, once, while pages say how far they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.base.layout import error_panel
from core.base.errors import ExplainError
from core.explain import build_reason_index as building
from core.explain import reason_index
from core.explain.build_reason_index import build_reason_index
from core.jobs import reasons
from core.jobs.reasons import ReasonsPendingError
from core.results import query, reason_filter
from core.results.filters import Filters
from core.results.reason_filter import Because
from core.results.sources import Source, find_source
from core.results.view import ResultView
from core.storage import get_store
from tests.core.whatif.shop import Shop, open_shop

FILTERS = Filters(because=Because(feature="cart_adds"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture
def source(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """A result whose reasons aren't known, asked for by pages, and too many for a moment."""
    monkeypatch.setattr(reasons, "MOMENT", 5)
    monkeypatch.setattr(reason_filter, "_providers", [reasons.reasons_for_pages])
    os.utime(shop.result.path)
    yield find_source(shop.result.id)
    os.utime(shop.result.path)


def _running(source: Source) -> Path:
    return reasons._file(reason_index.ReasonIndex(source, source.scored))


def test_another_process_finds_them_and_the_page_goes_on(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = get_store().settings
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("PREDICTOR_MODELS_DIR", str(settings.models_dir))
    view = ResultView(source.path)
    with pytest.raises(ReasonsPendingError) as pending:
        view.kpis(FILTERS)
    # Whoever asks meanwhile waits for the same process.
    with pytest.raises(ReasonsPendingError):
        view.kpis(FILTERS)
    (process,) = reasons._started
    told = pending.value.to_dict()
    assert told["waits_for"] == f"/api/results/{source.id}/reasons"
    assert told["waits_for"] in str(error_panel(told))
    assert process.wait(240) == 0
    assert reasons.share_of(source.id) == 1
    assert not _running(source).exists()
    found = view.kpis(FILTERS).n
    # Here and now there are as many.
    reason_index.reason_index_of(source.scored).file.unlink()
    monkeypatch.setattr(reason_filter, "_providers", [build_reason_index])
    where, params = FILTERS.where()
    asked = f"SELECT count(*) AS n FROM sessions WHERE {where}"
    assert query.ask_one(source.scored, asked, params)["n"] == found > 0


def test_how_far_it_is_and_that_it_failed(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasons.subprocess, "Popen", None)
    index, file = reason_index.ReasonIndex(source, source.scored), _running(source)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w+b", buffering=0) as at_work:
        assert reasons._locked(at_work.fileno())
        assert reasons._under_way(index) == 0
        at_work.write(b"0.40000 ")
        assert reasons.share_of(source.id) == reasons._under_way(index) == 0.4
    # It has died: the page is to ask again, and is told so once.
    assert reasons.share_of(source.id) == 1
    with pytest.raises(ExplainError, match="stopped before its end"):
        reasons._under_way(index)
    assert not file.exists()
    monkeypatch.setattr(building, "_write", _no_room)
    monkeypatch.setattr(reasons.os, "nice", lambda _: None)
    with file.open("w+b") as at_work:
        assert reasons.main(source.id, at_work.fileno()) == 1
    assert not file.exists()
    with pytest.raises(ExplainError, match="no room") as failed:
        reasons._under_way(index)
    assert not isinstance(failed.value, ReasonsPendingError)
    assert not file.with_suffix(".failed").exists()


def test_what_is_too_much_is_said_at_once(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reason_index, "MOST_SESSIONS", 10)
    with pytest.raises(ExplainError, match="up to 10 sessions"):
        ResultView(source.path).kpis(FILTERS)


def _no_room(*_: object, **__: object) -> None:
    raise ExplainError("There is no room.", remedy="Make some.")
