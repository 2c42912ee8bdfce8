"""What the plain pages share: reading a form, where to go next, slowing down, starting a session."""

from __future__ import annotations

from urllib.parse import parse_qs, quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from core.accounts import Person, sessions
from core.audit import record
from core.base.errors import AccountError
from core.base.identity import Identity, acting_as, identity
from core.base.settings import Settings
from core.oidc import ProvenIdentity
from core.security.attempts import Attempts, account_of
from core.security.sessions import COOKIE, set_cookie

SEE_OTHER = 303
BAD_REQUEST = 400
UNAUTHORISED = 401
TOO_MANY = 429
SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
#: What a form asks for, where to go next, and whatever a password manager adds.
MOST_FIELDS = 20
LIFETIME_SECONDS = int(sessions.LONGEST.total_seconds())


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form.

    Raises
    ------
    AccountError
        If there are too many.
    """
    try:
        parsed = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise AccountError("The form has too many fields. Fill it in here.") from error
    return {name: values[0] for name, values in parsed.items()}


def local_target(target: str | None) -> str:
    """Return where to go after sign-in: a path of this server, never another host."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\", SIGN_IN, SIGN_OUT)):
        return "/"
    return quote(target, safe="/?&=%+,:;@~!$'()*[]#")


def wait_of(attempts: Attempts, *clients: str) -> int:
    """Count a try for each of these; return the seconds to wait where there were too many."""
    return max(attempts.begin(client) for client in clients)


def wait_words(seconds: int) -> str:
    """Say how long to wait."""
    minutes = -(-seconds // 60)
    span = "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"Too many tries. Wait {span}, then try again."


async def admit(
    request: Request, person: Person, target: str, *, how: str, proven: ProvenIdentity | None = None
) -> Response:
    """Sign somebody in who has shown who they are: with a new session, and the one before is over.

    ``proven`` is what a provider has shown, where it was one.
    """
    settings: Settings = request.app.state.settings
    attempts: Attempts = request.app.state.access.attempts
    before, address = request.cookies.get(COOKIE), identity().address
    who = Identity(id=person.id, name=person.name, role=person.role, via="account", address=address)

    def start() -> str:
        for client in (address or "unknown", account_of(person.email)):
            attempts.succeeded(client)
        if before:
            sessions.end(before, settings)
        device = request.headers.get("user-agent", "")
        token = sessions.begin(person.id, address=address, device=device, proven=proven, settings=settings)
        with acting_as(who):
            record("sign_in", person.email, settings=settings, how=how)
        return token

    cookie = set_cookie(await run_in_threadpool(start), settings, seconds=LIFETIME_SECONDS)
    return RedirectResponse(target, SEE_OTHER, {"set-cookie": cookie})
