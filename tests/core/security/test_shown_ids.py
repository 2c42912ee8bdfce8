"""Ids as whoever asks may see them: a viewer reads a short hash, the same each time."""

from __future__ import annotations

from pathlib import Path

from core.base.identity import Identity, acting_as
from core.base.settings import Settings
from core.security.shown_ids import LENGTH, shown_id


def test_a_viewer_reads_a_hash_that_only_this_installation_makes(tmp_path: Path) -> None:
    here, elsewhere = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    with acting_as(Identity(role="viewer", via="account")):
        hashed = shown_id("anna@shop.example", here)
        assert hashed == shown_id("anna@shop.example", here)
        assert hashed != shown_id("ben@shop.example", here)
        assert hashed != shown_id("anna@shop.example", elsewhere)
    assert len(hashed) == LENGTH + 1
    assert "anna" not in hashed
    with acting_as(Identity(role="analyst", via="account")):
        assert shown_id("anna@shop.example", here) == "anna@shop.example"
