"""One person's data over HTTP: found, handed out, deleted; and the certificates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from core.api.base.paging import Cursor, Limit, Page, newest_first
from core.api.base.permissions import needs
from core.base.errors import NotFoundError
from core.base.settings import get_settings
from core.privacy import erasure, service
from core.privacy.certificate import as_csv, as_json, as_page
from core.privacy.records import Kind, Record, State

router = APIRouter(prefix="/api/privacy", tags=["privacy"], dependencies=[needs("privacy.write")])

#: The forms of a certificate: how it is written, and as what.
FORMS = {
    "json": (as_json, "application/json"),
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "html": (as_page, "text/html; charset=utf-8"),
}


class Person(BaseModel):
    """Whom it is about: in the body, so that no address and no log holds the id."""

    id: str = Field(min_length=1, max_length=500, description="A visitor id, a user id or an e-mail address.")
    alone: bool = Field(False, description="Mean this id alone, not those that stand beside it.")


class Deletion(BaseModel):
    """What was asked for, or done: one person's data deleted, or what had grown too old."""

    id: str
    kind: Kind
    state: State
    by: str = Field(description="Who asked for it.")
    asked_at: datetime
    done_at: datetime | None = Field(description="Null until it is over.")


@router.post("/find")
def find(person: Person, request: Request) -> dict[str, Any]:
    """Return where a person is: counts, no rows."""
    return erasure.find(person.id, get_settings(), alone=person.alone)


@router.post("/export", response_class=Response)
def export(person: Person, request: Request) -> Response:
    """Return everything that is known of a person."""
    told = erasure.export_known(person.id, get_settings(), alone=person.alone)
    return Response(as_json(told), media_type="application/json", headers={"cache-control": "no-store"})


@router.post("/deletions", status_code=202)
def delete(person: Person, request: Request) -> Deletion:
    """Ask for a person to be deleted everywhere; the worker does it."""
    return _told(erasure.ask_for(person.id, get_settings(), alone=person.alone))


@router.get("/deletions")
def deletions(cursor: Cursor = None, limit: Limit = 50) -> Page[Deletion]:
    """Return what was asked for and deleted, the latest first."""
    return newest_first(
        lambda before, most: service.deletions(most, before=before), _told, cursor=cursor, limit=limit
    )


@router.get("/deletions/{deletion_id}/certificate.{form}", response_class=Response)
def certificate(deletion_id: str, form: str) -> Response:
    """Return the certificate of a deletion, as `json`, `csv` or `html`."""
    if form not in FORMS:
        raise NotFoundError(f"There is no certificate as “{form[:20]}”.", remedy="Use json, csv or html.")
    write, kind = FORMS[form]
    headers = {"content-disposition": f'inline; filename="certificate {deletion_id}.{form}"'}
    return Response(write(service.certificate(deletion_id)), media_type=kind, headers=headers)


def _told(record: Record) -> Deletion:
    return Deletion(
        id=record.id,
        kind=record.kind,
        state=record.state,
        by=record.who,
        asked_at=record.created_at.replace(microsecond=0),
        done_at=record.finished_at.replace(microsecond=0) if record.finished_at else None,
    )
