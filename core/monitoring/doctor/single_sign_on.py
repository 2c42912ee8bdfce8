"""Sign-in with OpenID Connect: whether the provider answers, what it has to know, who comes in without it."""

from __future__ import annotations

from collections.abc import Iterator

from core.accounts import any_people, person_of
from core.base.errors import NotFoundError
from core.base.settings import Settings
from core.monitoring.doctor.finding import Finding
from core.oidc import Provider, ProviderAwayError
from core.oidc.flow import redirect_uri
from core.oidc.logout import logout_address

PART = "single sign-on"


def single_sign_on(settings: Settings) -> Iterator[Finding]:
    """Look whether people can sign in by the provider, where one is set; nothing is sent but questions."""
    if settings.oidc_issuer is None:
        return
    provider = Provider(settings)
    try:
        provider.keys()
    except ProviderAwayError as error:
        told = f"{settings.oidc_issuer} can't be used: {error.message}"
        remedy = "Check PREDICTOR_OIDC_ISSUER, and that this machine reaches it."
        if error.remedy and "PREDICTOR_OIDC_ISSUER" in error.remedy:
            remedy = error.remedy
        yield Finding(PART, "wrong", told, remedy)
    else:
        yield Finding(PART, "ok", f"{settings.oidc_issuer} answers, and its keys can be read.")
    told = f"The provider has to know this redirect address: {redirect_uri(provider)}"
    yield Finding(PART, "ok", told)
    told = f"Where it asks for a back-channel logout address, it is {logout_address(provider)}"
    yield Finding(PART, "ok", told)
    if not any_people(settings):
        told = "Nobody comes in by it before there is an administrator."
        yield Finding(PART, "warning", told, "python -m core people add EMAIL")
    yield from _without_it(settings)


def _without_it(settings: Settings) -> Iterator[Finding]:
    """Look whether the one administrator whose password counts can come in by it."""
    email = settings.oidc_password_only_for
    if email is None:
        return
    try:
        person = person_of(email, settings)
    except NotFoundError:
        person = None
    if person is None or person.role != "admin" or not person.has_password:
        told = f"PREDICTOR_OIDC_PASSWORD_ONLY_FOR names {email}, who is no administrator with a password."
        remedy = "Make them one: python -m core people add EMAIL, or people role and people reset."
        yield Finding(PART, "wrong", told, remedy)
    else:
        yield Finding(PART, "ok", f"{email} comes in by password when the provider is away.")
