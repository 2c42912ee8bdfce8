"""Where a password is set: trackers need their key alone, scores a secret key, and all else the password."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tests.core.live.conftest import Shop, shop_at

HASH = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("open sesame")
EVENT = {"event_type": "page_view", "visitor_id": "V"}


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Shop]:
    yield from shop_at(tmp_path, min_free_bytes=0, password_hash=HASH)


def test_trackers_send_with_their_key_from_any_page(locked: Shop) -> None:
    headers = {"authorization": f"Bearer {locked.write_key}", "sec-fetch-site": "cross-site"}
    sent = locked.client.post("/api/live/events", json={"events": [EVENT]}, headers=headers)
    assert sent.status_code == 200
    assert locked.client.post("/api/live/events", json={"events": [EVENT]}).status_code == 401
    assert locked.client.post("/v1/batch", json={"batch": []}).status_code == 401


def test_scores_want_a_secret_key_and_no_other(locked: Shop) -> None:
    def status(path: str, key: str | None) -> int:
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        return int(locked.client.get(path, headers=headers).status_code)

    for path in ("/api/live/visitors/V", "/api/live/sessions/V"):
        assert status(path, locked.secret_key) == 200
        for key in (None, locked.write_key, "sk_wrong", ""):
            assert status(path, key) == 401
        assert locked.client.get(path, headers={"authorization": "Basic eDp5"}).status_code == 401


@pytest.mark.parametrize(
    "path", ["/api/live/quarantine", "/api/datasets", "/api/live/sessions/../quarantine"]
)
def test_a_secret_key_opens_nothing_else(locked: Shop, path: str) -> None:
    headers = {"authorization": f"Bearer {locked.secret_key}"}
    assert locked.client.get(path, headers=headers).status_code == 401


def test_other_sites_pages_still_may_not_send_elsewhere(locked: Shop) -> None:
    headers = {"sec-fetch-site": "cross-site", "authorization": f"Bearer {locked.write_key}"}
    assert locked.client.post("/api/predict", json={"sessions": [{}]}, headers=headers).status_code == 403
