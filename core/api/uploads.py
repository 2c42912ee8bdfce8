"""``PUT /api/uploads/{filename}``: a file's raw bytes, streamed to disk however large it is."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from core.base.errors import CoreError, IngestError, StorageError, TooLargeError
from core.base.settings import Settings
from core.storage import Dataset, Store, get_store, safe_filename
from core.storage.uploads import Incoming

log = logging.getLogger(__name__)

#: Bytes gathered before they are written in one go, off the event loop.
BLOCK = 2 * 1024**2
#: Bytes after which free space is looked at again.
RECHECK = 64 * 1024**2
#: What a client that has gone would be answered; it only shows in logs.
CLIENT_CLOSED = 499

router = APIRouter(prefix="/api", tags=["uploads"])


@router.put(
    "/uploads/{filename:path}",
    status_code=201,
    response_model=None,
    openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}, "required": True}},
)
async def upload(filename: str, request: Request) -> dict[str, Any] | Response:
    """Take an export, say what it was recognised as, and queue its scoring if nothing is unclear.

    ``href`` leads to the result, or to the page where its columns are mapped.
    """
    settings: Settings = request.app.state.settings
    store = await run_in_threadpool(get_store, settings)
    filename = safe_filename(filename)
    await run_in_threadpool(_check_declared, store, request.headers.get("content-length"), filename)
    partial = store.incoming_dir / secrets.token_hex(16)
    try:
        digest = await _write(request.stream(), partial, store, filename)
        dataset = await run_in_threadpool(
            store.add_dataset, partial, filename=filename, sha256=digest.hexdigest()
        )
    except ClientDisconnect:
        log.info("upload of %s ended before its end", filename)
        return Response(status_code=CLIENT_CLOSED)
    finally:
        partial.unlink(missing_ok=True)
    return await run_in_threadpool(accepted, dataset, settings)


def accepted(dataset: Dataset, settings: Settings) -> dict[str, Any]:
    """Queue the scoring of a new dataset where that needs no questions, and say where to go on.

    Asked again for the same dataset, answer the same.
    """
    answer: dict[str, Any] = {
        "dataset_id": dataset.id,
        "needs_mapping": dataset.state == "needs_mapping",
        "href": f"/upload/{dataset.id}",
        "result_id": None,
    }
    if not answer["needs_mapping"]:
        from core.jobs.scoring import submit

        earlier = get_store(settings).results(dataset.id)
        try:
            answer["result_id"] = earlier[-1].id if earlier else submit(dataset.id, settings=settings).id
            answer["href"] = f"/results/{answer['result_id']}"
        except CoreError as error:
            # The file is safe; its page says what it is and lets the scoring be tried again.
            log.warning("dataset %s could not be queued: %s", dataset.id, error)
    return answer


async def _write(stream: AsyncIterator[bytes], partial: Path, store: Store, filename: str) -> hashlib._Hash:
    """Write a body to a file and return its SHA-256 so far as it was read: all of it."""
    digest = hashlib.sha256()
    limit = store.settings.upload_limit_bytes
    block, taken, next_check = bytearray(), 0, RECHECK
    with partial.open("xb", buffering=0) as file:

        def flush(content: bytes) -> None:
            digest.update(content)
            try:
                file.write(content)
            except OSError as error:
                raise StorageError(
                    f"The file could not be stored: {error.strerror}.",
                    where=filename,
                    remedy="Free space on the server's disk, then upload it again.",
                ) from error

        async for chunk in stream:
            block += chunk
            taken += len(chunk)
            if taken > limit:
                raise _too_large(limit, filename)
            if len(block) >= BLOCK:
                await run_in_threadpool(flush, bytes(block))
                block.clear()
            if taken >= next_check:
                await run_in_threadpool(store.ensure_room, BLOCK)
                next_check += RECHECK
        await run_in_threadpool(flush, bytes(block))
    if not taken:
        raise IngestError("The file is empty.", where=filename, remedy="Export it again and look inside.")
    return digest


def _check_declared(store: Store, length: str | None, filename: str) -> None:
    declared = int(length) if length and length.isdigit() else 0
    limit = store.settings.upload_limit_bytes
    if declared > limit:
        raise _too_large(limit, filename)
    Incoming(store).ensure_room(declared)


def _too_large(limit: int, filename: str) -> TooLargeError:
    return TooLargeError(
        f"The file is larger than the {limit:,} bytes this server takes.",
        where=filename,
        remedy="Split the export, or compress it: .csv.gz is read as it is.",
    )
