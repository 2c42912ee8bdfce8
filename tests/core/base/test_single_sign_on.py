"""Settings of sign-in with OpenID Connect that don't fit together: said at the start, in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.base.errors import SettingsError
from core.base.settings import Settings, get_settings
from tests.core.base.test_settings import fresh

__all__ = ["fresh"]
WHOLE = {
    "PUBLIC_URL": "https://insights.shop.example/",
    "OIDC_ISSUER": "https://login.shop.example/realms/shop/",
    "OIDC_CLIENT_ID": "dashboard",
}


def with_settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in (WHOLE | values).items():
        monkeypatch.setenv(f"PREDICTOR_{name}", value)
    return get_settings()


def test_what_is_needed_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = with_settings(monkeypatch)
    assert settings.public_url == "https://insights.shop.example"
    assert settings.oidc_issuer == WHOLE["OIDC_ISSUER"], "a slash at its end is part of an issuer's name"
    assert settings.oidc_secret == ""
    assert settings.password_allowed("anybody@shop.example")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"PUBLIC_URL": ""}, "PREDICTOR_OIDC_ISSUER is set, and PREDICTOR_PUBLIC_URL is missing."),
        ({"OIDC_CLIENT_ID": ""}, "PREDICTOR_OIDC_ISSUER is set, and PREDICTOR_OIDC_CLIENT_ID is missing."),
        ({"OIDC_ISSUER": ""}, "PREDICTOR_OIDC_CLIENT_ID is set, and PREDICTOR_OIDC_ISSUER is missing."),
        (
            {"OIDC_ISSUER": "", "OIDC_CLIENT_ID": "", "OIDC_PASSWORD_ONLY_FOR": "a@b.example"},
            "PREDICTOR_OIDC_PASSWORD_ONLY_FOR is set, and PREDICTOR_OIDC_ISSUER is missing.",
        ),
        ({"OIDC_CLIENT_SECRET": "hush", "OIDC_CLIENT_SECRET_FILE": "x"}, "are both set: keep one."),
        ({"OIDC_CLIENT_SECRET_FILE": "/nowhere/hush"}, "_FILE can't be read: /nowhere/hush."),
        ({"OIDC_CLIENT_SECRET_FILE": "/dev/null"}, "_FILE is empty: /dev/null."),
        ({"OIDC_ISSUER": "http://login.shop.example"}, "setting PREDICTOR_OIDC_ISSUER: https:// is needed"),
        (
            {"OIDC_ISSUER": "https://login.shop.example?x=1"},
            "setting PREDICTOR_OIDC_ISSUER: an issuer has neither",
        ),
        ({"OIDC_ISSUER": "https://[login"}, "setting PREDICTOR_OIDC_ISSUER: an address such as"),
        (
            {"PUBLIC_URL": "https://shop.example/insights"},
            "setting PREDICTOR_PUBLIC_URL: an address without a path",
        ),
        ({"PUBLIC_URL": "http://insights.shop.example"}, "setting PREDICTOR_PUBLIC_URL: https:// is needed"),
        ({"PUBLIC_URL": "https://me:pass@shop.example"}, "setting PREDICTOR_PUBLIC_URL: an address such as"),
        ({"OIDC_ROLES": '{"Leads": "boss"}'}, "setting PREDICTOR_OIDC_ROLES.Leads: Input should be 'viewer'"),
        ({"OIDC_ROLES": "leads=manager"}, "setting PREDICTOR_OIDC_ROLES: It is not valid JSON."),
        ({"OIDC_NEW_PEOPLE": "everybody"}, "setting PREDICTOR_OIDC_NEW_PEOPLE: Input should be 'viewer'"),
        ({"OIDC_DOMAINS": '["@shop.example"]'}, "setting PREDICTOR_OIDC_DOMAINS: a domain is a name"),
        ({"OIDC_SCOPES": "email profile"}, "setting PREDICTOR_OIDC_SCOPES: the scope openid is missing"),
        (
            {"OIDC_CLIENT_AUTH": "jwt"},
            "setting PREDICTOR_OIDC_CLIENT_AUTH: Input should be 'basic' or 'post'",
        ),
        ({"OIDC_PASSWORD_ONLY_FOR": "boss"}, "_ONLY_FOR: an e-mail address is needed"),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError) as told:
        with_settings(monkeypatch, **values)
    assert said in str(told.value)
    assert "Value error" not in str(told.value)
    assert "hush;" not in str(told.value)


def test_a_secret_can_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")
    assert with_settings(monkeypatch, OIDC_CLIENT_SECRET_FILE=str(tmp_path / "secret")).oidc_secret == "hush"


def test_a_password_counts_for_the_one_who_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = with_settings(monkeypatch, OIDC_PASSWORD_ONLY_FOR=" Boss@Shop.example")
    assert settings.password_allowed("boss@shop.EXAMPLE ")
    assert not settings.password_allowed("anna@shop.example")
