"""What a route needs, said beside it: ``dependencies=[needs("results.read")]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Depends

from core.base.identity import Permission, require


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
        require(self.permission)


def needs(permission: Permission) -> Any:  # noqa: ANN401 - what FastAPI calls a dependency has no public type
    """Return the dependency for a route, or for all routes of a router."""
    return Depends(Needs(permission))
