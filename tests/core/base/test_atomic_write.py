from __future__ import annotations

from pathlib import Path

import pytest

from core.base.atomic_write import atomic_write


def test_a_file_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    with atomic_write(target) as partial:
        partial.write_text("one")
        assert not target.exists()
    assert target.read_text() == "one"
    assert list(tmp_path.iterdir()) == [target]


def test_nothing_is_left_of_a_failure_and_the_old_file_stays(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("before")
    with pytest.raises(RuntimeError), atomic_write(target) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_was_deleted_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "gone" / "out.txt") as partial:
        partial.write_text("late")
    assert not (tmp_path / "gone").exists()
