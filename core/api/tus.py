"""``/api/tus/``: uploads that go on after anything, by the tus protocol 1.0.0 (https://tus.io).

A client announces a file (POST) and sends its bytes in pieces (PATCH). After a broken line or a restart of
the server it asks how far the upload is (HEAD) and goes on from there. ``POST /api/tus-finish`` makes one
dataset of one or several whole uploads.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable, Coroutine
from email.utils import format_datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from core.api.base.described import ApiError
from core.api.base.errors import error_response
from core.api.base.permissions import needs
from core.api.uploads import CLIENT_CLOSED, Accepted, accepted, take
from core.base.errors import CoreError, NotFoundError
from core.base.settings import Settings, get_settings
from core.storage.uploads import Checksum, Incoming, Upload, finish, get_incoming

log = logging.getLogger(__name__)

VERSION = "1.0.0"
PATH = "/api/tus/"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
PIECE_TYPE = "application/offset+octet-stream"
MOST_METADATA = 4096
#: Bytes of a refused piece that are read all the same: a browser that can't send all it wants to doesn't
#: look at the answer, and would take a full disk for a broken line.
DRAIN = 256 * 1024**2


class ProtocolError(CoreError):
    """A request that is not as the protocol wants it."""

    code = "protocol"


class VersionError(ProtocolError):
    """A client that speaks another version."""

    status = 412


class MediaTypeError(ProtocolError):
    """A piece that is not sent as one."""

    status = 415


class TusRoute(APIRoute):
    """A route that checks and tells the version of the protocol, in errors too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the route's handler within the protocol."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                if request.method != "OPTIONS" and request.headers.get("tus-resumable") != VERSION:
                    raise VersionError(
                        "The request isn't marked as tus 1.0.0.",
                        remedy=f"Send the header Tus-Resumable: {VERSION}.",
                    )
                answer = await handler(request)
            except ClientDisconnect:
                log.info("%s was broken off", request.url.path)
                answer = Response(status_code=CLIENT_CLOSED)
            except CoreError as error:
                await _drain(request)
                answer = error_response(request, error.status, error.to_dict())
            answer.headers["Tus-Resumable"] = VERSION
            if answer.status_code == VersionError.status:
                answer.headers["Tus-Version"] = VERSION
            return answer

        return handle


_MEANINGS: dict[int | str, str] = {
    410: "The upload was removed.",
    412: "The request isn't marked as tus 1.0.0, or speaks another version.",
    415: "The piece isn't sent as application/offset+octet-stream.",
    423: "Another request writes this upload just now.",
    460: "The piece's checksum doesn't fit it.",
}

router = APIRouter(
    prefix="/api/tus",
    tags=["uploads"],
    route_class=TusRoute,
    dependencies=[needs("uploads.write")],
    responses={status: {"model": ApiError, "description": meaning} for status, meaning in _MEANINGS.items()},
)
finishing = APIRouter(prefix="/api", tags=["uploads"], dependencies=[needs("uploads.write")])


@router.options("/", status_code=204, response_class=Response)
async def options(request: Request) -> Response:
    """Tell what this server can."""
    settings: Settings = get_settings()
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(settings.upload_limit_bytes),
        "Tus-Checksum-Algorithm": "sha256,sha1",
    }
    return Response(status_code=204, headers=headers)


@router.post("/", status_code=201, response_class=Response)
async def create(request: Request) -> Response:
    """Announce a file: its length, and its name as ``filename`` in the metadata."""
    length = _number(request, "upload-length")
    metadata = request.headers.get("upload-metadata", "")
    filename = _metadata(metadata).get("filename") or "upload"
    incoming = await _incoming(request)
    upload = await run_in_threadpool(incoming.create, filename, length, metadata=metadata)
    headers = {"Location": f"{PATH}{upload.id}"}
    offset = 0
    if request.headers.get("content-type") == PIECE_TYPE:
        offset = await _take(request, incoming, upload, 0)
        headers["Upload-Offset"] = str(offset)
    return await _answer(201, incoming, upload, headers)


@router.head("/{upload_id}", response_class=Response)
async def head(upload_id: str, request: Request) -> Response:
    """Tell how many bytes of an upload are there."""
    incoming = await _incoming(request)
    upload = await run_in_threadpool(incoming.get, upload_id)
    headers = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.length)}
    if upload.metadata:
        headers["Upload-Metadata"] = upload.metadata
    return await _answer(200, incoming, upload, {**headers, "Cache-Control": "no-store"})


@router.patch("/{upload_id}", status_code=204, response_class=Response)
async def patch(upload_id: str, request: Request) -> Response:
    """Take the next bytes of an upload."""
    if request.headers.get("content-type") != PIECE_TYPE:
        raise MediaTypeError("A piece of an upload has another content type.", remedy=f"Send {PIECE_TYPE}.")
    offset = _number(request, "upload-offset")
    incoming = await _incoming(request)
    upload = await run_in_threadpool(incoming.get, upload_id)
    reached = await _take(request, incoming, upload, offset)
    return await _answer(204, incoming, upload, {"Upload-Offset": str(reached)})


@router.delete("/{upload_id}", status_code=204, response_class=Response)
async def terminate(upload_id: str, request: Request) -> Response:
    """Forget an upload and free its space."""
    incoming = await _incoming(request)
    upload = await run_in_threadpool(incoming.get, upload_id)
    await run_in_threadpool(incoming.remove, upload)
    return Response(status_code=204)


@router.post("/{upload_id}", response_class=Response)
async def overridden(upload_id: str, request: Request) -> Response:
    """Do what ``X-HTTP-Method-Override`` says, for lines on which only POST gets through."""
    method = request.headers.get("x-http-method-override", "").upper()
    handlers = {"PATCH": patch, "DELETE": terminate, "HEAD": head}
    if method not in handlers:
        raise ProtocolError("An upload is sent by PATCH.", remedy="Use PATCH.")
    return await handlers[method](upload_id, request)


class Finish(BaseModel):
    """Which uploads become one dataset, and what it is called."""

    uploads: list[str] = Field(min_length=1)
    name: str | None = None
    checksums: dict[str, str] = Field(default_factory=dict, description="SHA-256 in hexadecimal, by upload.")


@finishing.post("/tus-finish", status_code=201, response_model=Accepted)
def finish_uploads(wanted: Finish, request: Request) -> dict[str, Any]:
    """Make one dataset of whole uploads and queue its scoring; asked again, answer the same."""
    settings: Settings = get_settings()
    incoming = get_incoming(settings)
    dataset = finish(incoming, wanted.uploads, name=wanted.name or None, checksums=wanted.checksums)
    # Or a retry that comes while the first request is being answered would have it scored twice.
    with incoming.alone():
        return accepted(dataset, settings)


async def _take(request: Request, incoming: Incoming, upload: Upload, offset: int) -> int:
    """Write a piece, with the checksum the request tells; return where the upload ends then."""
    header = request.headers.get("upload-checksum")
    return await take(request, incoming, upload, offset, Checksum.from_header(header) if header else None)


async def _drain(request: Request) -> None:
    """Read what is left of a body and forget it."""
    left = DRAIN
    try:
        async for chunk in request.stream():
            left -= len(chunk)
            if left < 0:
                return
    except (ClientDisconnect, RuntimeError):  # nobody there any more, or nothing left
        return


async def _answer(status: int, incoming: Incoming, upload: Upload, headers: dict[str, str]) -> Response:
    try:
        expires = await run_in_threadpool(incoming.expires, upload)
    except NotFoundError:  # made a dataset of meanwhile
        return Response(status_code=status, headers=headers)
    headers["Upload-Expires"] = format_datetime(expires, usegmt=True)
    return Response(status_code=status, headers=headers)


async def _incoming(request: Request) -> Incoming:
    return await run_in_threadpool(get_incoming, get_settings())


def _number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise ProtocolError(f"The header {header.title()} is missing, or is no number.", remedy="Send it.")
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """Read "filename d29ybGQ=,batch YQ==": names and base64."""
    if len(header) > MOST_METADATA:
        raise ProtocolError("The metadata is too long.", remedy=f"Send at most {MOST_METADATA} characters.")
    values = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, value = pair.partition(" ")
        try:
            values[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ProtocolError(f"The metadata “{name}” is not in base64.", remedy="Send base64.") from error
    return values
