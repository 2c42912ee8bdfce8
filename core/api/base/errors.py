"""Errors as the API answers them: the plain JSON of ``CoreError``, or a page where a person looks."""

from __future__ import annotations

import logging
import secrets
import sqlite3

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from core.base.errors import CoreError, NotFoundError
from core.base.identity import ForbiddenError, identity
from core.base.project import HEADER, PARAMETER
from core.base.request_id import request_id
from core.projects import open_to
from core.security.plain import message_page

log = logging.getLogger(__name__)

UNPROCESSABLE = 422
SERVER_ERROR = 500
UNAVAILABLE = 503
#: Of the projects something may be in, so many are named.
MOST_NAMED = 5
#: When to ask again where the database didn't answer.
RETRY_SECONDS = 5


def add_error_handlers(application: FastAPI) -> None:
    """Register how errors are answered."""

    @application.exception_handler(CoreError)
    async def core_error(request: HTTPConnection, error: CoreError) -> Response:
        if error.status >= SERVER_ERROR:
            log.error("%s %s: %s", _method(request), request.url.path, error)
        elif isinstance(error, ForbiddenError):
            # By its pattern: an address may hold a visitor's id.
            route, who = getattr(request.scope.get("route"), "path", "an address"), identity()
            log.warning("%s %s was refused to %s %s", _method(request), route, who.via, who.id or who.role)
        told = error.to_dict()
        if isinstance(error, NotFoundError) and (hint := _elsewhere(request)):
            told["remedy"] = " ".join(filter(None, (told["remedy"], hint)))
        return error_response(request, error.status, told)

    @application.exception_handler(OperationalError)
    @application.exception_handler(sqlite3.OperationalError)
    async def database_away(request: HTTPConnection, error: Exception) -> Response:
        log.error("%s %s: the database doesn't answer: %s", _method(request), request.url.path, error)
        busy = _error("busy", "The database is busy or can't be reached.")
        busy["remedy"] = "Nothing was changed. Try again in a few seconds."
        return error_response(request, UNAVAILABLE, busy, {"retry-after": str(RETRY_SECONDS)})

    @application.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return error_response(request, UNPROCESSABLE, _error("schema", f"{first['msg']}.", where))

    @application.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        return error_response(request, error.status_code, _error("http", f"{error.detail}."), error.headers)


def error_response(
    request: HTTPConnection, status: int, error: dict[str, str | None], headers: object = None
) -> Response:
    """Return an error as JSON, or as a page where the address was opened by a person."""
    wanted = request.headers.get("accept", "")
    if _method(request) == "GET" and "text/html" in wanted:
        text = " ".join(part for part in (error["where"], error["remedy"]) if part)
        page = message_page(title=error["message"] or "Something went wrong", text=text)
        return HTMLResponse(page, status, headers)  # type: ignore[arg-type]
    return JSONResponse(error, status, headers)  # type: ignore[arg-type]


def _elsewhere(request: HTTPConnection) -> str | None:
    """Say what to add to an address of something in another project; None where that can't be why."""
    settings, who = request.app.state.settings, identity()
    if not settings.has_projects or request.query_params.get(PARAMETER) or request.headers.get(HEADER):
        return None
    others = [project for project in open_to(who, settings) if project.id != who.project]
    if not others:
        return None
    listed = " or ".join(f"?{PARAMETER}={project.id}" for project in others[:MOST_NAMED])
    return f"If it is in another project, add its ID to the address: {listed}."


def _method(request: HTTPConnection) -> str:
    """Return the method of a request; errors of sockets are answered here as well."""
    return str(request.scope.get("method", "socket"))


def as_dict(error: Exception, what: str) -> dict[str, str | None]:
    """Return what a user may read of an error, in the form of ``CoreError.to_dict``.

    Anything but a ``CoreError`` goes to the log with a reference, and only that is told.
    """
    if isinstance(error, CoreError):
        return error.to_dict()
    reference = request_id() or secrets.token_hex(4)
    log.error("reference %s: %s failed", reference, what, exc_info=error)
    return {
        "code": "error",
        "message": "Something went wrong.",
        "where": None,
        "remedy": f"Try again. If it happens again, report reference {reference}.",
    }


def _error(code: str, message: str, where: str | None = None) -> dict[str, str | None]:
    return {"code": code, "message": message, "where": where, "remedy": None}
