"""After the password, the code: a page that asks for it, and what its form sends to."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from itsdangerous import BadSignature
from starlette.concurrency import run_in_threadpool

from core.accounts import find_person
from core.accounts.people import Person
from core.accounts.totp import is_code
from core.audit import record
from core.base.errors import AccountError, NotFoundError
from core.base.identity import identity
from core.base.settings import Settings
from core.security.attempts import account_of
from core.security.forms import (
    SEE_OTHER,
    SIGN_IN,
    TOO_MANY,
    UNAUTHORISED,
    admit,
    local_target,
    read_form,
    wait_of,
    wait_words,
)
from core.security.plain import plain_page
from core.security.signing import signer

PATH = "/sign-in/code"
#: How long after the password the code may come.
SECONDS = 300

router = APIRouter(include_in_schema=False)


def ask_for_code(settings: Settings, person_id: str, target: str, problem: str | None = None) -> str:
    """Return the page that asks for the code of somebody whose password was right."""
    return plain_page(
        "core/security/templates/code.html",
        title="Enter your code",
        path=PATH,
        target=target,
        ticket=signer(settings, "second-factor").dumps(person_id),
        problem=problem,
    )


@router.post(PATH)
async def enter(request: Request) -> Response:
    """Check the code and start a session."""
    settings: Settings = request.app.state.settings
    try:
        fields = await read_form(request)
        person = await run_in_threadpool(_person, settings, fields.get("ticket", ""))
    except AccountError:
        return RedirectResponse(SIGN_IN, SEE_OTHER)
    target = local_target(fields.get("next"))
    attempts = request.app.state.access.attempts
    counted = (identity().address or "unknown", account_of(person.email))
    wait = await run_in_threadpool(wait_of, attempts, *counted)
    if wait:
        page = ask_for_code(settings, person.id, target, wait_words(wait))
        return HTMLResponse(page, TOO_MANY, {"retry-after": str(wait)})
    if not await run_in_threadpool(is_code, person.id, fields.get("code", ""), settings):
        await run_in_threadpool(lambda: record("sign_in_failed", person.email, settings=settings, how="code"))
        problem = "That is not the code. Enter the one your app shows now."
        return HTMLResponse(ask_for_code(settings, person.id, target, problem), UNAUTHORISED)
    return await admit(request, person, target, how="password and code")


def _person(settings: Settings, ticket: str) -> Person:
    try:
        return find_person(signer(settings, "second-factor").loads(ticket, max_age=SECONDS), settings)
    except (BadSignature, NotFoundError) as error:
        raise AccountError("The sign-in took too long.") from error
