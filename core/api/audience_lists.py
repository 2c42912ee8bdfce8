"""Audiences as files for ad platforms: what a file comes to, and the file itself."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from core.api.audiences import keep
from core.api.base.downloads import attachment
from core.api.base.permissions import needs
from core.api.results import MEDIA_TYPES, plain_name, sent
from core.audiences import repository
from core.audiences.ad_list import AdList
from core.audiences.platforms import PLATFORMS, platform_of
from core.audit import record
from core.base.settings import get_settings
from core.storage import get_store

router = APIRouter(prefix="/api", tags=["audiences"], dependencies=[needs("results.read")])


@router.get("/platforms")
def platforms() -> list[dict[str, Any]]:
    """Return the ad platforms there are files for, with their headings in order."""
    return [
        {
            "key": each.key,
            "name": each.name,
            "headings": list(each.headings),
            "hashed": [column.heading for column in each.columns if column.is_hashed],
            "help": each.help,
        }
        for each in PLATFORMS.values()
    ]


@router.get("/audiences/{audience_id}/lists/{platform}")
def summary(audience_id: str, platform: str, request: Request, result: str | None = None) -> dict[str, Any]:
    """Return what an audience's file for a platform comes to: rows, and who is left out and why.

    `result` applies the same definition to another result.
    """
    audience = get_store(get_settings()).audience(audience_id)
    chosen = platform_of(platform)
    made = AdList(selection=repository.applied(audience, result), platform=chosen)
    return made.summary().to_dict()


@router.get(
    "/audiences/{audience_id}/lists/{platform}/download.csv",
    response_class=StreamingResponse,
    dependencies=[needs("ids.read")],
)
def download(
    audience_id: str, platform: str, request: Request, result: str | None = None
) -> StreamingResponse:
    """Return an audience as a platform's file: whom to contact, hashed as it asks, without the hold-out.

    Only those who agreed are in it, where the export says who did.
    """
    audience = get_store(get_settings()).audience(audience_id)
    chosen = platform_of(platform)
    selection = repository.applied(audience, result)
    keep(audience, selection, result)
    chunks = AdList(selection=selection, platform=chosen).chunks()
    # What can't be written is to be told as an error, not as a file that breaks off: wait for the start.
    first = next(chunks)
    record("ids_downloaded", audience.name, platform=chosen.key, settings=get_settings())
    name = f"{plain_name(audience.name)} {chosen.key}.csv"
    return StreamingResponse(
        sent(first, chunks),
        media_type=MEDIA_TYPES["csv"],
        headers=attachment(name),
    )
