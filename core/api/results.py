"""``GET /api/results/{id}/download.{format}``: what is filtered in the results page, as a file."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from core.errors import NotFoundError
from core.storage import get_store

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

router = APIRouter(prefix="/api", tags=["results"])


@router.get("/results/{result_id}/download.{fmt}", response_class=FileResponse)
def download(result_id: str, fmt: str, request: Request) -> FileResponse:
    """Return the sessions of a result with their predictions, filtered as the page's address says."""
    from core.analysis.filters import Filters
    from core.analysis.results import ResultView, write_export

    if fmt not in MEDIA_TYPES:
        raise NotFoundError(f"There is no download as “{fmt}”.", remedy="Use csv, parquet or xlsx.")
    store = get_store(request.app.state.settings)
    result = store.result(result_id)
    if result.state != "done":
        raise NotFoundError("This result is not finished.", remedy="Wait until its sessions are scored.")
    filters = Filters.from_query(dict(request.query_params))
    out = store.incoming_dir / f"{secrets.token_hex(16)}.{fmt}"
    try:
        write_export(ResultView(result.path), filters, out, fmt)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    return FileResponse(
        out,
        filename=f"{_plain(result.dataset_name)} predictions.{fmt}",
        media_type=MEDIA_TYPES[fmt],
        background=BackgroundTask(out.unlink, missing_ok=True),
    )


def _plain(name: str) -> str:
    """Return a dataset's name without its ending and without what file systems dislike."""
    stem = Path(name).name
    while Path(stem).suffix.lower() in {".csv", ".tsv", ".gz", ".zip", ".jsonl", ".parquet", ".xlsx", ".txt"}:
        stem = Path(stem).stem
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]+', " ", stem).strip()[:100] or "result"
