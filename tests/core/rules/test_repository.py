"""Rules as they are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.base.errors import NotFoundError
from core.base.settings import Settings
from core.rules.repository import get_rule


def test_a_pasted_address_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        get_rule(Settings(data_dir=tmp_path), "0123456789ab")
    assert list(tmp_path.iterdir()) == []
