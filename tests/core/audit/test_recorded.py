"""What has to stand in the audit log does: whoever does it, and wherever."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.api import create_application, protect
from core.audit import entries
from core.base.identity import Identity, acting_as
from core.base.settings import Settings
from core.live.keys import make_key, revoke
from core.rules.repository import delete, save, switch
from core.rules.rule import read_rule
from core.security import set_password
from core.storage import Store
from tests.core.api.conftest import CSV


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", min_free_bytes=0)


def recorded(settings: Settings) -> list[tuple[str, str]]:
    return [(entry.action, entry.subject) for entry in reversed(entries(settings=settings))]


def test_signing_in_and_out(settings: Settings) -> None:
    set_password("correct horse battery", settings)
    application = create_application(settings)
    protect(application)
    client = TestClient(application, base_url="http://localhost", client=("192.0.2.7", 5))
    client.post("/sign-in", data={"password": "no such horse here"})
    client.post("/sign-in", data={"password": "correct horse battery"})
    client.post("/sign-out")
    client.post("/sign-out")
    found = list(reversed(entries(settings=settings)))
    assert [(entry.action, entry.via) for entry in found] == [
        ("sign_in_failed", "nobody"), ("sign_in", "password"), ("sign_out", "password"),
    ]  # fmt: skip
    assert {entry.address for entry in found} == {"192.0.2.7"}


def test_deleting_an_export_and_setting_the_shop(settings: Settings, tmp_path: Path) -> None:
    store = Store(settings)
    (tmp_path / "may.csv").write_bytes(CSV)
    dataset = store.add_dataset(tmp_path / "may.csv", filename="may.csv", name="May")
    with acting_as(Identity(id="a", name="Ada", via="account")):
        store.set_shop({"currency": "SEK", "internal": {"user_id": ["me@shop.example"]}})
        store.set_shop({"currency": "SEK"})
        store.delete_dataset(dataset.id)
    assert recorded(settings) == [("settings_changed", "Currency, Internal traffic"), ("deleted", "May")]
    deleted, changed = entries(settings=settings)
    assert (changed.who, changed.detail) == ("Ada", {"changed": {"Currency": ["EUR", "SEK"]}})
    assert deleted.detail == {"kind": "export", "id": dataset.id}
    store.close()


def test_live_keys_and_rules(settings: Settings) -> None:
    key, secret = make_key(settings, kind="secret", name="Scores")
    revoke(settings, key.id)
    rule = save(settings, read_rule({"name": "Help", "action": {"kind": "page", "name": "help"}}))
    switch(settings, rule.id, on=True)
    switch(settings, rule.id, on=True)
    delete(settings, rule.id)
    assert recorded(settings) == [
        ("key_made", "Scores"), ("key_revoked", "Scores"),
        ("rule_changed", "Help"), ("rule_changed", "Help"), ("rule_changed", "Help"),
    ]  # fmt: skip
    found = list(reversed(entries(settings=settings)))
    assert [entry.detail.get("what") for entry in found[2:]] == ["made", "switched on", "deleted"]
    assert all(secret not in str(entry) for entry in found)
