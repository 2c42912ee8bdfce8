"""Who asks, and what they may do: one table of roles and permissions for pages, routes and commands.

Outside of a request, in a command or a job, it is whoever runs the program, who may do everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, get_args

from core.base.errors import CoreError

Role = Literal["viewer", "analyst", "manager", "admin"]
#: ``open``: no password is set, and this machine is asked. ``password``: the shared one. ``account`` and
#: ``key``: as they say. ``program``: a command or a job. ``nobody``: not signed in.
Via = Literal["open", "password", "account", "key", "program", "nobody"]
Permission = Literal[
    "results.read",
    "ids.read",
    "uploads.write",
    "audiences.write",
    "scenarios.write",
    "models.write",
    "results.delete",
    "rules.write",
    "schedules.write",
    "people.write",
    "keys.write",
    "settings.write",
    "audit.read",
    "privacy.write",
]
ROLES: tuple[Role, ...] = get_args(Role)
#: What each permission allows, as the page of people and the docs say it.
ALLOWS: dict[Permission, str] = {
    "results.read": "Open results, clusters, journeys, models and reports",
    "ids.read": "See and download ids of visitors and sessions",
    "uploads.write": "Upload exports, map columns, score and train",
    "audiences.write": "Make, change and download audiences; read campaign outcomes",
    "scenarios.write": "Save what-if pages",
    "models.write": "Choose the model in use; delete models",
    "results.delete": "Delete exports, results and audiences",
    "rules.write": "Make, change and switch live rules and live keys",
    "schedules.write": "Make, change and run schedules",
    "people.write": "Invite and remove people; change roles",
    "keys.write": "Make and revoke API keys",
    "settings.write": "Change the shop's settings",
    "audit.read": "Read the audit log",
    "privacy.write": "Delete or export a person's data; set how long data is kept",
}
_ADDED: dict[Role, frozenset[Permission]] = {
    "viewer": frozenset({"results.read"}),
    "analyst": frozenset({"ids.read", "uploads.write", "audiences.write", "scenarios.write"}),
    "manager": frozenset({"models.write", "results.delete", "rules.write", "schedules.write"}),
    "admin": frozenset({"people.write", "keys.write", "settings.write", "audit.read", "privacy.write"}),
}
#: What each role may do: everything the one before may, and more.
GRANTED: dict[Role, frozenset[Permission]] = {
    role: frozenset().union(*(_ADDED[lower] for lower in ROLES[: place + 1]))
    for place, role in enumerate(ROLES)
}


class ForbiddenError(CoreError):
    """Something that the role of whoever asks does not allow."""

    code = "forbidden"
    status = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks.

    ``id`` is the account's or the key's, empty where there is none; ``name`` is what others read. ``scopes``
    narrow what a key may do further; None where it may do all that its role may. ``address`` is the network
    address asked from, and ``session`` the id of an account's session. ``project`` is the project the role
    holds in, a key's own from the beginning.
    """

    id: str = ""
    name: str = ""
    role: Role = "admin"
    via: Via = "program"
    scopes: frozenset[Permission] | None = None
    address: str = ""
    session: str = ""
    project: str = ""

    def may(self, permission: Permission) -> bool:
        """Whether this is allowed."""
        return permission in GRANTED[self.role] and (self.scopes is None or permission in self.scopes)


_PROGRAM = Identity()
#: Whoever asks without having signed in, where anybody may: nothing that needs a permission is for them.
NOBODY = Identity(role="viewer", via="nobody", scopes=frozenset())
_identity: ContextVar[Identity] = ContextVar("identity", default=_PROGRAM)


def identity() -> Identity:
    """Return who asks now."""
    return _identity.get()


def set_identity(who: Identity) -> None:
    """Say who asks from here on, for as long as this request is answered."""
    _identity.set(who)


@contextmanager
def acting_as(who: Identity) -> Iterator[None]:
    """Act as somebody for a while."""
    token = _identity.set(who)
    try:
        yield
    finally:
        _identity.reset(token)


def may(permission: Permission) -> bool:
    """Whether whoever asks now is allowed this."""
    return identity().may(permission)


def require(permission: Permission) -> None:
    """Check that whoever asks now is allowed this.

    Raises
    ------
    ForbiddenError
        If their role, or the scopes of their key, don't include it.
    """
    who = identity()
    if who.may(permission):
        return
    what = ALLOWS[permission][0].lower() + ALLOWS[permission][1:]
    holder = "this API key" if who.via == "key" else f"the role of {who.role}"
    raise ForbiddenError(
        f"Not allowed for {holder}: {what}.", remedy="Ask an administrator for a role that allows it."
    )
