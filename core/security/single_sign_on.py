"""Sign-in with OpenID Connect: the addresses a browser opens on its way to the provider and back.

What has to be remembered meanwhile is in a signed cookie of the browser that began, one for each attempt: two
windows don't disturb each other, and nobody else's browser can finish what another began.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from urllib.parse import urlencode

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from itsdangerous import BadSignature
from starlette.concurrency import run_in_threadpool

from core.accounts import Person, federated
from core.audit import record
from core.base.errors import CoreError
from core.base.identity import acting_as, identity
from core.base.settings import Settings
from core.oidc import (
    ProvenIdentity,
    Provider,
    ProviderAwayError,
    SignInRefusedError,
    begin,
    finish,
)
from core.oidc.flow import CALLBACK, CONNECT, START, sign_out_url
from core.security.access import Access
from core.security.attempts import Attempts
from core.security.forms import (
    SEE_OTHER,
    SIGN_IN,
    TOO_MANY,
    admit,
    local_target,
    wait_words,
)
from core.security.plain import message_page, moving_page
from core.security.sessions import clear_cookie
from core.security.sign_on_ticket import SECONDS, Ticket, cookie_name, remembering

ACCOUNT = "/account"
HOW = "single sign-on"
#: Requests of a worker that wait for the provider at once, in threads that pages have no use for.
WAITING = 16

router = APIRouter(include_in_schema=False)


@router.get(START)
async def start(request: Request) -> Response:
    """Send the browser to the provider."""
    return await run_sync(_start, request, limiter=waiting_limiter())


def _start(request: Request) -> Response:
    settings: Settings = request.app.state.settings
    target = local_target(request.query_params.get("next"))
    if not is_on(request):
        return RedirectResponse(SIGN_IN, SEE_OTHER)
    if identity().via == "account":
        return RedirectResponse(target, SEE_OTHER)
    if _is_elsewhere(request):
        # The provider sends the browser back to the public address, and only there it has the cookie then.
        moved = request.url.include_query_params(moved="1")
        return RedirectResponse(f"{settings.public_url}{START}?{moved.query}", SEE_OTHER)
    try:
        url, attempt = begin(request.app.state.provider)
    except SignInRefusedError as error:
        return _problem(error, again=target)
    ticket = Ticket(attempt=attempt, target=target)
    return remembering(ticket, request, RedirectResponse(url, SEE_OTHER))


@router.post(CONNECT)
async def connect(request: Request) -> Response:
    """Send somebody who is signed in to the provider, to come in by it from now on."""
    return await run_sync(_connect, request, limiter=waiting_limiter())


def _connect(request: Request) -> Response:
    if not is_on(request) or identity().via != "account":
        return RedirectResponse(ACCOUNT, SEE_OTHER)
    try:
        url, attempt = begin(request.app.state.provider)
    except SignInRefusedError as error:
        return _problem(error, back=ACCOUNT)
    ticket = Ticket(attempt=attempt, target=ACCOUNT, person_id=identity().id)
    page = moving_page(url=url, text="You are taken to the sign-in service.")
    return remembering(ticket, request, HTMLResponse(page))


@router.get(CALLBACK)
async def come_back(request: Request) -> Response:
    """Take what the provider sends the browser back with, and sign its person in."""
    if not await run_in_threadpool(is_on, request):
        return RedirectResponse(SIGN_IN, SEE_OTHER)
    settings: Settings = request.app.state.settings
    name = cookie_name(request.query_params.get("state", ""))
    try:
        ticket = Ticket.opened(request.cookies.get(name, ""), settings)
    except BadSignature:
        return _problem(_lost(), again="/")
    answer = await run_sync(_answer, request, ticket, limiter=waiting_limiter())
    if isinstance(answer, Response):
        response = answer
    else:
        person, proven = answer
        response = await admit(request, person, ticket.target, how=HOW, proven=proven)
    response.headers.append("set-cookie", clear_cookie(settings, name=name))
    return response


def is_on(request: Request) -> bool:
    """Whether people can sign in this way: it is set up, and there is an administrator already."""
    access: Access = request.app.state.access
    return request.app.state.settings.oidc_issuer is not None and access.has_people


def leave_provider(request: Request, id_token: str) -> Response | None:
    """Return the page that ends the provider's own session; None where it has no address for that."""
    url = sign_out_url(request.app.state.provider, id_token)
    if url is None:
        return None
    return HTMLResponse(moving_page(url=url, text="You are signed out here. Signing out there, too."))


def _answer(request: Request, ticket: Ticket) -> Response | tuple[Person, ProvenIdentity]:
    """Return who comes in, and what the provider has shown; or where to go where nobody does."""
    settings: Settings = request.app.state.settings
    attempts: Attempts = request.app.state.access.attempts
    # Counted apart from passwords: whoever comes in by a provider gains no new guesses of those.
    counted = f"{HOW} {identity().address or 'unknown'}"
    back = ACCOUNT if ticket.person_id else SIGN_IN
    wait = attempts.wait(counted)
    if wait:
        page = message_page(title="Too many tries", text=wait_words(wait), href=back, label=_LABELS[back])
        return HTMLResponse(page, TOO_MANY, {"retry-after": str(wait)})
    proven: ProvenIdentity | None = None
    try:
        provider: Provider = request.app.state.provider
        proven = _finish(provider, ticket, request, counted)
        if ticket.person_id:
            return _connected(ticket, proven, settings)
        with acting_as(replace(identity(), name=settings.oidc_name)):
            return federated.person_for(proven, settings), proven
    except CoreError as error:
        subject = proven.email if proven else settings.oidc_name
        record("sign_in_failed", subject, settings=settings, how=HOW, why=error.code)
        return _problem(error, back=back, again=None if ticket.person_id else ticket.target)


def _finish(provider: Provider, ticket: Ticket, request: Request, counted: str) -> ProvenIdentity:
    """Return who has signed in; count the try where that fails.

    Counted afterwards: a whole office may come in by one address in the same second. And a provider that is
    away is nobody's guess.
    """
    attempts: Attempts = request.app.state.access.attempts
    try:
        proven = finish(provider, ticket.attempt, request.query_params)
    except ProviderAwayError:
        raise
    except SignInRefusedError:
        attempts.begin(counted)
        raise
    attempts.succeeded(counted)
    return proven


def _connected(ticket: Ticket, proven: ProvenIdentity, settings: Settings) -> Response:
    if identity().id != ticket.person_id:
        # Whoever began has signed out meanwhile, or another has signed in.
        raise _lost()
    federated.connect(ticket.person_id, proven, settings)
    return RedirectResponse(ACCOUNT, SEE_OTHER)


def _lost() -> SignInRefusedError:
    return SignInRefusedError(
        "This sign-in can't be finished here.",
        remedy=f"It took longer than {SECONDS // 60} minutes, was finished already, or was begun in another "
        "browser. Start again.",
    )


_LABELS = {SIGN_IN: "Back to sign-in", ACCOUNT: "Back to your account"}


def _problem(error: CoreError, back: str = SIGN_IN, again: str | None = None) -> HTMLResponse:
    """Say why nobody comes in; where a next try may go well, it is a click away and leads to ``again``."""
    retry = None
    if again is not None and isinstance(error, SignInRefusedError) and error.passing:
        retry = f"{START}?{urlencode({'next': again})}"
    page = message_page(
        title=error.message, text=error.remedy or "", href=back, label=_LABELS[back], retry=retry
    )
    return HTMLResponse(page, error.status)


def _is_elsewhere(request: Request) -> bool:
    settings: Settings = request.app.state.settings
    here = f"//{request.headers.get('host', '')}"
    return not (settings.public_url or "").endswith(here) and "moved" not in request.query_params


@cache
def waiting_limiter() -> CapacityLimiter:
    """Return how many wait for the provider; it belongs to the event loop, so made in it."""
    return CapacityLimiter(WAITING)
