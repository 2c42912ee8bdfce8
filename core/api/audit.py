"""The audit log: page by page, or as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from core.api.base.downloads import attachment
from core.api.base.paging import Cursor, Limit, Page, read_cursor, write_cursor
from core.api.base.permissions import needs
from core.audit import Action, Wanted, as_csv, as_json_lines, entries, every_entry, within
from core.base.identity import identity
from core.base.settings import get_settings

router = APIRouter(prefix="/api/audit", tags=["audit"], dependencies=[needs("audit.read")])

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


class AuditEntry(BaseModel):
    """One thing that was done; its hash includes that of the entry before."""

    id: int
    at: datetime
    who_id: str
    who: str = Field(description="Who did it: a person's or a key's name.")
    via: str = Field(description="How they had signed in: account, key, password, open, program or nobody.")
    address: str = Field(description="The network address asked from.")
    action: str
    subject: str = Field(description="What it was done to.")
    detail: dict[str, Any]
    hash: str


def wanted(
    request: Request,
    who: Annotated[str | None, Query(max_length=300, description="Who did it, by name.")] = None,
    action: Annotated[Action | None, Query(description="What was done.")] = None,
    start: Annotated[date | None, Query(alias="from", description="First day, the shop's.")] = None,
    end: Annotated[date | None, Query(alias="to", description="Last day, the shop's.")] = None,
    q: Annotated[str | None, Query(max_length=200, description="Part of what an entry says.")] = None,
) -> Wanted:
    """Return which entries are meant; a key sees those of its project alone."""
    settings, asking = get_settings(), identity()
    project = asking.project if asking.via == "key" and settings.has_projects else None
    return within(settings, start, end, who=who, action=action, q=q, project=project)


@router.get("")
def log(
    request: Request,
    wanted: Annotated[Wanted, Depends(wanted)],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[AuditEntry]:
    """Return entries, newest first."""
    before = None if cursor is None else read_cursor(cursor, int)[0]
    found = entries(wanted, limit=limit + 1, before=before, settings=get_settings())
    shown = found[:limit]
    return Page(
        items=[AuditEntry(**entry.to_dict()) for entry in shown],
        next=write_cursor(shown[-1].id) if len(found) > limit else None,
    )


@router.get("/download.{fmt}", response_class=StreamingResponse)
def download(
    fmt: Literal["csv", "jsonl"], request: Request, wanted: Annotated[Wanted, Depends(wanted)]
) -> StreamingResponse:
    """Return all entries that are meant as CSV or as JSON Lines."""
    found = every_entry(wanted, settings=get_settings())
    lines: Iterator[str] = as_csv(found) if fmt == "csv" else as_json_lines(found)
    return StreamingResponse(
        (line.encode() for line in lines),
        media_type=MEDIA_TYPES[fmt],
        headers=attachment(f"audit log.{fmt}"),
    )
