"""Pages that make an account: the administrator's where there is none yet, and by a link one was sent."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from core.accounts import find_person
from core.accounts.links import Link, accept, find_link
from core.accounts.passwords import MIN_LENGTH
from core.accounts.people import first_person
from core.base.errors import AccountError
from core.base.identity import identity
from core.base.settings import Settings
from core.oidc.flow import START
from core.security.forms import BAD_REQUEST, SEE_OTHER, SIGN_IN, admit, read_form
from core.security.plain import message_page, plain_page
from core.security.single_sign_on import is_on

SET_UP = "/set-up"
PREFIX = "/join/"
GONE = 410

router = APIRouter(include_in_schema=False)


@router.get(SET_UP)
def first(request: Request) -> Response:
    """Ask for the administrator, where there is none yet."""
    if request.app.state.access.has_people:
        return RedirectResponse("/", SEE_OTHER)
    return HTMLResponse(_page(SET_UP, _WORDS["set_up"]))


@router.post(SET_UP)
async def make_first(request: Request) -> Response:
    """Make the administrator, and sign them in."""
    settings: Settings = request.app.state.settings
    if identity().via not in ("open", "password"):
        return RedirectResponse(SIGN_IN, SEE_OTHER)
    fields: dict[str, str] = {}
    try:
        fields = await read_form(request)
        told = {name: fields.get(name, "") for name in ("email", "name", "password")}
        person = await run_in_threadpool(lambda: first_person(**told, settings=settings))
    except AccountError as error:
        return HTMLResponse(_page(SET_UP, _WORDS["set_up"], _said(error), fields), BAD_REQUEST)
    request.app.state.access.joined()
    return await admit(request, person, "/", how="set-up")


@router.get(f"{PREFIX}{{token}}")
def look(request: Request, token: str) -> Response:
    """Show what a link invites to."""
    try:
        link = find_link(token, request.app.state.settings)
    except AccountError as error:
        return HTMLResponse(message_page(title=error.message, text=error.remedy or ""), GONE)
    return HTMLResponse(_join_page(request, token, link, None, {"email": link.email}))


@router.post(f"{PREFIX}{{token}}")
async def join(request: Request, token: str) -> Response:
    """Make the account, or set the new password, and sign them in."""
    settings: Settings = request.app.state.settings
    fields: dict[str, str] = {}
    try:
        fields = await read_form(request)
        name, password = fields.get("name", ""), fields.get("password", "")
        made = await run_in_threadpool(_accept, settings, token, name, password)
    except AccountError as error:
        return await run_in_threadpool(_again, request, token, error, fields)
    person = await run_in_threadpool(find_person, made, settings)
    return await admit(request, person, "/", how="link")


def _accept(settings: Settings, token: str, name: str, password: str) -> str:
    if not settings.password_allowed(find_link(token, settings).email):
        raise AccountError(f"Passwords are switched off. Sign in with {settings.oidc_name}.")
    return accept(token, name=name, password=password, settings=settings)


def _again(request: Request, token: str, error: AccountError, fields: dict[str, str]) -> Response:
    try:
        link = find_link(token, request.app.state.settings)
    except AccountError as gone:
        return HTMLResponse(message_page(title=gone.message, text=gone.remedy or ""), GONE)
    filled = {**fields, "email": link.email}
    return HTMLResponse(_join_page(request, token, link, _said(error), filled), BAD_REQUEST)


def _join_page(request: Request, token: str, link: Link, problem: str | None, fields: dict[str, str]) -> str:
    settings: Settings = request.app.state.settings
    by_password = settings.password_allowed(link.email)
    connects = link.person_id is not None and not by_password
    return _page(
        f"{PREFIX}{token}",
        {**_WORDS["connect"], "text": f"For {link.email}."} if connects else _words(link),
        problem,
        fields,
        provider=settings.oidc_name if is_on(request) else None,
        by_password=by_password,
    )


_WORDS = {
    "set_up": {
        "title": "Set up sign-in for your team",
        "text": "You become the administrator and can invite others. From then on, everybody signs in with "
        "an account of their own; a shared password no longer lets anybody in.",
        "button": "Create the administrator",
    },
    "join": {"title": "Join your team", "text": "", "button": "Create account"},
    "reset": {"title": "Choose a new password", "text": "", "button": "Save password"},
    "connect": {"title": "Connect your account", "text": "", "button": ""},
}


def _words(link: Link) -> dict[str, str]:
    if link.person_id is not None:
        return {**_WORDS["reset"], "text": f"For {link.email}. You will be signed out everywhere else."}
    inviter = f"{link.made_by} invited you" if link.made_by else "You are invited"
    return {**_WORDS["join"], "text": f"{inviter} as {link.role}: {link.email}."}


def _said(error: AccountError) -> str:
    return f"{error.message} {error.remedy or ''}".strip()


def _page(
    path: str,
    words: dict[str, str],
    problem: str | None = None,
    fields: dict[str, str] | None = None,
    *,
    provider: str | None = None,
    by_password: bool = True,
) -> str:
    filled = fields or {}
    return plain_page(
        "core/security/templates/join.html",
        path=path,
        title=words["title"],
        text=words["text"],
        button=words["button"],
        problem=problem,
        asks_email=path == SET_UP,
        asks_name=words["title"] != _WORDS["reset"]["title"],
        email=filled.get("email", ""),
        person=filled.get("name", ""),
        shortest=MIN_LENGTH,
        provider=provider,
        start=START,
        by_password=by_password,
        width="440px",
    )
