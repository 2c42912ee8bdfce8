"""``GET /api/live/...``: the scores of running sessions, and what could not be used, with the reason."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from core.base.errors import KeyRefusedError
from core.live.keys import find_key
from core.live.quarantine import as_lines
from core.live.scores import session_score, visitor_score
from core.security.sessions import COOKIE, Sessions

router = APIRouter(prefix="/api/live", tags=["live"])
Authorisation = Annotated[str | None, Header(description="Bearer and a secret key: `Bearer sk_…`")]


class LiveScore(BaseModel):
    """The score of one session; of one that isn't known, only `state` "unknown" and how many events wait."""

    model_config = ConfigDict(extra="allow")

    state: str = Field(description="running, over, unknown, or robot: not scored, as the team's own visits.")
    waiting: int = Field(description="Events taken, of any session, that are not scored yet.")
    session_id: str | None = None
    visitor_id: str | None = None
    step: str | None = Field(None, description="browsing, product, cart, checkout or bought.")
    purchased: bool | None = Field(None, description="None where the source has never sent a purchase.")
    events_seen: int | None = None
    probability: float | None = Field(None, description="That it still ends in a purchase; 0 to 1.")
    expected_revenue: float | None = None
    revenue_if_purchase: float | None = None
    revenue_range: list[float | None] | None = None
    currency: str | None = None
    cluster: str | None = Field(None, description="The kind of visit it looks like so far.")
    reasons: list[dict[str, Any]] | None = Field(None, description="What moves the probability most.")
    model: str | None = None
    accuracy: dict[str, Any] | None = Field(
        None, description="How good the model is after so many events, from its card."
    )


@router.get("/sessions/{session_id:path}", response_model=LiveScore)
def session(session_id: str, request: Request, authorization: Authorisation = None) -> dict[str, Any]:
    """Return the score of a session, by the id its tracker gives it."""
    _check(request, authorization)
    return session_score(request.app.state.settings, session_id)


@router.get("/visitors/{visitor_id:path}", response_model=LiveScore)
def visitor(visitor_id: str, request: Request, authorization: Authorisation = None) -> dict[str, Any]:
    """Return the score of a visitor's latest session, by anonymous id or account."""
    _check(request, authorization)
    return visitor_score(request.app.state.settings, visitor_id)


@router.get("/quarantine", include_in_schema=False)
def quarantine(request: Request) -> Response:
    """Return what could not be used, as lines of JSON: the latest first."""
    lines = as_lines(request.app.state.settings)
    name = "quarantine.ndjson"
    return Response(
        lines,
        media_type="application/x-ndjson",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _check(request: Request, authorization: str | None) -> None:
    """Let in whoever shows a secret key, is signed in, or sits at a machine without a password."""
    scheme, _, secret = (authorization or "").partition(" ")
    if authorization and scheme.lower() == "bearer":
        if find_key(request.app.state.settings, secret.strip(), "secret") is None:
            raise KeyRefusedError(
                "There is no secret key of this name.",
                remedy="Make one on the Live page, or with `python -m core live-key --secret`.",
            )
        return
    sessions: Sessions | None = request.app.state.access.sessions
    if sessions is not None and not sessions.is_valid(request.cookies.get(COOKIE)):
        raise KeyRefusedError("There is no secret key.", remedy="Send it as `Authorization: Bearer sk_…`.")
