from __future__ import annotations

import threading
from pathlib import Path

import pytest

from core.base.errors import CancelledError, SettingsError
from core.base.progress import silent
from core.base.resources import Resources, memory_bytes, memory_for, one_at_a_time
from core.base.settings import Settings

SECONDS = 240
MB = 10**6


def resources(limit: str = "1000MB", threads: int = 4) -> Resources:
    return Resources(Settings(duckdb_memory_limit=limit, threads=threads))


def taken(settings: Settings) -> tuple[int, int]:
    return memory_bytes(settings.duckdb_memory_limit) // MB, settings.threads


@pytest.mark.parametrize(
    ("written", "found"),
    [("2GB", 2 * 10**9), ("1.5 GiB", 3 * 2**29), ("500mb", 500 * MB), ("4096B", 4096), ("77", 77)],
)
def test_memory_limits_are_read_as_duckdb_does(written: str, found: int) -> None:
    assert memory_bytes(written) == found


@pytest.mark.parametrize("written", ["", "lots", "2 XB", "1.2.3GB"])
def test_what_is_no_memory_limit_is_refused(written: str) -> None:
    with pytest.raises(SettingsError, match="PREDICTOR_DUCKDB_MEMORY_LIMIT"):
        memory_bytes(written)


def test_a_large_job_leaves_room_for_a_small_one() -> None:
    all_of_it = resources()
    with all_of_it.take(50_000 * MB, silent) as large, all_of_it.take(100 * MB, silent) as small:
        assert (taken(large), taken(small)) == ((750, 4), (100, 2))
        with all_of_it.take(150 * MB, silent) as other:
            assert taken(other) == (150, 1)
    with all_of_it.take(50_000 * MB, silent) as again:
        assert taken(again) == (750, 4), "everything was given back"
    with all_of_it.take(50_000 * MB, silent, little=True) as long:
        assert taken(long) == (250, 4)


def test_a_job_waits_until_its_share_fits() -> None:
    all_of_it = resources()
    begun, told = threading.Event(), threading.Event()

    def second() -> None:
        with all_of_it.take(400 * MB, lambda share, message: told.set()):
            begun.set()

    with all_of_it.take(600 * MB, silent), all_of_it.take(300 * MB, silent):
        waiting = threading.Thread(target=second)
        waiting.start()
        assert told.wait(SECONDS), "it says that it waits"
        assert not begun.is_set()
    waiting.join(SECONDS)
    assert begun.is_set()


def test_a_job_that_is_stopped_waits_no_longer() -> None:
    all_of_it = resources()

    def stopped(share: float, message: str) -> None:
        raise CancelledError("It was stopped.")

    with all_of_it.take(750 * MB, silent), all_of_it.take(250 * MB, silent), pytest.raises(CancelledError):
        all_of_it.take(250 * MB, stopped).__enter__()
    with all_of_it.take(750 * MB, silent) as whole:
        assert taken(whole) == (750, 4)


def test_more_text_wants_more_memory() -> None:
    assert memory_for(0) < memory_for(10 * MB) < memory_for(10**9)


def test_many_columns_want_more_memory_than_their_text() -> None:
    # A table of 400 rows and 2,000 columns can't be read with 410 MB.
    assert memory_for(5 * MB, 2_000) > 600 * MB
    assert memory_for(5 * MB, 30) < 420 * MB


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    waited, begun = threading.Event(), threading.Event()

    def second() -> None:
        with one_at_a_time(tmp_path, waited.set):
            begun.set()

    with one_at_a_time(tmp_path, silent_wait):
        other = threading.Thread(target=second)
        other.start()
        assert waited.wait(SECONDS)
        assert not begun.is_set()
    other.join(SECONDS)
    assert begun.is_set()
    assert list(tmp_path.iterdir()) == []


def silent_wait() -> None:
    """Wait without a word."""
