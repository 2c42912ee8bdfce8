"""``GET /api/results/{id}/report.html``: a report of the filtered sessions as one file."""

from __future__ import annotations

import re
from itertools import chain

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from core.api.base.downloads import attachment
from core.api.base.permissions import needs
from core.base.settings import get_settings

#: What file systems dislike in names.
NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')

router = APIRouter(prefix="/api", tags=["results"], dependencies=[needs("results.read")])


@router.get("/results/{result_id}/report.html", response_class=StreamingResponse)
def report(result_id: str, request: Request, shop: str | None = None) -> StreamingResponse:
    """Return a report of a result, of the sessions the page's filters leave, under the shop's name.

    It is sent while it is written. ``shop`` stands for the name in the settings.
    """
    from components.report.page import report_html
    from core.report import open_scene
    from core.results.filters import Filters

    filters = Filters.from_query(dict(request.query_params))
    scene = open_scene(result_id, filters, get_settings(), shop)
    chunks = report_html(scene)
    # What can't be written is to be told as an error, not as a file that breaks off: wait for the start.
    head = [next(chunks)]
    name = f"{NOT_IN_NAMES.sub(' ', scene.shop).strip()[:80] or 'sessions'} report.html"
    return StreamingResponse(
        (piece.encode() for piece in chain(head, chunks)),
        media_type="text/html; charset=utf-8",
        headers=attachment(name),
    )
