"""Compiled queries are kept, found again, and done without where they can't be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.base.settings import ROOT
from core.features import compiling, kept_queries
from core.features.kept_queries import kept
from core.schema.events import Told


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


def test_a_process_of_its_own_compiles_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(columns=frozenset({"session_id", "timestamp", "price"}), event_types=frozenset({"purchase"}))
    here = compiling.compiled_here(told, "DE", 30, None)

    def never_here(*_: object) -> str:
        return never()

    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(compiling, "compiled_here", never_here)
        assert compiling.compiled_apart(told, "DE", 30, None) == here

    # Where no process can be started, it goes on as before.
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert compiling.compiled_apart(told, "DE", 30, None) == here


def test_a_process_that_compiles_apart_has_no_ibis(tmp_path: Path) -> None:
    code = (
        "import sys; from core.features import compile_apart, rows_of; compile_apart(); "
        "from core.schema.events import EVENT_SCHEMA; "
        "print(rows_of(EVENT_SCHEMA.empty_table()).num_rows, 'ibis' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-X", f"pycache_prefix={tmp_path}", "-c", code],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["0", "False"]
