"""What a provider says of a person, read with care: claims may be missing, or of any type."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.base.identity import ROLES, Role
from core.base.settings import Settings
from core.base.single_sign_on import EVERYBODY
from core.oidc.tokens import is_id

GOOGLE = "https://accounts.google.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenIdentity:
    """Who somebody is, shown by a token of the provider.

    ``issuer`` and ``subject`` together never change and are nobody else's (OpenID Connect Core 1.0, section
    5.7); ``email`` may, and counts only where it is verified. ``hosted`` is the organisation Google says an
    account belongs to. ``session`` is what the provider calls its own session, empty where it doesn't say.
    ``groups_untold``: there are groups, and more of them than the token lists.
    """

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    groups: tuple[str, ...]
    hosted: str
    id_token: str
    session: str = ""
    groups_untold: bool = False

    @classmethod
    def of(cls, claims: Mapping[str, Any], id_token: str, settings: Settings) -> ProvenIdentity:
        """Read the claims of a token that has been verified."""
        return cls(
            issuer=str(claims["iss"]),
            subject=str(claims["sub"]),
            email=_text(claims, "email").casefold(),
            email_verified=_is_verified(claims, trust=settings.oidc_trust_emails),
            name=_text(claims, "name"),
            groups=_groups(claims, settings.oidc_groups_claim),
            hosted=_text(claims, "hd").casefold(),
            id_token=id_token,
            session=claims["sid"] if is_id(claims.get("sid")) else "",
            groups_untold=_are_untold(claims, settings.oidc_groups_claim),
        )

    def is_of(self, domains: tuple[str, ...]) -> bool:
        """Whether the account belongs to one of these domains; with none, any will do.

        Anybody can have an account at Google with an address of elsewhere, so there the organisation counts.
        """
        if not domains:
            return True
        if not self.email_verified or self.email.rpartition("@")[2] not in domains:
            return False
        return self.issuer != GOOGLE or self.hosted in domains

    def role(self, roles: Mapping[str, Role]) -> Role | None:
        """Return the highest role that the groups are given; None where none is."""
        given = {roles[group] for group in (*self.groups, EVERYBODY) if group in roles}
        return max(given, key=ROLES.index, default=None)


def lacks(claims: Mapping[str, Any], settings: Settings) -> bool:
    """Whether something that is needed isn't there, and may be where the provider tells more."""
    wanted = {"email", "name"} | ({settings.oidc_groups_claim} if settings.oidc_roles else set())
    return any(_at(claims, name) is None for name in wanted)


def _is_verified(claims: Mapping[str, Any], *, trust: bool) -> bool:
    email = _text(claims, "email")
    if not email or not _is_nobody_else_s(email):
        return False
    # Some write a boolean as a text; Microsoft says it by a claim of its own, where it is asked to.
    said = claims.get("email_verified", claims.get("xms_edov"))
    return trust if said is None else said in (True, 1, "true", "1")


def _is_nobody_else_s(email: str) -> bool:
    """Whether no other address is kept and compared as this one: “ß” as “ss”, the Kelvin sign as “k”.

    Whoever can have such an address somewhere would come in as the person with the plain one.
    """
    return unicodedata.normalize("NFKC", email) == email and email.casefold() == email.lower()


def _groups(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the groups of a claim: a list, the names in an object (Zitadel), or a text (LemonLDAP::NG)."""
    found = _at(claims, name)
    listed = found.split("; ") if isinstance(found, str) else found
    if isinstance(listed, Mapping):
        # Zitadel says of which organisations; claims of one's own say it by true and false.
        listed = [
            name for name, held in listed.items() if held is True or (isinstance(held, Mapping) and held)
        ]
    if not isinstance(listed, list):
        return ()
    return tuple(group for group in listed if isinstance(group, str))


def _are_untold(claims: Mapping[str, Any], name: str) -> bool:
    """Whether a token of somebody in very many groups lists none, as Microsoft's do.

    In their place it says where they can be asked for (OpenID Connect Core 1.0, section 5.6.2), or only that
    there are some.
    """
    elsewhere = claims.get("_claim_names")
    said = claims.get("hasgroups") in (True, "true") and name == "groups"
    return _at(claims, name) is None and (said or (isinstance(elsewhere, Mapping) and name in elsewhere))


def _at(claims: Any, name: str) -> Any:  # noqa: ANN401 - whatever the provider says
    """Return a claim, by its name or by the way to it: ``realm_access.roles``.

    Names on the way may have dots themselves: ``resource_access.insights.shop.example.roles``.
    """
    if not isinstance(claims, Mapping):
        return None
    if name in claims:
        return claims[name]
    parts = name.split(".")
    ways = ((".".join(parts[:n]), ".".join(parts[n:])) for n in range(1, len(parts)))
    found = (_at(claims[first], rest) for first, rest in ways if first in claims)
    return next((claim for claim in found if claim is not None), None)


def _text(claims: Mapping[str, Any], name: str) -> str:
    """Return a claim that is a text, as any database takes it; empty where it is none."""
    said = claims.get(name)
    return said.strip() if isinstance(said, str) and said.isprintable() else ""
