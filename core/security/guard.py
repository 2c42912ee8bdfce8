"""Stands before every request: which host was asked, who asks, from which page, how much is sent.

A plain ASGI middleware, outermost of all, so that nothing is answered without it: pages, assets, callbacks,
sockets and the API alike.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache, partial
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.base.errors import CoreError, StorageError
from core.base.identity import NOBODY, Identity, set_identity
from core.base.request_id import request_id
from core.base.requester import set_requester
from core.base.settings import LOOPBACK, Settings
from core.base.written import number
from core.keys.checking import TooManyRequestsError, UnknownKeyError, identity_of_key, secret_of
from core.oidc.flow import CALLBACK, START
from core.oidc.logout import BACK_CHANNEL_LOGOUT
from core.security import joining, second_factor
from core.security.access import THIS_MACHINE, Access
from core.security.clients import client_address, is_this_machine
from core.security.forms import SEE_OTHER, SIGN_IN, UNAUTHORISED
from core.security.headers import security_headers
from core.security.plain import message_page
from core.security.sessions import COOKIE
from core.security.streams import StillKnown, while_signed_in

log = logging.getLogger(__name__)

#: The script that shops put into their pages: anybody's browser may load it, from any page.
TRACKER = "/assets/tracker.js"
#: What machines ask without a session or a name of ours; /metrics looks itself who asks.
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
OPEN_PATHS = frozenset(
    {
        SIGN_IN,
        second_factor.PATH,
        START,
        CALLBACK,
        BACK_CHANNEL_LOGOUT,
        "/_favicon.ico",
        "/favicon.ico",
        TRACKER,
    }
)
#: Marks the requests a worker makes of itself at its start; nobody outside can.
OWN_REQUEST = "predictor.own_request"
#: Addresses of the collector: trackers send there from other sites' pages, and show a key of their own.
COLLECTOR = frozenset(
    {
        *(f"/v1/{call}" for call in "batch track page identify screen group alias t p i s g a".split()),
        *(f"/{name}{end}" for name in ("batch", "e", "i/v0/e", "capture", "flags") for end in ("", "/")),
        *(f"/v1/pixel/{call}" for call in "track page identify screen group alias".split()),
        "/pixel/v1/track",
        "/pixel/v1/page",
        "/beacon/v1/batch",
        "/com.snowplowanalytics.snowplow/tp2",
        "/i",
        "/matomo.php",
        "/piwik.php",
        "/api/live/events",
        "/api/live/decision",
    }
)
#: What SDKs for browsers ask for at their start: PostHog's, Segment's and RudderStack's.
COLLECTOR_PARTS = ("/array/", "/v1/projects/", "/sourceConfig")
#: Where a secret key is as good as being signed in; the route looks at it.
BY_KEY = ("/api/live/sessions/", "/api/live/visitors/", "/api/live/stream", "/api/live/rules")
#: Where an API key is as good as being signed in: it is for programs, which open no pages.
API = "/api/"
#: Answers that hold a file, a part of one, or say that it hasn't changed.
FOUND = frozenset({200, 206, 304})
CACHE_CONTROL = b"cache-control"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UPLOADS = ("/api/uploads/", "/api/tus/")
#: What a callback or an API call may send, in bytes; uploads have a limit of their own.
BODY_LIMIT = 16 * 1024**2
POLICY_VIOLATION = 1008
#: Requests of a worker whose asker is looked up at once.
LOOKUPS = 8


class _BodyTooLargeError(HTTPException):
    """More was sent than a request of this kind may hold.

    An HTTP error, because whoever reads a body takes any other for a malformed one.
    """

    def __init__(self) -> None:
        super().__init__(413, "Too much data")


class Guard:
    """The middleware; ``owner`` is the application whose state holds sessions and script hashes."""

    def __init__(self, app: ASGIApp, owner: FastAPI, settings: Settings) -> None:
        self.app = app
        self.owner = owner
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that may not pass, and hand on the others."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["path"] in PROBES and scope.get("method") in SAFE_METHODS:
            # Whether or not the database answers who asks.
            set_identity(NOBODY)
            await self._pass_on(scope, receive, self._with_headers(scope, send))
            return
        client = client_address(scope, headers, self.settings.trusted_proxies)
        collects = is_collector(scope["path"])
        # An API key that is shown counts, whoever is signed in besides.
        key = secret_of(headers) if scope["path"].startswith(API) else None
        who, refusal = await self._asking(scope, headers, client, key)
        # What trackers send comes from other sites' pages, whoever is signed in here.
        set_identity(who if who and not collects else _nobody(client))
        # In place: what stands before this one reads from the same scope which route has answered.
        scope["client"] = (client, (scope.get("client") or ("", 0))[1])
        if refusal:
            await self._refuse_with(refusal, scope, receive, send)
            return
        set_requester(key or (None if collects else session_cookie(headers)) or client)
        if scope["type"] == "websocket":
            await while_signed_in(self._still_known(scope, headers, who, key), self.app, scope, receive, send)
            return
        reply = self._with_headers(scope, send)
        if "text/event-stream" in headers.get("accept", ""):
            still_known = self._still_known(scope, headers, who, key)
            await while_signed_in(still_known, self._pass_on, scope, _limited(scope, receive), reply)
            return
        await self._pass_on(scope, _limited(scope, receive), reply)

    async def _asking(
        self, scope: Scope, headers: Headers, client: str, key: str | None
    ) -> tuple[Identity | None, Response | None]:
        """Return who asks, and why they are refused, if they are."""
        try:
            who = await self._identify(scope, headers, client)
            refusal = self._refuse(scope, headers, who, shows_key=key is not None)
            if key is None or refusal:
                return who, refusal
            by_key = await self._by_key(key, client, scope)
        except (SQLAlchemyError, StorageError):
            log.exception("the metadata database doesn't answer")
            remedy = "Nothing was changed. Try again in a few seconds."
            return None, _answer(
                scope, 503, "busy", "The database doesn't answer", remedy, {"retry-after": "5"}
            )
        return (None, by_key) if isinstance(by_key, Response) else (by_key, None)

    async def _by_key(self, key: str, client: str, scope: Scope) -> Identity | Response:
        """Return who asks with an API key, or why the request is refused."""
        try:
            return await run_sync(identity_of_key, key, client, self.settings, limiter=_limiter())
        except UnknownKeyError as error:
            return _refused(scope, error, {"www-authenticate": "Bearer"})
        except TooManyRequestsError as error:
            return _refused(scope, error, {"retry-after": str(error.seconds)})

    async def _identify(self, scope: Scope, headers: Headers, client: str) -> Identity | None:
        if OWN_REQUEST in scope:
            return Identity()
        access: Access = self.owner.state.access
        if is_collector(scope["path"]):
            return THIS_MACHINE if await _is_open(access) else None
        cookie = session_cookie(headers)
        if cookie is None and access.is_known:
            return access.identify(None, client)
        # In a thread, and in none of those that callbacks may hold: the database can take its time.
        return await run_sync(access.identify, cookie, client, limiter=_limiter())

    def _still_known(
        self, scope: Scope, headers: Headers, who: Identity | None, key: str | None
    ) -> StillKnown:
        async def known() -> bool:
            address = who.address if who else ""
            try:
                if key is not None:
                    await run_sync(
                        partial(identity_of_key, key, address, self.settings, counts=False),
                        limiter=_limiter(),
                    )
                    return True
                now = await self._identify(scope, headers, address)
            except UnknownKeyError:
                return False
            except (SQLAlchemyError, StorageError):
                return True  # Whoever was let in isn't turned out by a database that is away.
            return who is None or (now is not None and now.role == who.role)

        return known

    async def _refuse_with(self, refusal: Response, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            await refusal(scope, receive, self._with_headers(scope, send))

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = _Reply(send)
        try:
            await self.app(scope, receive, reply)
        except _BodyTooLargeError:
            if not reply.started:
                await _too_large(scope)(scope, receive, reply)
        except Exception:
            reference = request_id()
            log.exception("a %s request failed; its reference is %s", scope["method"], reference)
            if reply.started:
                raise
            remedy = f"Try again. If it happens again, report reference {reference}."
            await _answer(scope, 500, "error", "Something went wrong", remedy)(scope, receive, reply)

    def _refuse(
        self, scope: Scope, headers: Headers, who: Identity | None, *, shows_key: bool
    ) -> Response | None:
        if not self._is_our_name(_host_name(headers.get("host", ""))):
            # A page elsewhere can point a name of its own at this machine; its requests carry that name.
            names = "localhost, 127.0.0.1 or a name in PREDICTOR_ALLOWED_HOSTS"
            return _answer(scope, 400, "host", "Unknown host name", f"Open the dashboard as {names}.")
        unprotected = who is not None and who.via == "open"
        if unprotected and not self._is_this_machine(scope, headers):
            remedy = "Run `python -m core people add` on the machine that serves it, then sign in."
            return _answer(scope, 403, "no_password", "Nobody can sign in to this dashboard yet", remedy)
        method = scope.get("method", "GET")
        if is_collector(scope["path"]):
            return _too_large(scope) if _declared(headers) > BODY_LIMIT else None
        # Another site's page may open a socket anywhere, and read along.
        acts = scope["type"] == "websocket" or method not in SAFE_METHODS
        if acts and not _same_origin(headers):
            return _answer(
                scope,
                403,
                "origin",
                "Request refused",
                "It came from another site's page.",
            )
        if not scope["path"].startswith(UPLOADS) and _declared(headers) > BODY_LIMIT:
            return _too_large(scope)
        if who is not None or shows_key or is_open(scope["path"]):
            return None
        if scope["path"].startswith(BY_KEY) and "authorization" in headers:
            return None
        if method == "GET" and "text/html" in headers.get("accept", ""):
            query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
            return RedirectResponse(f"{SIGN_IN}?next={quote(scope['path'] + query)}", SEE_OTHER)
        return _answer(scope, UNAUTHORISED, "sign_in", "Not signed in", "Sign in and try again.")

    def _is_our_name(self, name: str) -> bool:
        allowed = self.settings.allowed_hosts
        if not (self.settings.is_local or allowed):
            return True
        return name in LOOPBACK or name.casefold() in allowed

    def _is_this_machine(self, scope: Scope, headers: Headers) -> bool:
        return is_this_machine(scope, headers, self.settings.trusted_proxies)

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        from_anywhere = scope["path"] == TRACKER or is_collector(scope["path"])
        extra = _extra(
            self.owner.state.script_hashes, https=self.settings.secure_cookies, from_anywhere=from_anywhere
        )

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [each for each in message.get("headers", ()) if each[0] not in extra]
                if scope["path"] == TRACKER:
                    own = [each for each in own if each[0] != CACHE_CONTROL]
                    own.append((CACHE_CONTROL, b"public, max-age=3600"))
                elif not any(name == CACHE_CONTROL for name, _ in own):
                    own.append((CACHE_CONTROL, _cache_control(scope, message["status"])))
                message["headers"] = [*own, *extra.items()]
            await send(message)

        return sending


async def _is_open(access: Access) -> bool:
    """Whether nobody but this machine may come in: all that trackers are asked besides their keys."""
    if access.knows_whether_open:
        return access.is_open
    return await run_sync(getattr, access, "is_open", limiter=_limiter())


@cache
def _limiter() -> CapacityLimiter:
    """Return how many requests a worker looks up at once; it belongs to the event loop, so made in it."""
    return CapacityLimiter(LOOKUPS)


@lru_cache(maxsize=4)
def _extra(script_hashes: tuple[str, ...], *, https: bool, from_anywhere: bool) -> dict[bytes, bytes]:
    """Return the headers of every answer as they are sent; they are the same until the next start.

    What is ``from_anywhere`` is for pages of other sites.
    """
    made = security_headers(script_hashes=script_hashes, https=https)
    if from_anywhere:
        made["cross-origin-resource-policy"] = "cross-origin"
    return {name.encode(): value.encode() for name, value in made.items()}


def is_open(path: str) -> bool:
    """Whether an address is for everybody."""
    return path in OPEN_PATHS or path.startswith(joining.PREFIX)


def is_collector(path: str) -> bool:
    """Whether an address is one that trackers send to."""
    return path in COLLECTOR or path.startswith(COLLECTOR_PARTS)


class _Reply:
    """The ``send`` of a request, which knows whether the answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        self.started = True
        await self._send(message)


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Return a ``receive`` that ends a body over the limit, however it declares itself."""
    if scope["path"].startswith(UPLOADS):
        return receive
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_LIMIT:
            raise _BodyTooLargeError
        return message

    return receiving


def _too_large(scope: Scope) -> Response:
    return _answer(
        scope, 413, "too_large", "Too much data", f"A request may hold {number(BODY_LIMIT)} bytes."
    )


def _refused(scope: Scope, error: CoreError, more: Mapping[str, str]) -> Response:
    log.warning("an API key was refused: %s", error.code)
    return _answer(scope, error.status, error.code, str(error.message), error.remedy or "", more)


def _answer(
    scope: Scope, status: int, code: str, message: str, remedy: str, more: Mapping[str, str] | None = None
) -> Response:
    """Return an error as JSON, or as a page where a person opened an address."""
    headers = Headers(scope=scope)
    if scope.get("method") == "GET" and "text/html" in headers.get("accept", ""):
        return HTMLResponse(message_page(title=message, text=remedy), status, more)
    content: dict[str, Any] = {"code": code, "message": message, "where": None, "remedy": remedy}
    return JSONResponse(content, status, more)


def _same_origin(headers: Headers) -> bool:
    """Whether a request comes from our own pages, or from a program rather than a browser."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


@lru_cache(maxsize=4096)
def _nobody(address: str) -> Identity:
    return replace(NOBODY, address=address)


@lru_cache(maxsize=64)
def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _declared(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdigit() else 0


def session_cookie(headers: Headers) -> str | None:
    """Return the value of the session cookie of a request."""
    if "cookie" not in headers:
        return None
    try:
        morsel = SimpleCookie(headers["cookie"]).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None


def _cache_control(scope: Scope, status: int) -> bytes:
    """Assets are asked for with their time of change in the address; everything else is never kept."""
    if scope["path"].startswith("/assets/") and status in FOUND:
        return b"private, max-age=31536000, immutable" if scope["query_string"] else b"private, no-cache"
    return b"no-store"
