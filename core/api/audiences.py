"""Audiences as files: the list of ids with its two groups, and the definition; made from a file as well."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field

from core.api.base.downloads import attachment
from core.api.base.paging import Cursor, Limit, Page, newest_first
from core.api.base.permissions import needs
from core.api.results import MEDIA_TYPES, plain_name, sent
from core.audiences import Definition, repository
from core.audiences.selection import Selection
from core.audit import record
from core.base.errors import AudienceError, CoreError, NotFoundError
from core.base.settings import get_settings
from core.results import query
from core.results.export import stream_query
from core.storage import Audience, get_store

log = logging.getLogger(__name__)
router = APIRouter(prefix="/api", tags=["audiences"], dependencies=[needs("results.read")])

#: What the argument ``group`` may say.
GROUP_ARGUMENTS = {
    "treated": "treated",
    "held-out": "held out",
    "held_out": "held out",
    "held out": "held out",
}

#: What a file's name says of who is in it.
FILES = {None: "with hold-out", "treated": "to contact", "held out": "hold-out"}


@router.get(
    "/audiences/{audience_id}/download.csv",
    response_class=StreamingResponse,
    dependencies=[needs("ids.read")],
)
def download(
    audience_id: str,
    request: Request,
    group: str | None = None,
    columns: str | None = None,
    result: str | None = None,
) -> StreamingResponse:
    """Return who is in an audience: an id a row, best first, with its group, treated or held out.

    `group=treated` leaves out the hold-out, and `columns=id` everything but the id: what an ad platform
    takes, with ids as they are; the whole list is made for a spreadsheet. `result` applies the same
    definition to another result.
    """
    audience = get_store(get_settings()).audience(audience_id)
    if group is not None and group not in GROUP_ARGUMENTS:
        raise AudienceError(f"“{group[:40]}” isn't a group.", remedy="Use treated or held-out.")
    if columns is not None and columns != "id":
        raise AudienceError(f"“{columns[:40]}” isn't a set of columns.", remedy="Use id, or leave it out.")
    chosen = GROUP_ARGUMENTS[group] if group else None
    selection = repository.applied(audience, result)
    keep(audience, selection, result)
    connection = query.connect(alone=True)
    sql, params = selection.query(connection, group=chosen, only_id=columns == "id")
    name = f"{plain_name(audience.name)} {FILES[chosen]}.csv"
    chunks = stream_query(connection, sql, params, "csv", name=name, for_spreadsheet=columns != "id")
    # What can't be written is to be told as an error, not as a file that breaks off: wait for the start.
    first = next(chunks, b"")
    told = {"kind": "audience", "id": audience.id, "group": chosen or "both", "only_ids": columns == "id"}
    record("ids_downloaded", audience.name, settings=get_settings(), **told)
    return StreamingResponse(
        sent(first, chunks),
        media_type=MEDIA_TYPES["csv"],
        headers=attachment(name),
    )


def keep(audience: Audience, selection: Selection, result: str | None) -> None:
    """Keep who is contacted: outcomes may be read when the result is gone. The list is sent in any case."""
    if repository.kept_members(audience, result) is not None:
        return
    try:
        repository.keep_members(audience, selection)
    except CoreError as error:
        log.warning("it could not be kept who is in audience %s: %s", audience.id, error)


@router.get("/audiences/{audience_id}/download.json", response_class=Response)
def definition(audience_id: str, request: Request) -> Response:
    """Return an audience's definition as a JSON file: it names nobody, and fits other exports as well."""
    audience = get_store(get_settings()).audience(audience_id)
    name = f"{plain_name(audience.name)} definition.json"
    return Response(
        repository.definition_file(audience),
        media_type="application/json",
        headers=attachment(name),
    )


@router.get("/audiences/{audience_id}/download.{fmt}", include_in_schema=False)
def other(audience_id: str, fmt: str) -> None:
    """Say which formats there are."""
    raise NotFoundError(f"There is no download in the format “{fmt[:40]}”.", remedy="Use csv or json.")


class AudienceWanted(BaseModel):
    """An audience to be made: of which result, under what name, by the content of a definition's file."""

    result: str
    name: str = Field(min_length=1)
    definition: dict[str, Any]


class AudienceMade(BaseModel):
    """A new audience."""

    id: str
    href: str = Field(description="Its page.")
    n: int
    treated: int
    held_out: int


@router.post("/audiences", status_code=201, dependencies=[needs("audiences.write")])
def make(wanted: AudienceWanted, request: Request) -> AudienceMade:
    """Make an audience of a result by a definition, and return its id, its size and where it is shown."""
    store = get_store(get_settings())
    result = store.latest_result() if wanted.result == "latest" else store.result(wanted.result)
    if result is None:
        raise NotFoundError("No results yet.", remedy="Upload an export first.")
    made = repository.make(result.id, name=wanted.name, definition=Definition.from_dict(wanted.definition))
    counts = {name: made.figures[name] for name in ("n", "treated", "held_out")}
    return AudienceMade(id=made.id, href=f"/audiences/{made.id}", **counts)


class AudienceEntry(BaseModel):
    """A saved audience, as it was when it was made."""

    id: str
    name: str
    result_id: str
    result_name: str
    model: str
    currency: str | None
    synthetic: bool
    created_at: datetime
    n: int = Field(description="How many are in it.")
    treated: int = Field(description="How many are contacted.")
    held_out: int = Field(description="How many are left alone, to measure what contacting achieves.")


class AudienceDetails(AudienceEntry):
    """An audience with its definition, which names nobody, and its figures."""

    definition: dict[str, Any]
    figures: dict[str, Any]


@router.get("/audiences")
def audiences(
    request: Request,
    cursor: Cursor = None,
    limit: Limit = 50,
    result: Annotated[
        str | None, Query(description="Only audiences made from this result, by its id.")
    ] = None,
) -> Page[AudienceEntry]:
    """Return the audiences there are, newest first."""
    store = get_store(get_settings())
    return newest_first(
        lambda before, most: store.audiences(most, result_id=result, before=before),
        lambda one: AudienceEntry(**_told(one)),
        cursor=cursor,
        limit=limit,
    )


@router.get("/audiences/{audience_id}")
def audience(audience_id: str, request: Request) -> AudienceDetails:
    """Return one audience."""
    found = get_store(get_settings()).audience(audience_id)
    return AudienceDetails(**_told(found), definition=dict(found.definition), figures=dict(found.figures))


@router.delete(
    "/audiences/{audience_id}",
    status_code=204,
    response_class=Response,
    dependencies=[needs("results.delete")],
)
def delete(audience_id: str, request: Request) -> Response:
    """Delete an audience, who was in it and its outcomes."""
    get_store(get_settings()).delete_audience(audience_id)
    return Response(status_code=204)


def _told(audience: Audience) -> dict[str, Any]:
    names = ("id", "name", "result_id", "result_name", "currency", "synthetic", "created_at")
    told = {name: getattr(audience, name) for name in names} | {"model": audience.bundle}
    return told | {name: audience.figures[name] for name in ("n", "treated", "held_out")}
