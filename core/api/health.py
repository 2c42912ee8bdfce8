"""``GET /healthz``: whether this worker answers; for load balancers and the supervisor."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()


@router.get("/healthz", tags=["health"])
async def healthz() -> dict[str, str]:
    """Say that the server is up."""
    return {"status": "ok"}
