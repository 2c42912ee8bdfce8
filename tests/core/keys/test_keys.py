"""A key is shown once, does no more than its maker may, and stops at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from core.accounts.people import add_person, remove_person, set_role
from core.audit import entries
from core.base.errors import NotFoundError
from core.base.identity import ForbiddenError, Identity, acting_as
from core.base.settings import Settings
from core.database import get_engine
from core.keys import keys, make_key, revoke_key
from core.keys.checking import TooManyRequestsError, UnknownKeyError, identity_of_key
from core.keys.records import PREFIX, ApiKeyError, api_keys


@pytest.fixture
def settings(database_url: str | None, tmp_path: Path) -> Iterator[Settings]:
    made = Settings(data_dir=tmp_path / "data", DATABASE_URL=database_url)
    yield made
    get_engine(made).dispose()


def test_a_key_says_who_asks_and_of_its_secret_nothing_is_kept(settings: Settings) -> None:
    key, secret = make_key("Warehouse", scopes=["ids.read", "results.read"], settings=settings)
    assert secret.startswith(PREFIX)
    assert len(secret) > 40
    who = identity_of_key(secret, "192.0.2.7", settings)
    assert (who.id, who.name, who.via, who.address) == (key.id, "Warehouse", "key", "192.0.2.7")
    assert who.may("results.read")
    assert not who.may("results.delete")
    assert timedelta(days=89) < key.expires_at - datetime.now(UTC) <= timedelta(days=90)
    with get_engine(settings).connect() as connection:
        assert secret not in str(connection.execute(select(api_keys)).all())
    assert secret not in str(entries(settings=settings))
    (kept,) = keys(settings)
    assert kept.last_used_at is not None


@pytest.mark.parametrize("secret", ["", "scsp_", "scsp_wrong", "scsp_\udc80", "wk_abc"])
def test_what_is_no_key_is_refused(settings: Settings, secret: str) -> None:
    with pytest.raises(UnknownKeyError):
        identity_of_key(secret, "", settings)


def test_a_revoked_key_stops_with_the_next_request(settings: Settings) -> None:
    key, secret = make_key("Warehouse", scopes=["results.read"], settings=settings)
    identity_of_key(secret, "", settings)
    revoke_key(key.id, settings)
    revoke_key(key.id, settings)
    with pytest.raises(UnknownKeyError, match="revoked"):
        identity_of_key(secret, "", settings)
    assert [entry.action for entry in entries(settings=settings)] == ["key_revoked", "key_made"]
    with pytest.raises(NotFoundError):
        revoke_key("nothing", settings)


def test_an_expired_key_works_no_more(settings: Settings) -> None:
    _, secret = make_key("Warehouse", scopes=["results.read"], days=1, settings=settings)
    with get_engine(settings).begin() as connection:
        connection.execute(update(api_keys).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    with pytest.raises(UnknownKeyError, match="expired"):
        identity_of_key(secret, "", settings)


def test_requests_over_the_limit_are_told_when_to_come_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = make_key("Warehouse", scopes=["results.read"], rate=3, settings=settings)
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    for _ in range(3):
        identity_of_key(secret, "", settings)
    with pytest.raises(TooManyRequestsError) as refused:
        identity_of_key(secret, "", settings)
    assert refused.value.seconds == 20
    now += 20
    identity_of_key(secret, "", settings)
    with pytest.raises(TooManyRequestsError):
        identity_of_key(secret, "", settings)


def test_a_key_does_no_more_than_its_maker(settings: Settings) -> None:
    with acting_as(Identity(role="manager", via="account")), pytest.raises(ForbiddenError):
        make_key("Mine", scopes=["results.read"], settings=settings)
    narrow = Identity(role="admin", via="account", scopes=frozenset({"keys.write", "results.read"}))
    with acting_as(narrow):
        make_key("Mine", scopes=["results.read"], settings=settings)
        with pytest.raises(ForbiddenError):
            make_key("More", scopes=["ids.read"], settings=settings)


def test_a_key_loses_what_its_maker_loses(settings: Settings) -> None:
    people = [
        add_person(email=f"{name}@shop.example", name=name, role="admin", password=None, settings=settings)
        for name in ("Ada", "Ben")
    ]
    with acting_as(Identity(id=people[0].id, name="Ada", role="admin", via="account")):
        _, secret = make_key("Mine", scopes=["results.read", "audit.read"], settings=settings)
    assert identity_of_key(secret, "", settings).may("audit.read")
    set_role(people[0].id, "viewer", settings)
    now = identity_of_key(secret, "", settings)
    assert now.may("results.read")
    assert not now.may("audit.read")
    remove_person(people[0].id, settings)
    with pytest.raises(UnknownKeyError, match="no account"):
        identity_of_key(secret, "", settings)


@pytest.mark.parametrize(("name", "more"), [
    (" ", {"scopes": ["results.read"]}),
    ("A", {"scopes": []}),
    ("A", {"scopes": ["keys.write"]}),
    ("A", {"scopes": ["results.read"], "days": 0}),
    ("A", {"scopes": ["results.read"], "days": 10**9}),
    ("A", {"scopes": ["results.read"], "rate": 0}),
])  # fmt: skip
def test_what_no_key_can_be_is_said(tmp_path: Path, name: str, more: dict) -> None:
    with pytest.raises(ApiKeyError):
        make_key(name, settings=Settings(data_dir=tmp_path / "data"), **more)
