"""Compiled queries are kept, found again, and done without where they can't be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from core.features import kept_queries
from core.features.kept_queries import kept


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "compiled"))
    return tmp_path / "compiled"


def never() -> str:
    raise AssertionError("It was there already.")


def test_a_query_is_compiled_once(folder: Path) -> None:
    assert kept(("a", 1), lambda: "select 'ä'") == "select 'ä'"
    assert kept(("a", 1), never) == "select 'ä'"
    assert kept(("a", 2), lambda: "select 2") == "select 2"
    assert len(list(folder.rglob("*.sql"))) == 2


def test_another_definition_is_another_query(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept("a", lambda: "select 1") == "select 1"
    monkeypatch.setattr(kept_queries, "_stamp", lambda: "changed")
    assert kept("a", lambda: "select 2") == "select 2"


def test_where_nothing_can_be_written_it_is_compiled_each_time(folder: Path) -> None:
    folder.write_text("no folder")
    assert kept("a", lambda: "select 1") == "select 1"
    assert kept("a", lambda: "select 2") == "select 2"
