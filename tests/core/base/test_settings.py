from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base.errors import SettingsError
from core.base.settings import Settings, get_settings


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No settings of the machine the tests run on, and none left behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def test_defaults_are_one_persons_machine() -> None:
    settings = Settings()
    assert settings.is_local
    assert settings.metadata_url == f"sqlite:///{settings.data_dir / 'predictor.sqlite'}"
    assert settings.jobs_url == f"sqlite:///{settings.data_dir / 'jobs.sqlite'}"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgres_url_works(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://me:secret@db:5432/shop")
    settings = get_settings()
    assert settings.metadata_url == "postgresql+psycopg://me:secret@db:5432/shop"
    assert settings.jobs_url == "postgresql://me:secret@db:5432/shop"


@pytest.mark.parametrize("url", ["mysql://me:secret@db/shop", "db.example:secret"])
def test_another_database_is_refused_without_repeating_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(SettingsError) as caught:
        get_settings()
    assert "DATABASE_URL" in str(caught.value)
    assert "postgresql://" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_empty_database_url_means_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    assert get_settings().metadata_url.startswith("sqlite:///")


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTOR_PORT", "eighty")
    with pytest.raises(SettingsError, match=r"PREDICTOR_PORT.*'eighty'"):
        get_settings()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SOURCES", "/srv/exports", "not valid JSON"),
        ("RATES", "{USD: 0.9}", "not valid JSON"),
        ("SOURCES", '["relative"]', "a source is a folder"),
        ("TRUSTED_PROXIES", '["proxy.local"]', "does not appear to be an IPv4 or IPv6 network"),
        ("ALLOWED_HOSTS", '["https://shop.example/"]', "a host is a name"),
    ],
)
def test_a_list_that_cannot_be_read_is_named(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"PREDICTOR_{name}", value)
    with pytest.raises(SettingsError, match=said) as told:
        get_settings()
    assert told.value.where == f"setting PREDICTOR_{name}"
    assert "Value error" not in str(told.value)
