"""Stands before every route: has the project of a request at work, as whoever asks may enter it.

A request is of the project its open page names (``HEADER``; where no header can be sent, in the address),
else of the one chosen last in this browser. An API key, and a live key, are of one project anyway. Where
there are several and none is found no route runs, but for those that are of no project.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote

from anyio.to_thread import run_sync
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.base.errors import CoreError, KeyRefusedError, NotFoundError, ProjectError
from core.base.identity import Identity, identity, set_identity
from core.base.project import CHOOSE, FIRST, HEADER, PARAMETER, enter_project, settings_of
from core.base.settings import Settings
from core.keys.records import PREFIX
from core.live.keys import settings_of_key, unknown_secret
from core.projects import Place, enter
from core.projects.records import UNUSABLE
from core.security.guard import API, BY_KEY, OWN_REQUEST, PROBES, is_collector, is_open
from core.security.streams import while_signed_in

#: The project chosen last.
COOKIE = "predictor_project"
SEE_OTHER = 303
#: Of no project: what is the same for all of them, and what leads into one.
OF_NONE = (
    CHOOSE,
    "/assets/",
    "/_dash-component-suites/",
    "/_dash-dependencies",
    "/sign-out",
    "/set-up",
    "/sign-in",
    "/_reload-hash",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request says of its project."""

    named: str
    usual: str


class ProjectGate:
    """The middleware; ``owner`` is the application whose state holds the settings of the installation."""

    def __init__(self, app: ASGIApp, owner: FastAPI) -> None:
        self.app = app
        self.owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Enter the project of a request, or say why none is."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        shared: Settings = self.owner.state.settings
        if not shared.has_projects:
            enter_project(settings_of(FIRST, shared))
            await self.app(scope, receive, send)
            return
        enter_project(None)
        headers, who = Headers(scope=scope), identity()
        if _is_of_none(scope, who):
            await self.app(scope, receive, send)
            return
        try:
            place = await run_sync(partial(_place, scope, headers, who, shared))
        except CoreError as error:
            await _refuse(error, scope, receive, send)
            return
        enter_project(place.settings)
        set_identity(place.who)
        if scope["type"] == "http" and "text/event-stream" not in headers.get("accept", ""):
            await self.app(scope, receive, send)
            return

        async def still_open() -> bool:
            try:
                now = await run_sync(partial(_place, scope, headers, who, shared))
            except (ProjectError, KeyRefusedError, NotFoundError):
                return False
            except UNUSABLE:
                return True  # Whoever was let in isn't turned out by a database that is away.
            return now.who.role == place.who.role and now.settings.project == place.settings.project

        await while_signed_in(still_open, self.app, scope, receive, send)


def _is_of_none(scope: Scope, who: Identity) -> bool:
    path = scope["path"]
    if OWN_REQUEST in scope or path in PROBES or is_open(path) or is_collector(path):
        return True
    if path.startswith(OF_NONE):
        return True
    # Whoever wasn't let in gets no further than to be told so; a live key is looked at.
    return who.via == "nobody" and not path.startswith(BY_KEY)


def _place(scope: Scope, headers: Headers, who: Identity, shared: Settings) -> Place:
    path = scope["path"]
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    if path.startswith(BY_KEY) and scheme.lower() == "bearer" and not secret.strip().startswith(PREFIX):
        found = settings_of_key(shared, secret.strip(), "secret")
        if found is not None:
            return Place(settings=found, who=who)
    if who.via == "nobody":
        raise unknown_secret()
    named = headers.get(HEADER, "")
    if not named and path.startswith(API):
        (named,) = parse_qs(scope["query_string"].decode("latin-1")).get(PARAMETER, [""])[-1:]
    return enter(who, shared, asked=named, usual=chosen(headers))


def chosen(headers: Headers) -> str:
    """Return the project chosen last in a browser; empty where none was."""
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie else ""


async def _refuse(error: CoreError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    answer: Response
    by_person = scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
    if by_person and isinstance(error, ProjectError):
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        answer = RedirectResponse(f"{CHOOSE}?next={quote(scope['path'] + query)}", SEE_OTHER)
    else:
        answer = JSONResponse(error.to_dict(), error.status)
    await answer(scope, receive, send)
