"""``GET /api/results/{id}/download.{format}``: what is filtered in the results page, as a file."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Generator
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from anyio import CancelScope
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import Response

from core.audit import record
from core.base.errors import NotFoundError
from core.explain.columns import asked_reasons
from core.jobs.reasons import cancel, share_of
from core.results.filters import Filters
from core.results.trust import trust_of
from core.results.view import ResultView, stream_export
from core.storage import get_store

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

router = APIRouter(prefix="/api", tags=["results"])


@router.get("/results/{result_id}/download.{fmt}", response_class=StreamingResponse)
def download(result_id: str, fmt: str, request: Request) -> StreamingResponse:
    """Return the sessions of a result with their predictions, filtered as the page's address says.

    They are sent while they are being written: the first at once, and none are kept anywhere. With
    ``reasons=yes`` (or ``reasons=revenue``) each session has its three strongest reasons, as columns
    ``reason_1``, ``reason_1_feature``, ``reason_1_points`` and so on.
    """
    if fmt not in MEDIA_TYPES:
        raise NotFoundError(
            f"There is no download in the format “{fmt}”.", remedy="Use csv, parquet or xlsx."
        )
    store = get_store(request.app.state.settings)
    result = store.result(result_id)
    if result.state != "done":
        raise NotFoundError("This result isn't finished.", remedy="Wait until scoring is done.")
    filters = Filters.from_query(dict(request.query_params))
    name = f"{plain_name(result.dataset_name)} predictions.{fmt}"
    added = asked_reasons(result.id, request.query_params.get("reasons"))
    chunks = stream_export(ResultView(result.path), filters, fmt, name=name, added=added)
    # What can't be written is to be told as an error, not as a file that breaks off: wait for the start.
    first = next(chunks, b"")
    told = {"kind": "result", "id": result.id, "format": fmt, "filtered": filters.any}
    record("ids_downloaded", result.dataset_name, settings=request.app.state.settings, **told)
    return StreamingResponse(
        sent(first, chunks),
        media_type=MEDIA_TYPES[fmt],
        headers={"content-disposition": f"attachment; filename*=utf-8''{quote(name)}"},
    )


@router.get("/results/{result_id}")
def summary(result_id: str, request: Request) -> dict[str, Any]:
    """Return what a finished result comes to, and how far to trust it.

    ``trust`` has ``act`` (false where one shouldn't act on the predictions), ``cause``, ``sentence``,
    ``detail`` and ``measured``; it is null where no purchase is predicted. ``expected_revenue`` is null where
    no amounts are known. ``assumptions`` are what the numbers rest on, worst first, each with its
    ``severity`` (error, warning, info) and ``text``.
    """
    store = get_store(request.app.state.settings)
    result = store.result(result_id)
    if result.state != "done":
        raise NotFoundError("This result isn't finished.", remedy="Wait until scoring is done.")
    view, trust = ResultView(result.path), trust_of(result)
    report = store.dataset(result.dataset_id).report
    sums = view.kpis(Filters())
    predicts = sums.probability is not None
    return {
        "id": result.id,
        "name": result.dataset_name,
        "model": result.bundle,
        "currency": result.currency,
        "sessions": sums.n,
        "expected_buyers": (sums.probability or 0.0) * sums.n if predicts else None,
        "likely_buyers": sums.predicted_buyers if predicts else None,
        "expected_revenue": sums.expected_revenue if "expected_revenue" in view.told else None,
        "trust": trust.to_dict() if trust else None,
        "assumptions": report.to_dict()["assumptions"] if report else [],
    }


@router.get("/results/{result_id}/reasons")
def reasons(result_id: str) -> dict[str, float]:
    """Return how far the reasons of a result's sessions are, by which they can be filtered: 1 is there.

    They are found when somebody first filters by them.
    """
    return {"share": share_of(result_id)}


@router.delete("/results/{result_id}/reasons", status_code=204, response_class=Response)
def stop_reasons(result_id: str) -> Response:
    """Stop finding the reasons of a result's sessions; nothing of them is left."""
    cancel(result_id)
    return Response(status_code=204)


async def sent(first: bytes, chunks: Generator[bytes]) -> AsyncIterator[bytes]:
    """Send a file's bytes while they are made, and stop making them once nobody wants them any more."""
    try:
        async for chunk in iterate_in_threadpool(chain([first], chunks)):
            yield chunk
    finally:
        # Who has gone away needs no more of it.
        with CancelScope(shield=True):
            await run_in_threadpool(chunks.close)


def plain_name(name: str) -> str:
    """Return a name without a file's ending and without what file systems dislike."""
    stem = Path(name).name
    while Path(stem).suffix.lower() in {".csv", ".tsv", ".gz", ".zip", ".jsonl", ".parquet", ".xlsx", ".txt"}:
        stem = Path(stem).stem
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]+', " ", stem).strip()[:100] or "result"
