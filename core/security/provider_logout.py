"""Where a provider says that somebody has signed out there: from its server to ours, no browser in between.

OpenID Connect Back-Channel Logout 1.0, sections 2.5 to 2.8.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from core.accounts.provider_logouts import end_by_provider
from core.audit import record
from core.base.errors import AccountError
from core.base.identity import acting_as, identity
from core.base.settings import Settings
from core.oidc import ProviderAwayError, UntrustedAnswerError, read_logout_token
from core.oidc.logout import BACK_CHANNEL_LOGOUT
from core.security.forms import read_form
from core.security.single_sign_on import HOW, is_on, waiting_limiter

log = logging.getLogger(__name__)

BAD_REQUEST, NOT_FOUND, UNAVAILABLE = 400, 404, 503

router = APIRouter(include_in_schema=False)


@router.post(BACK_CHANNEL_LOGOUT)
async def take(request: Request) -> Response:
    """End the sessions of whoever has signed out at the provider."""
    if not await run_in_threadpool(is_on, request):
        return _refused(NOT_FOUND, "invalid_request", "Nobody signs in by a provider here.")
    try:
        token = (await read_form(request)).get("logout_token", "")
    except AccountError as error:
        return _refused(BAD_REQUEST, "invalid_request", error.message)
    return await run_sync(_end, request, token, limiter=waiting_limiter())


def _end(request: Request, token: str) -> Response:
    settings: Settings = request.app.state.settings
    try:
        emails = end_by_provider(read_logout_token(request.app.state.provider, token), settings)
    except ProviderAwayError as error:
        # Its keys can't be read just now: it may send the same again.
        return _refused(UNAVAILABLE, "temporarily_unavailable", error.message)
    except UntrustedAnswerError as error:
        return _refused(BAD_REQUEST, "invalid_request", error.message)
    with acting_as(replace(identity(), name=settings.oidc_name)):
        for email in emails:
            record("sign_out", email, settings=settings, how=HOW)
    return Response(status_code=200)


def _refused(status: int, error: str, description: str) -> Response:
    log.warning("a logout token was refused: %s", description)
    return JSONResponse({"error": error, "error_description": description}, status)
