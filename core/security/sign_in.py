"""The sign-in page, and what its form sends to; sign-out."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from core.accounts import sessions
from core.accounts.passwords import verify
from core.accounts.people import MOST_EMAIL
from core.accounts.signing_in import by_password
from core.audit import record
from core.base.errors import AccountError
from core.base.identity import acting_as, identity
from core.base.settings import Settings
from core.oidc.flow import START
from core.security.access import SHARED_PASSWORD, Access
from core.security.attempts import account_of
from core.security.forms import (
    BAD_REQUEST,
    SEE_OTHER,
    SIGN_IN,
    SIGN_OUT,
    TOO_MANY,
    UNAUTHORISED,
    admit,
    local_target,
    read_form,
    wait_of,
    wait_words,
)
from core.security.plain import plain_page
from core.security.second_factor import ask_for_code
from core.security.sessions import COOKIE, clear_cookie, set_cookie
from core.security.single_sign_on import is_on, leave_provider

router = APIRouter(include_in_schema=False)


@router.get(SIGN_IN)
def form(request: Request) -> Response:
    """Ask who it is; those signed in already are sent on."""
    target = local_target(request.query_params.get("next"))
    access: Access = request.app.state.access
    if access.identify(request.cookies.get(COOKIE), "") is not None:
        return RedirectResponse(target, SEE_OTHER)
    return HTMLResponse(_page(request, target))


@router.post(SIGN_IN)
async def enter(request: Request) -> Response:
    """Check the password and start a session."""
    access: Access = request.app.state.access
    try:
        fields = await read_form(request)
    except AccountError as error:
        return HTMLResponse(_page(request, "/", error.message), BAD_REQUEST)
    target = local_target(fields.get("next"))
    way = await run_in_threadpool(lambda: access.way)
    if way == "open":
        return RedirectResponse(target, SEE_OTHER)
    email = fields.get("email", "")[:MOST_EMAIL] if way == "account" else ""
    counted = [identity().address or "unknown", *([account_of(email)] if email else [])]
    wait = await run_in_threadpool(wait_of, access.attempts, *counted)
    if wait:
        page = _page(request, target, wait_words(wait), email)
        return HTMLResponse(page, TOO_MANY, {"retry-after": str(wait)})
    password = fields.get("password", "")
    settings: Settings = request.app.state.settings
    if way == "password":
        return await _with_shared_password(request, password, target)
    person = await run_in_threadpool(by_password, email, password, settings)
    if person is None or not settings.password_allowed(email):
        await run_in_threadpool(_failed, settings, email)
        return HTMLResponse(_page(request, target, _wrong(settings), email), UNAUTHORISED)
    if person.has_totp:
        return HTMLResponse(ask_for_code(settings, person.id, target))
    return await admit(request, person, target, how="password")


@router.post(SIGN_OUT)
def leave(request: Request) -> Response:
    """End the session, in this browser and for whoever else holds its cookie; the provider's, too."""
    access: Access = request.app.state.access
    settings: Settings = request.app.state.settings
    cookie = request.cookies.get(COOKIE)
    record("sign_out", settings=settings)
    response: Response = RedirectResponse(SIGN_IN, SEE_OTHER)
    if identity().via == "account" and cookie:
        id_token = sessions.id_token_of(cookie, settings)
        sessions.end(cookie, settings)
        if id_token and is_on(request):
            response = leave_provider(request, id_token) or response
    elif access.sessions is not None:
        access.sessions.end(cookie)
    response.headers.append("set-cookie", clear_cookie(settings))
    return response


async def _with_shared_password(request: Request, password: str, target: str) -> Response:
    access: Access = request.app.state.access
    settings: Settings = request.app.state.settings
    kept, running, address = access.password_hash, access.sessions, identity().address
    if kept is None or running is None or not await run_in_threadpool(verify, kept, password):
        await run_in_threadpool(_failed, settings, "the shared password")
        return HTMLResponse(_page(request, target, "That is not the password."), UNAUTHORISED)
    await run_in_threadpool(access.attempts.succeeded, address or "unknown")
    with acting_as(replace(SHARED_PASSWORD, address=address)):
        await run_in_threadpool(lambda: record("sign_in", settings=settings, how="shared password"))
    return RedirectResponse(target, SEE_OTHER, {"set-cookie": set_cookie(running.issue(), settings)})


def _failed(settings: Settings, subject: str) -> None:
    record("sign_in_failed", subject, settings=settings)


def _wrong(settings: Settings) -> str:
    """Say the same whichever it is, so that nobody learns who has an account, or whose password counts."""
    if settings.oidc_password_only_for is None:
        return "The e-mail address or the password is wrong."
    return f"That didn't work. Sign in with {settings.oidc_name}: a password lets in one administrator only."


def _page(request: Request, target: str, problem: str | None = None, email: str = "") -> str:
    settings: Settings = request.app.state.settings
    elsewhere = is_on(request)
    return plain_page(
        "core/security/templates/sign_in.html",
        title="Sign in",
        path=SIGN_IN,
        target=target,
        problem=problem,
        accounts=request.app.state.access.has_people,
        email=email,
        provider=settings.oidc_name if elsewhere else None,
        start=f"{START}?{urlencode({'next': target})}",
        passwords_for_all=not elsewhere or settings.oidc_password_only_for is None,
    )
