"""The password's hash, the session cookie and the limit on guesses."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from core.accounts.passwords import verify
from core.base.errors import SettingsError
from core.base.settings import Settings
from core.security import has_password, password_hash, set_password
from core.security.attempts import ALLOWED, Attempts
from core.security.files import create_private
from core.security.sessions import Sessions, set_cookie

PASSWORD = "correct horse battery"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def test_only_an_argon2_hash_is_kept_for_the_owner_alone(settings: Settings) -> None:
    assert not has_password(settings)

    set_password(PASSWORD, settings)

    kept = settings.data_dir / "password.hash"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_text().startswith("$argon2id$")
    assert PASSWORD not in kept.read_text()
    assert has_password(settings)


def test_only_the_right_password_verifies(settings: Settings) -> None:
    set_password(PASSWORD, settings)
    kept = password_hash(settings) or ""

    assert verify(kept, PASSWORD)
    assert not verify(kept, PASSWORD + "x")
    assert not verify(kept, "")
    assert not verify(kept, "x" * 100_000)


@pytest.mark.parametrize("password", ["", "short", "x" * 2000])
def test_a_password_of_odd_length_is_refused(settings: Settings, password: str) -> None:
    with pytest.raises(SettingsError, match="characters"):
        set_password(password, settings)
    assert not has_password(settings)


def test_a_password_kept_in_the_clear_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="argon2"):
        password_hash(Settings(data_dir=tmp_path, password_hash=PASSWORD))


def test_a_setting_is_not_silently_overridden(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, password_hash="$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA")
    with pytest.raises(SettingsError, match="setting"):
        set_password(PASSWORD, settings)


def test_a_session_is_valid_here_and_nowhere_else(settings: Settings, tmp_path: Path) -> None:
    sessions = Sessions(settings, "hash")
    cookie = sessions.issue()

    assert sessions.is_valid(cookie)
    assert Sessions(settings, "hash").is_valid(cookie), "another worker accepts it"
    assert not Sessions(settings, "another hash").is_valid(cookie), "a new password ends it"
    assert not Sessions(Settings(data_dir=tmp_path / "other"), "hash").is_valid(cookie)
    # Not the last letter: some of its bits are no part of the signature.
    assert not sessions.is_valid(cookie[:-2] + ("A" if cookie[-2] != "A" else "B") + cookie[-1])
    assert not sessions.is_valid("")
    assert not sessions.is_valid(None)


def test_a_session_expires(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(settings, "hash")
    cookie = sessions.issue()
    monkeypatch.setattr("core.security.sessions.LIFETIME_SECONDS", -1)
    assert not sessions.is_valid(cookie)


def test_the_cookie_is_closed_to_scripts_and_to_other_sites(tmp_path: Path) -> None:
    plain = set_cookie("x", Settings(data_dir=tmp_path))
    secure = set_cookie("x", Settings(data_dir=tmp_path, secure_cookies=True))

    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    assert "Secure" in secure
    Sessions(Settings(data_dir=tmp_path), "hash")
    assert stat.S_IMODE((tmp_path / "session.key").stat().st_mode) == 0o600


def test_the_first_to_write_a_secret_wins(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert create_private(path, "one") == "one"
    assert create_private(path, "two") == "one"
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"]


def test_guesses_are_limited_by_address_and_across_workers(settings: Settings) -> None:
    one, other = Attempts(settings), Attempts(settings)
    for turn in range(ALLOWED):
        assert (one, other)[turn % 2].begin("10.0.0.1") == 0

    assert one.begin("10.0.0.1") > 0
    assert other.begin("10.0.0.1") > 0
    assert one.begin("10.0.0.2") == 0, "another address is not held up"


def test_the_right_password_clears_the_count(settings: Settings) -> None:
    attempts = Attempts(settings)
    for _ in range(ALLOWED - 1):
        attempts.begin("10.0.0.1")
    attempts.succeeded("10.0.0.1")
    assert all(attempts.begin("10.0.0.1") == 0 for _ in range(ALLOWED))


def test_guesses_are_forgotten_after_the_window(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = Attempts(settings)
    for _ in range(ALLOWED + 1):
        attempts.begin("10.0.0.1")
    monkeypatch.setattr("core.security.attempts.WINDOW_SECONDS", -1)
    assert attempts.begin("10.0.0.1") == 0
