"""Signing in by providers that answer as Google, Microsoft, Okta, Keycloak and others document it."""

from __future__ import annotations

from typing import Any

import pytest

from core.accounts.people import person_of
from core.base.settings import Settings
from core.oidc import ProviderAwayError, flow
from core.oidc.claims import GOOGLE
from core.oidc.provider import Metadata
from core.security.sessions import COOKIE
from tests.core.security.test_odd_providers import Open, dashboard, provider, settings, signed_in
from tests.oidc.scripted import USERINFO, ScriptedProvider

__all__ = ["dashboard", "provider", "settings"]

#: As each documents it: the settings of docs/single-sign-on.md, what the ID token says, what userinfo says.
DOCUMENTED: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "Google": (
        {"oidc_domains": ["shop.example"], "oidc_new_people": "analyst"},
        {"azp": "dashboard", "hd": "shop.example", "at_hash": None, "email_verified": True},
        {},
    ),
    "Microsoft": (
        {"oidc_trust_emails": True, "oidc_groups_claim": "roles", "oidc_roles": {"Analyst": "analyst"}},
        {
            "ver": "2.0", "tid": "9122040d", "oid": "00000000-0000-0000-66f3-3332eca7ea81", "rh": "0.A",
            "preferred_username": "anna@shop.example", "uti": "x", "roles": ["Analyst"],
            "email_verified": None,
        },
        {},
    ),
    "Microsoft, by xms_edov": (
        {"oidc_groups_claim": "roles", "oidc_roles": {"Analyst": "analyst"}},
        {"ver": "2.0", "roles": ["Analyst"], "email_verified": None, "xms_edov": "1"},
        {},
    ),
    "Okta, whose ID tokens are thin": (
        {"oidc_roles": {"shop-analysts": "analyst"}, "oidc_scopes": "openid email profile groups"},
        {"ver": 1, "amr": ["pwd"], "idp": "00o", "auth_time": 1, "name": None, "email": None,
         "email_verified": None},
        {
            "name": "Anna", "email": "anna@shop.example", "email_verified": True, "zoneinfo": "Europe/Paris",
            "groups": ["Everyone", "shop-analysts"],
        },
    ),
    "Keycloak, by groups with their path": (
        {"oidc_roles": {"/shop/analysts": "analyst"}},
        {"typ": "ID", "sid": "a-b", "acr": "1", "groups": ["/shop/analysts"], "preferred_username": "anna"},
        {},
    ),
    "Keycloak, by realm roles": (
        {"oidc_groups_claim": "realm_access.roles", "oidc_roles": {"analyst": "analyst"}},
        {"typ": "ID", "realm_access": {"roles": ["offline_access", "analyst"]}},
        {},
    ),
    "Keycloak, by roles of a client whose name has dots": (
        {
            "oidc_groups_claim": "resource_access.insights.shop.example.roles",
            "oidc_roles": {"analyst": "analyst"},
        },
        {"resource_access": {"insights.shop.example": {"roles": ["analyst"]}, "account": {"roles": ["x"]}}},
        {},
    ),
    "Zitadel": (
        {
            "oidc_groups_claim": "urn:zitadel:iam:org:project:roles",
            "oidc_roles": {"analyst": "analyst"},
        },
        {"urn:zitadel:iam:org:project:roles": {"analyst": {"1623": "shop.zitadel.cloud"}}},
        {},
    ),
    "Auth0, by claims of one's own that are true or false": (
        {
            "oidc_groups_claim": "https://shop.example/may",
            "oidc_roles": {"lead": "manager", "analyst": "analyst"},
        },
        {"https://shop.example/may": {"lead": False, "analyst": True}},
        {},
    ),
    "LemonLDAP::NG": ({"oidc_roles": {"analysts": "analyst"}}, {"groups": "staff; analysts"}, {}),
    "Auth0": (
        {"oidc_groups_claim": "https://shop.example/roles", "oidc_roles": {"analyst": "analyst"}},
        {"https://shop.example/roles": ["analyst"]},
        {},
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_provider_that_answers_as_it_documents_lets_people_in_with_their_role(
    dashboard: Open, provider: ScriptedProvider, name: str
) -> None:
    settings, claims, more = DOCUMENTED[name]
    provider.claims, provider.says[USERINFO] = claims, {"sub": "anna", **more}
    provider.leaves_out_empty = True
    browser = dashboard(**settings)
    assert signed_in(browser, provider).status_code == 303
    assert browser.get("/api/me").json()["role"] == "analyst"


@pytest.mark.parametrize(
    "said",
    [
        {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.example/"}}},
        {"hasgroups": True},
        {"hasgroups": "true"},
    ],
    ids=ascii,
)  # fmt: skip
def test_groups_that_are_too_many_to_be_listed_give_nobody_another_role(
    dashboard: Open, provider: ScriptedProvider, settings: Settings, said: dict[str, Any]
) -> None:
    """Or whoever is in very many would silently have the role of everybody."""
    roles = {"oidc_roles": {"leads": "manager", "*": "viewer"}}
    provider.says[USERINFO] = {"sub": "anna"}
    provider.claims = {"groups": ["leads"]}
    assert signed_in(dashboard(**roles), provider).status_code == 303
    provider.claims = said
    refused = signed_in(browser := dashboard(**roles), provider)
    assert (refused.status_code, "more groups" in refused.text) == (403, True)
    assert COOKIE not in browser.cookies
    assert person_of("anna@shop.example", settings).role == "manager"


def test_microsoft_s_issuer_of_everybody_is_said(provider: ScriptedProvider, dashboard: Open) -> None:
    provider.metadata["issuer"] = "https://login.microsoftonline.com/{tenantid}/v2.0"
    with pytest.raises(ProviderAwayError) as raised:
        Metadata.of(provider.metadata, "https://login.microsoftonline.com/common/v2.0")
    assert "tenant's id" in (raised.value.remedy or "")


def test_google_s_two_names_are_one_issuer(
    dashboard: Open, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert flow.names_of(GOOGLE) == ["https://accounts.google.com", "accounts.google.com"]
    assert flow.names_of("https://login.shop.example") == ["https://login.shop.example"]
    provider.says[USERINFO] = {"sub": "anna"}
    assert signed_in(dashboard(), provider).status_code == 303
    monkeypatch.setattr(flow, "names_of", lambda issuer: [issuer, issuer.removeprefix("http://")])
    provider.claims = {"iss": provider.issuer.removeprefix("http://")}
    assert signed_in(browser := dashboard(), provider).status_code == 303, (
        "the person known by the other name"
    )
    assert COOKIE in browser.cookies
