from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pytest

from core.base.errors import StorageError
from core.storage import safe_filename
from core.storage._files import ensure_room, move_in, remove, room, sha256_of, stored_suffix


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("events.csv", "events.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\exports\\märz 2026.csv", "märz 2026.csv"),
        (".hidden.csv", "hidden.csv"),
        ("a\x00b\n\u202ecsv.exe", "abcsv.exe"),
        ("..", "upload"),
        ("", "upload"),
        ("/", "upload"),
    ],
)
def test_a_file_name_keeps_what_is_harmless(given: str, kept: str) -> None:
    assert safe_filename(given) == kept


def test_a_long_file_name_keeps_its_endings() -> None:
    name = safe_filename("x" * 500 + ".csv.gz")
    assert len(name) == 150
    assert name.endswith("x.csv.gz")


@pytest.mark.parametrize(
    ("filename", "suffix"),
    [
        ("a.csv", ".csv"),
        ("a.CSV.GZ", ".csv.gz"),
        ("2019.10.01.csv", ".01.csv"),
        ("plain", ""),
        ("a.c/../s", ""),
        ("a.verylongending", ""),
    ],
)
def test_only_plain_endings_reach_the_disk(filename: str, suffix: str) -> None:
    assert stored_suffix(filename) == suffix


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc" * 1000)
    assert sha256_of(path) == hashlib.sha256(b"abc" * 1000).hexdigest()


def test_room_is_checked_with_the_reserve(tmp_path: Path) -> None:
    free = room(tmp_path, kept_free=0).free
    ensure_room(tmp_path, 10**6, kept_free=0)
    with pytest.raises(StorageError, match=r"0\.00 GB can be used \(.* GB free, .* in reserve\)"):
        ensure_room(tmp_path, 10**6, kept_free=free + 10**9)
    with pytest.raises(StorageError):
        ensure_room(tmp_path, free * 2, kept_free=0)


def test_a_file_moves_in_from_another_disk_too(tmp_path: Path) -> None:
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    handle, name = tempfile.mkstemp(dir=elsewhere)
    os.write(handle, b"data")
    os.close(handle)
    move_in(Path(name), tmp_path / "in.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
    assert (tmp_path / "in.csv").read_bytes() == b"data"
    assert not Path(name).exists()


def test_a_removed_folder_is_gone_even_where_a_file_in_it_is_open(tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    folder.mkdir()
    with (folder / "open.bin").open("wb") as file:
        remove(folder, trash=tmp_path / "trash")
        file.write(b"late")
    assert not folder.exists()
    assert not list((tmp_path / "trash").iterdir())


def test_removing_what_is_not_there_is_fine(tmp_path: Path) -> None:
    remove(tmp_path / "none", trash=tmp_path / "trash")
    assert not list((tmp_path / "trash").iterdir())
