"""``GET /api/me``: who asks, and what they may do."""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter
from pydantic import BaseModel, Field

from core.base.identity import Permission, identity

router = APIRouter(prefix="/api", tags=["you"])


class Me(BaseModel):
    """Who asks: a person, a key, or whoever is at a machine without a password."""

    name: str
    via: str = Field(description="How: account, key, password or open.")
    role: str
    permissions: list[str]


@router.get("/me")
async def me() -> Me:
    """Return who asks, and what they may do."""
    who = identity()
    permissions = [permission for permission in get_args(Permission) if who.may(permission)]
    return Me(name=who.name, via=who.via, role=who.role, permissions=permissions)
