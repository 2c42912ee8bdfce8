"""An export played back to a server that runs: over its collector, heard from its stream of scores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.simulate import simulate_events
from tests.core.cli.conftest import Core
from tests.core.live.conftest import Shop, shop_at
from tests.core.live.serving import served

SESSIONS = 25


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    yield from shop_at(tmp_path, min_free_bytes=0)


@pytest.mark.slow
@pytest.mark.server
def test_a_server_says_what_the_file_says(core: Core, shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    simulate_events(SESSIONS, seed=4).to_pandas().to_csv(path, index=False)
    with served(shop) as server:
        keys = {"PREDICTOR_WRITE_KEY": shop.write_key, "PREDICTOR_SECRET_KEY": shop.secret_key}
        # Before it was played once, a key hasn't told all that the file has from its beginning.
        core("replay", path, "--url", server.url, "--json", **keys)
        played = core("replay", path, "--url", server.url, "--json", **keys)
        wrong = core("replay", path, "--url", server.url, **{**keys, "PREDICTOR_SECRET_KEY": "sk_wrong"})
    assert played.returncode == 0, played.stderr
    compared = json.loads(played.stdout)
    assert (compared["different"], compared["live"]) == (0, compared["file"])
    assert compared["scores"] > SESSIONS
    assert shop.rows("SELECT count(*) FROM sessions") == [(2 * SESSIONS,)]
    assert wrong.returncode == 1
    assert "There is no secret key of this name" in wrong.stderr
