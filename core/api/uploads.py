"""``PUT /api/uploads/{filename}``: a file's raw bytes, streamed to disk however large it is.

It goes the way of uploads that come in pieces (``core.api.tus``): it is one of a single piece, which nobody
goes on with if it is broken off.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

from anyio import CancelScope
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from core.api.base.permissions import needs
from core.base.settings import Settings, get_settings
from core.services.datasets import begin, earlier_of
from core.storage import Dataset
from core.storage.uploads import Checksum, Incoming, Piece, Upload, finish, get_incoming

log = logging.getLogger(__name__)

#: Bytes gathered before they are written in one go, off the event loop.
BLOCK = 2 * 1024**2
#: What a client that has gone would be answered; it only shows in logs.
CLIENT_CLOSED = 499

router = APIRouter(prefix="/api", tags=["uploads"], dependencies=[needs("uploads.write")])


class Earlier(BaseModel):
    """An export of the very same bytes."""

    name: str
    href: str = Field(description="Its newest result's page, or that of the export where it has none.")
    state: str = Field(description="Of that result: scoring or done; other where there is none to open.")


class Accepted(BaseModel):
    """An export that was taken."""

    dataset_id: str
    result_id: str | None = Field(description="Null where its columns have to be mapped first.")
    href: str = Field(description="Its result's page, or where its columns are mapped.")
    needs_mapping: bool
    earlier: Earlier | None = Field(description="An earlier export of the same bytes, if there is one.")


@router.put(
    "/uploads/{filename:path}",
    status_code=201,
    response_model=Accepted,
    openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}, "required": True}},
)
async def upload(filename: str, request: Request) -> dict[str, Any] | Response:
    """Take an export, say what it was recognised as, and queue its scoring if nothing is unclear.

    ``href`` leads to the result, or to the page where its columns are mapped.
    """
    settings: Settings = get_settings()
    incoming = await run_in_threadpool(get_incoming, settings)
    declared = request.headers.get("content-length", "")
    length = int(declared) if declared.isascii() and declared.isdigit() else None
    upload = await run_in_threadpool(incoming.create, filename, length)
    try:
        reached = await take(request, incoming, upload, 0)
        upload = await run_in_threadpool(incoming.end, upload, reached)
        dataset = await run_in_threadpool(finish, incoming, [upload.id])
    except ClientDisconnect:
        log.info("upload of %s ended before its end", upload.filename)
        return Response(status_code=CLIENT_CLOSED)
    finally:
        # Also where the request was broken off: nobody knows its id, so nobody can go on with it.
        with CancelScope(shield=True):
            await run_in_threadpool(incoming.remove, upload)
    return await run_in_threadpool(accepted, dataset, settings)


async def take(
    request: Request, incoming: Incoming, upload: Upload, offset: int, checksum: Checksum | None = None
) -> int:
    """Write a request's body to the end of an upload; return where that is then.

    Raises
    ------
    ClientDisconnect
        If the client has gone; what has come until then is kept.
    CoreError
        If the piece can't be taken (see ``core.storage.uploads.Piece``).
    """
    piece = await run_in_threadpool(Piece, incoming, upload, offset, checksum)
    block = bytearray()
    try:
        await run_in_threadpool(piece.begin)
        try:
            async for chunk in request.stream():
                block += chunk
                if len(block) >= BLOCK:
                    await run_in_threadpool(piece.write, bytes(block))
                    block.clear()
        except ClientDisconnect:
            await run_in_threadpool(piece.write, bytes(block))
            await run_in_threadpool(piece.keep)
            raise
        if block:
            await run_in_threadpool(piece.write, bytes(block))
        await run_in_threadpool(piece.finish)
        return piece.position
    finally:
        piece.close()


def accepted(dataset: Dataset, settings: Settings) -> dict[str, Any]:
    """Queue the scoring of a new dataset where that needs no questions, and say where to go on.

    Asked again for the same dataset, answer the same.
    """
    href, result = begin(dataset, settings)
    before = earlier_of(dataset, settings)
    return {
        # The same bytes were uploaded before: said, and not refused.
        "earlier": asdict(before) if before else None,
        "dataset_id": dataset.id,
        "needs_mapping": dataset.state == "needs_mapping",
        "href": href,
        "result_id": result.id if result else None,
    }
