from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.base.errors import NotFoundError
from core.ingest import inspect
from core.services.samples import sample_file, samples

FORMATS = {
    "events": ("events", "canonical", False),
    "sessions": ("sessions", "session_rows", False),
    "rees46": ("events", "rees46", False),
    "eshop": ("events", "eshop2008", False),
    "unknown": ("events", None, True),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("samples")


@pytest.mark.parametrize("name", FORMATS)
def test_each_sample_is_recognised_as_what_it_shows(name: str, folder: Path) -> None:
    recognition = inspect(sample_file(name, folder))
    assert (recognition.kind, recognition.format, recognition.needs_mapping) == FORMATS[name]


def test_every_sample_says_that_it_is_made_up() -> None:
    assert {sample.name for sample in samples()} == set(FORMATS)
    for sample in samples():
        assert sample.filename.startswith("synthetic-")
        assert sample.text.startswith("Synthetic.")


def test_a_sample_is_made_once_a_day(folder: Path) -> None:
    path = sample_file("eshop", folder)
    made = path.stat().st_mtime_ns
    assert sample_file("eshop", folder).stat().st_mtime_ns == made
    os.utime(path, (0, 0))
    assert sample_file("eshop", folder).stat().st_mtime > 0


def test_an_unknown_sample_is_not_found(folder: Path) -> None:
    with pytest.raises(NotFoundError, match="no sample"):
        sample_file("../secrets", folder)
