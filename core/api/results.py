"""``GET /api/results/{id}/download.{format}``: what is filtered in the results page, as a file."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Generator
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal

from anyio import CancelScope
from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import Response

from core.api.base.downloads import attachment
from core.api.base.jobs import JobEntry, job_fields
from core.api.base.paging import Cursor, Limit, Page, newest_first
from core.api.base.permissions import needs
from core.audit import record
from core.base.errors import NotFoundError
from core.base.settings import get_settings
from core.explain.columns import asked_reasons
from core.jobs.reasons import cancel, share_of
from core.results.filters import Filters
from core.results.table.download import stream_export
from core.results.trust import trust_of
from core.results.view import ResultView
from core.storage import Result, get_store

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

router = APIRouter(prefix="/api", tags=["results"], dependencies=[needs("results.read")])


class ResultEntry(JobEntry):
    """An export scored by a model, or on its way to it."""

    name: str = Field(description="What its export is called.")
    sessions: int | None = Field(description="Null until they are counted.")
    currency: str | None = Field(description="ISO code of its amounts.")
    synthetic: bool


class Trusted(BaseModel):
    """How far to trust a result."""

    act: bool = Field(description="False where one shouldn't act on its predictions.")
    cause: str | None = Field(description="Why not.")
    sentence: str
    detail: str
    measured: Literal["export", "card"] | None = Field(description="What the sentence rests on.")
    totals_hold: bool | None = Field(
        description="Whether as many bought, and for as much, as chance allows; null where unknown."
    )


class Assumed(BaseModel):
    """Something that was assumed while the export was read."""

    model_config = ConfigDict(extra="allow")

    severity: str = Field(description="error, warning or info.")
    text: str


class ResultSummary(ResultEntry):
    """A result with what it comes to; null where it isn't done, or that isn't predicted or known."""

    expected_buyers: float | None
    likely_buyers: int | None
    expected_revenue: float | None = Field(description="Null where no amounts are known.")
    trust: Trusted | None = Field(description="Null where no purchase is predicted.")
    assumptions: list[Assumed] = Field(description="What the numbers rest on, worst first.")


@router.get("/results")
def results(
    request: Request,
    cursor: Cursor = None,
    limit: Limit = 50,
    dataset: Annotated[str | None, Query(description="Only results of this export, by its id.")] = None,
) -> Page[ResultEntry]:
    """Return the results there are, newest first."""
    store = get_store(get_settings())
    return newest_first(
        lambda before, most: store.results(dataset, most, before=before),
        lambda one: ResultEntry(**_told(one)),
        cursor=cursor,
        limit=limit,
    )


def _told(result: Result) -> dict[str, Any]:
    return job_fields(result) | {
        "name": result.dataset_name,
        "sessions": result.n_sessions,
        "currency": result.currency,
        "synthetic": result.synthetic,
    }


@router.get(
    "/results/{result_id}/download.{fmt}",
    response_class=StreamingResponse,
    dependencies=[needs("ids.read")],
)
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
    store = get_store(get_settings())
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
    record("ids_downloaded", result.dataset_name, settings=get_settings(), **told)
    return StreamingResponse(
        sent(first, chunks),
        media_type=MEDIA_TYPES[fmt],
        headers=attachment(name),
    )


@router.get("/results/{result_id}")
def summary(result_id: str, request: Request) -> ResultSummary:
    """Return how far a result is; once it is done, what it comes to and how far to trust it."""
    store = get_store(get_settings())
    result = store.result(result_id)
    if result.state != "done":
        unknown = dict.fromkeys(("expected_buyers", "likely_buyers", "expected_revenue", "trust"))
        return ResultSummary(**_told(result) | unknown, assumptions=[])
    view, trust = ResultView(result.path), trust_of(result)
    report = store.dataset(result.dataset_id).report
    sums = view.kpis(Filters())
    predicts = sums.probability is not None
    figures = {
        "sessions": sums.n,
        "expected_buyers": (sums.probability or 0.0) * sums.n if predicts else None,
        "likely_buyers": sums.predicted_buyers if predicts else None,
        "expected_revenue": sums.expected_revenue if "expected_revenue" in view.told else None,
        "trust": trust.to_dict() if trust else None,
        "assumptions": report.to_dict()["assumptions"] if report else [],
    }
    return ResultSummary(**_told(result) | figures)


@router.get("/results/{result_id}/reasons")
def reasons(result_id: str) -> dict[str, float]:
    """Return how far the reasons of a result's sessions are, by which they can be filtered: 1 is there.

    They are found when somebody first filters by them.
    """
    return {"share": share_of(result_id)}


@router.delete(
    "/results/{result_id}/reasons",
    status_code=204,
    response_class=Response,
    dependencies=[needs("uploads.write")],
)
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
