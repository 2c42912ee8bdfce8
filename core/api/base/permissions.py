"""Which permission each route needs, said beside it or in the table here; what says nothing is refused.

Beside it: ``dependencies=[needs("results.read")]``, for a route or for all of a router.
Checked before a route runs, whoever asks: a person, an API key, whoever knows the shared password. What pages
and callbacks need is in ``components/app_shell/permissions.py``; ``docs/permissions.md`` shows all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from core.base.errors import CoreError
from core.base.identity import ForbiddenError, Permission, identity, require
from core.keys.records import PREFIX

#: ``open``: for everybody; where a key of its own is asked for, the route looks at it. ``signed_in``: for
#: everybody who was let in. Otherwise all of these permissions are needed.
Need = Literal["open", "signed_in"] | tuple[Permission, ...]

READ: Need = ("results.read",)
RULES: Need = ("rules.write",)
IDS: Need = ("ids.read",)

#: Of routes that say nothing beside them (``needs``), by address and method: those for everybody, Dash's own,
#: and those that take a key of another kind.
ROUTES: dict[str, dict[str, Need]] = {
    "/healthz": {"GET": "open"},
    "/readyz": {"GET": "open"},
    "/metrics": {"GET": "open"},
    "/sign-in": {"GET": "open", "POST": "open"},
    "/sign-in/code": {"POST": "open"},
    "/sign-in/oidc": {"GET": "open"},
    "/sign-in/oidc/callback": {"GET": "open"},
    "/sign-in/oidc/backchannel-logout": {"POST": "open"},
    "/sign-in/oidc/connect": {"POST": "signed_in"},
    "/sign-out": {"POST": "signed_in"},
    "/projects/choose": {"GET": "signed_in", "POST": "signed_in"},
    "/set-up": {"GET": "signed_in", "POST": "signed_in"},
    "/join/{token}": {"GET": "open", "POST": "open"},
    "/api/docs": {"GET": "signed_in"},
    "/api/me": {"GET": "signed_in"},
    "/api/projects": {"GET": "signed_in"},
    "/api/{rest:path}": dict.fromkeys(("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"), "signed_in"),
    "/api/live/sessions/{session_id:path}": {"GET": IDS},
    "/api/live/visitors/{visitor_id:path}": {"GET": IDS},
    "/api/live/stream": {"GET": IDS},
    "/api/live/ticks": {"GET": READ},
    "/api/live/rules": {"GET": RULES, "POST": RULES},
    "/api/live/rules/{rule_id}": {"PUT": RULES, "DELETE": RULES},
    # A callback's and a page's permission is looked at as it is run.
    "/": {"GET": "signed_in"},
    "{path:path}": {"GET": "signed_in"},
    "/_dash-layout": {"GET": "signed_in"},
    "/_dash-dependencies": {"GET": "signed_in"},
    "/_dash-update-component": {"POST": "signed_in"},
    "/_dash-component-suites/{package_name}/{fingerprinted_path:path}": {"GET": "signed_in"},
    "/_reload-hash": {"GET": "signed_in"},
    "/_favicon.ico": {"GET": "open"},
}
#: Routes that a secret live key opens as well; they look at it themselves.
BY_LIVE_KEY = frozenset(path for path in ROUTES if path.startswith("/api/live/"))
#: Routes of trackers and their SDKs, which send a write key: which key, and whether, the route looks at.
TRACKERS = (
    *("/v1/", "/array/", "/sourceConfig", "/flags", "/batch", "/e", "/i", "/capture", "/matomo.php"),
    *("/piwik.php", "/com.snowplowanalytics.snowplow/", "/api/live/events", "/api/live/decision"),
)


@dataclass(frozen=True, slots=True)
class Needs:
    """A dependency of a route: whoever asks has to be allowed this."""

    permission: Permission

    async def __call__(self) -> None:
        """Refuse whoever isn't.

        Raises
        ------
        ForbiddenError
            If the role of whoever asks, or the scopes of their key, don't include it.
        """
        check((self.permission,))


def needs(permission: Permission) -> Any:  # noqa: ANN401 - what FastAPI calls a dependency has no public type
    """Return the dependency for a route, or for all routes of a router."""
    return Depends(Needs(permission))


def need_of(route: Any, method: str) -> Need | None:  # noqa: ANN401 - of FastAPI or Starlette
    """Return what a route needs; None where nothing is said."""
    path = getattr(route, "path", "")
    said = (depends.dependency for depends in getattr(route, "dependencies", ()))
    beside = tuple(dict.fromkeys(one.permission for one in said if isinstance(one, Needs)))
    if beside:
        return beside
    needs_here = ROUTES.get(path)
    if needs_here is not None:
        return needs_here.get("GET" if method == "HEAD" and "HEAD" not in needs_here else method)
    return "open" if path.startswith(TRACKERS) else None


async def permitted(connection: HTTPConnection) -> None:
    """Check that whoever asks may use this route: of every route, before it runs.

    Raises
    ------
    ForbiddenError
        If they may not, or nothing is said of the route.
    """
    method = connection.method if isinstance(connection, Request) else "GET"
    route = connection.scope.get("route")
    if getattr(route, "path", "") in BY_LIVE_KEY and _shows_live_key(connection):
        return
    check(need_of(route, method))


def check(need: Need | None) -> None:
    """Check that whoever asks has what is needed.

    Raises
    ------
    ForbiddenError
        If they don't.
    NotSignedInError
        If nobody was let in.
    """
    if need == "open":
        return
    if identity().via == "nobody":
        raise NotSignedInError("Not signed in.", remedy="Sign in and try again.")
    if need is None:
        raise ForbiddenError("Nobody may use this address.")
    if need != "signed_in":
        for permission in need:
            require(permission)


class NotSignedInError(CoreError):
    """A request of nobody, where somebody is wanted."""

    code = "sign_in"
    status = 401


def _shows_live_key(connection: HTTPConnection) -> bool:
    scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and not secret.strip().startswith(PREFIX)
