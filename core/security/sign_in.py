"""The sign-in page, and what its form sends to; sign-out."""

from __future__ import annotations

from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from core.audit import record
from core.base.identity import Identity, identity, set_identity
from core.security.attempts import Attempts
from core.security.passwords import verify
from core.security.plain import plain_page
from core.security.sessions import COOKIE, Sessions

PATH = "/sign-in"
SIGN_OUT = "/sign-out"
SEE_OTHER = 303
BAD_REQUEST = 400
UNAUTHORISED = 401
TOO_MANY = 429
#: A password, where to go next, and whatever a password manager adds.
MOST_FIELDS = 20

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def form(request: Request) -> Response:
    """Ask for the password; those signed in already are sent on."""
    target = local_target(request.query_params.get("next"))
    sessions: Sessions | None = request.app.state.access.sessions
    if sessions is None or sessions.is_valid(request.cookies.get(COOKIE)):
        return RedirectResponse(target, SEE_OTHER)
    return HTMLResponse(_page(target))


@router.post(PATH)
async def enter(request: Request) -> Response:
    """Check the password and start a session."""
    try:
        fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
    except ValueError:
        return HTMLResponse(_page("/", "The form has too many fields. Fill it in here."), BAD_REQUEST)
    target = local_target(fields.get("next", [None])[0])
    sessions: Sessions | None = request.app.state.access.sessions
    if sessions is None:
        return RedirectResponse(target, SEE_OTHER)
    attempts: Attempts = request.app.state.access.attempts
    client = request.client.host if request.client else "unknown"
    wait = await run_in_threadpool(attempts.begin, client)
    if wait:
        minutes = -(-wait // 60)
        span = "1 minute" if minutes == 1 else f"{minutes} minutes"
        page = _page(target, f"Too many tries. Wait {span}, then try again.")
        return HTMLResponse(page, TOO_MANY, {"retry-after": str(wait)})
    password = fields.get("password", [""])[0]
    if not await run_in_threadpool(verify, request.app.state.access.password_hash, password):
        await run_in_threadpool(record, "sign_in_failed", settings=request.app.state.settings)
        return HTMLResponse(_page(target, "That is not the password."), UNAUTHORISED)
    await run_in_threadpool(attempts.succeeded, client)
    set_identity(Identity(name="the shared password", via="password", address=client))
    await run_in_threadpool(record, "sign_in", settings=request.app.state.settings)
    return RedirectResponse(target, SEE_OTHER, {"set-cookie": sessions.set_cookie()})


@router.post(SIGN_OUT)
async def leave(request: Request) -> RedirectResponse:
    """End the session, in this browser and for whoever else holds its cookie."""
    sessions: Sessions | None = request.app.state.access.sessions
    if sessions is None:
        return RedirectResponse(PATH, SEE_OTHER)
    await run_in_threadpool(sessions.end, request.cookies.get(COOKIE))
    if identity().via != "nobody":
        await run_in_threadpool(record, "sign_out", settings=request.app.state.settings)
    return RedirectResponse(PATH, SEE_OTHER, {"set-cookie": sessions.clear_cookie()})


def local_target(target: str | None) -> str:
    """Return where to go after sign-in: a path of this server, never another host."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\", PATH, SIGN_OUT)):
        return "/"
    return quote(target, safe="/?&=%+,:;@~!$'()*[]#")


def _page(target: str, problem: str | None = None) -> str:
    template = "core/security/templates/sign_in.html"
    return plain_page(template, title="Sign in", path=PATH, target=target, problem=problem)
