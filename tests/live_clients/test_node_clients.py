"""Tracking SDKs for Node as they are, against a real server (``make live-clients`` installs them)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from core.base.settings import Settings
from core.live.keys import make_key
from tests.core.live.test_real_clients import keys, server, visitor
from tests.core.live.test_same_numbers import MATOMO, MATOMO_UNKNOWN, START, VISIT, canonical, same
from tests.serving import Server, wait_until

__all__ = ["keys", "server"]

HERE = Path(__file__).parent
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(
        not (HERE / "node_modules").is_dir(), reason="the SDKs are installed by make live-clients"
    ),
]


#: Matomo names actions by what they are: its steps, what stays unknown, columns it doesn't have.
STEPS = {"matomo": (MATOMO, MATOMO_UNKNOWN, {"quantity", "currency"})}


@pytest.mark.parametrize("client", ["segment", "rudder", "posthog", "snowplow", "matomo"])
def test_a_node_client_s_visit_has_the_numbers_of_a_canonical_csv(
    server: Server,
    keys: tuple[Path, str, str],
    tmp_path: Path,
    client: str,
) -> None:
    data_dir, _, secret = keys
    # Of its own: what one SDK has told would else be known of the others.
    _, write = make_key(Settings(data_dir=data_dir), kind="write", name=client)
    sent = subprocess.run(
        ["node", "send.mjs", client, server.url, write, START.isoformat()],
        cwd=HERE, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert sent.returncode == 0, sent.stderr

    def scored() -> bool:
        return visitor(server, secret, client).get("events_seen") == len(VISIT)

    wait_until(scored, what=f"the visit of {client}: {sent.stderr}")
    answer = visitor(server, secret, client)
    steps, unknown, left_out = STEPS.get(client, (VISIT, set(), set()))
    wanted = canonical(Settings(data_dir=data_dir), tmp_path / "csv", steps, left_out)
    same(answer["features"], wanted | dict.fromkeys(unknown))
    assert (answer["purchased"], answer["step"]) == (True, "bought")
