"""Settings of sign-in with OpenID Connect, and whether they fit together."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, Field, field_validator, model_validator

from core.base.identity import Role

#: Names this machine has for itself.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
#: Stands in the mapping of groups for whoever is in none of them.
EVERYBODY = "*"


class SingleSignOn(BaseModel):
    """How people sign in with an account they have elsewhere (docs/single-sign-on.md)."""

    public_url: str | None = Field(
        None, description="Address people open the dashboard by: https://insights.shop.example."
    )
    oidc_issuer: str | None = Field(
        None, description="Issuer of the OpenID Connect provider: https://accounts.google.com."
    )
    oidc_client_id: str | None = Field(None, description="Client id the provider has given.")
    oidc_client_secret: str | None = Field(None, description="Client secret the provider has given.")
    oidc_client_secret_file: Path | None = Field(None, description="File with the client secret.")
    oidc_client_auth: Literal["basic", "post"] = Field(
        "basic", description="How the secret is shown: client_secret_basic or client_secret_post."
    )
    oidc_scopes: str = Field("openid email profile", description="Scopes asked for, with spaces between.")
    oidc_name: str = Field(
        "your company account", max_length=40, description="What the button says after “Sign in with”."
    )
    oidc_groups_claim: str = Field("groups", min_length=1, description="Claim that holds groups or roles.")
    oidc_roles: dict[str, Role] = Field(
        default_factory=dict,
        description='Role of each group, as JSON: {"shop-analysts": "analyst", "*": "viewer"}. The highest '
        "counts, at each sign-in.",
    )
    oidc_domains: tuple[str, ...] = Field(
        (), description='E-mail domains people may come from, as JSON: ["shop.example"]; any without it.'
    )
    oidc_new_people: Role | None = Field(
        None, description="Role of people nobody has invited; without it, they aren't let in."
    )
    oidc_trust_emails: bool = Field(
        False, description="Whether e-mail addresses count as verified where the provider doesn't say."
    )
    oidc_password_only_for: str | None = Field(
        None, description="E-mail address of the one administrator whose password still lets them in."
    )

    @field_validator("public_url")
    @classmethod
    def _whole_address(cls, url: str | None) -> str | None:
        """Want scheme and host alone: the dashboard is served at the root of a host."""
        if not url:
            return None
        parts = _web_address(url)
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("an address without a path is needed, such as https://insights.shop.example")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, url: str | None) -> str | None:
        if not url:
            return None
        parts = _web_address(url)
        if parts.query or parts.fragment:
            raise ValueError("an issuer has neither ? nor #")
        # As it is written: a slash at the end is part of some issuers' names.
        return url

    @field_validator("oidc_scopes")
    @classmethod
    def _with_openid(cls, scopes: str) -> str:
        if "openid" not in scopes.split():
            raise ValueError("the scope openid is missing")
        return " ".join(scopes.split())

    @field_validator("oidc_domains")
    @classmethod
    def _bare_domains(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        for domain in domains:
            if not domain or "@" in domain or "/" in domain or domain != domain.strip():
                raise ValueError(f"a domain is a name such as shop.example, not {domain!r}")
        return tuple(domain.casefold() for domain in domains)

    @field_validator("oidc_password_only_for")
    @classmethod
    def _address(cls, email: str | None) -> str | None:
        if email and "@" not in email:
            raise ValueError("an e-mail address is needed")
        return email.strip().casefold() if email else None

    @model_validator(mode="after")
    def _complete(self) -> SingleSignOn:
        if self.oidc_issuer is None:
            for name in ("oidc_client_id", "oidc_password_only_for"):
                if getattr(self, name):
                    raise ValueError(f"PREDICTOR_{name.upper()} is set, and PREDICTOR_OIDC_ISSUER is missing")
            return self
        for name in ("oidc_client_id", "public_url"):
            if not getattr(self, name):
                raise ValueError(f"PREDICTOR_OIDC_ISSUER is set, and PREDICTOR_{name.upper()} is missing")
        if self.oidc_client_secret and self.oidc_client_secret_file:
            raise ValueError(
                "PREDICTOR_OIDC_CLIENT_SECRET and PREDICTOR_OIDC_CLIENT_SECRET_FILE are both set: keep one"
            )
        self._read_secret()
        return self

    def _read_secret(self) -> str:
        file = self.oidc_client_secret_file
        if file is None:
            return self.oidc_client_secret or ""
        try:
            secret = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"PREDICTOR_OIDC_CLIENT_SECRET_FILE can't be read: {file}") from error
        if not secret:
            raise ValueError(f"PREDICTOR_OIDC_CLIENT_SECRET_FILE is empty: {file}")
        return secret

    @property
    def oidc_secret(self) -> str:
        """The client secret; empty for a public client, which PKCE alone protects."""
        return self._read_secret()

    def password_allowed(self, email: str) -> bool:
        """Whether whoever has this e-mail address may sign in with a password."""
        only = self.oidc_password_only_for
        return only is None or email.strip().casefold() == only


def _web_address(url: str) -> SplitResult:
    """Return the parts of an address; by http only on this machine, where nobody can read along."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("an address such as https://insights.shop.example is needed") from error
    if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc or url != url.strip():
        raise ValueError("an address such as https://insights.shop.example is needed")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise ValueError("https:// is needed: what is sent signs people in")
    return parts
