"""One sign-in at a provider that has been begun: a signed cookie of the browser that began it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace

from fastapi import Request
from fastapi.responses import Response

from core.base.settings import Settings
from core.oidc import Attempt
from core.security.sessions import clear_cookie, set_cookie
from core.security.signing import signer

PURPOSE = "single sign-on"
#: How long somebody may take at the provider.
SECONDS = 600
#: The cookie of an attempt is named by the beginning of its state.
COOKIE_PREFIX = "predictor_oidc_"
#: Sign-ins a browser may have begun and not finished: with one more, it forgets the others.
MOST_BEGUN = 8
#: Characters of a cookie: browsers keep none over 4096 bytes, its name and attributes included.
MOST_COOKIE = 3800
_NAMED_BY = re.compile(r"[\w-]{8}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What the cookie of an attempt says: the attempt, where to go then, who connects an account."""

    attempt: Attempt
    target: str
    person_id: str = ""

    def sealed(self, settings: Settings) -> str:
        """Return it as the cookie holds it."""
        return str(signer(settings, PURPOSE).dumps(asdict(self)))

    @classmethod
    def opened(cls, value: str, settings: Settings) -> Ticket:
        """Read it; BadSignature where it is too old or not ours."""
        content = signer(settings, PURPOSE).loads(value, max_age=SECONDS)
        return cls(**content | {"attempt": Attempt(**content["attempt"])})


def remembering(ticket: Ticket, request: Request, response: Response) -> Response:
    """Have the browser keep an attempt, and drop the others where there are very many."""
    settings: Settings = request.app.state.settings
    begun = [name for name in request.cookies if name.startswith(COOKIE_PREFIX)]
    if len(begun) >= MOST_BEGUN:
        for name in begun:
            response.headers.append(
                "set-cookie", clear_cookie(settings, name=cookie_name(name.removeprefix(COOKIE_PREFIX)))
            )
    sealed = ticket.sealed(settings)
    if len(sealed) > MOST_COOKIE:
        sealed = replace(ticket, target="/").sealed(settings)
    name = cookie_name(ticket.attempt.state)
    response.headers.append("set-cookie", set_cookie(sealed, settings, seconds=SECONDS, name=name))
    return response


def cookie_name(state: str) -> str:
    """Return what the cookie of an attempt is called, by the beginning of its state."""
    named = _NAMED_BY.match(state)
    return f"{COOKIE_PREFIX}{named.group() if named else ''}"
