"""Exports that were uploaded: list, score, delete; refused rows, how columns are read; samples to try."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from core.api.base.downloads import attachment
from core.api.base.paging import Cursor, Limit, Page, newest_first
from core.api.base.permissions import needs
from core.audit import record
from core.base.errors import NotFoundError
from core.base.settings import get_settings
from core.ingest import read_mapping
from core.jobs.scoring import submit
from core.services import datasets as services
from core.services.samples import sample_file
from core.storage import Dataset, get_store

router = APIRouter(prefix="/api", tags=["datasets"], dependencies=[needs("results.read")])
#: What says what is in a file's cells: examples, and patterns of the team's own visits.
IDS = needs("ids.read")


class Export(BaseModel):
    """An uploaded export."""

    id: str
    name: str
    filename: str
    size_bytes: int
    created_at: datetime
    synthetic: bool
    state: Literal["fetching", "not_fetched", "needs_mapping", "ready", "deleting"]
    format: str | None = Field(
        description="What it was recognised as; null where columns were mapped by hand."
    )
    kind: Literal["events", "sessions"] = Field(description="What a row is.")


class ExportDetails(Export):
    """An export with its results and what was said while it was read."""

    results: list[str] = Field(description="Ids of its results, newest first.")
    needs_mapping: bool = Field(description="Whether its columns have to be mapped before it can be scored.")
    columns: list[str]


class Columns(BaseModel):
    """How an export's columns are read."""

    mapping: dict[str, Any] = Field(description="As `score --mapping` takes it.")
    needs_mapping: bool = Field(description="Whether that is a guess that has to be completed.")
    columns: dict[str, list[str]] = Field(description="The file's columns, with examples of their cells.")
    unused: list[str] = Field(description="Columns that are read as nothing.")
    notes: list[str]


class Scoring(BaseModel):
    """A result that is on its way; watch it at `/api/results/{id}`."""

    result_id: str
    href: str = Field(description="Its page.")


@router.get("/datasets")
def exports(request: Request, cursor: Cursor = None, limit: Limit = 50) -> Page[Export]:
    """Return the exports there are, newest first."""
    store = get_store(get_settings())
    return newest_first(
        lambda before, most: store.datasets(most, before=before),
        lambda one: Export(**_told(one)),
        cursor=cursor,
        limit=limit,
    )


@router.get("/datasets/{dataset_id}")
def export(dataset_id: str, request: Request) -> ExportDetails:
    """Return one export."""
    store = get_store(get_settings())
    found = store.dataset(dataset_id)
    return ExportDetails(
        **_told(found),
        results=[result.id for result in store.results(dataset_id)],
        needs_mapping=found.state == "needs_mapping",
        columns=[column.name for column in found.recognition.columns],
    )


@router.post("/datasets/{dataset_id}/score", status_code=202, dependencies=[needs("uploads.write")])
def score(dataset_id: str, request: Request) -> Scoring:
    """Score an export again, with the model in use now."""
    result = submit(dataset_id, settings=get_settings())
    return Scoring(result_id=result.id, href=f"/results/{result.id}")


@router.delete(
    "/datasets/{dataset_id}",
    status_code=204,
    response_class=Response,
    dependencies=[needs("results.delete")],
)
def delete(dataset_id: str, request: Request) -> Response:
    """Delete an export with its results; audiences made of them stay."""
    get_store(get_settings()).dataset(dataset_id)
    services.delete(dataset_id)
    return Response(status_code=204)


def _told(dataset: Dataset) -> dict[str, Any]:
    names = ("id", "name", "filename", "size_bytes", "created_at", "synthetic", "state")
    told = {name: getattr(dataset, name) for name in names}
    mapping = dataset.mapping or dataset.recognition.mapping
    return told | {"format": dataset.recognition.format, "kind": mapping.kind}


@router.get(
    "/datasets/{dataset_id}/rejected.csv", response_class=FileResponse, dependencies=[needs("ids.read")]
)
def rejected(dataset_id: str, request: Request) -> FileResponse:
    """Return the refused rows of a dataset: row number, reason, original cells."""
    dataset = get_store(get_settings()).dataset(dataset_id)
    if not dataset.rejected_path.is_file():
        raise NotFoundError("No rows of this export were refused.", where=dataset.filename)
    told = {"kind": "refused rows", "id": dataset.id, "format": "csv"}
    record("ids_downloaded", dataset.name, settings=get_settings(), **told)
    return FileResponse(
        dataset.rejected_path, filename=f"{_stem(dataset)} refused rows.csv", media_type="text/csv"
    )


def _stem(dataset: Dataset) -> str:
    return Path(dataset.filename).name.split(".")[0] or "export"


@router.get("/datasets/{dataset_id}/recipe.json", dependencies=[IDS])
def recipe(dataset_id: str, request: Request) -> JSONResponse:
    """Return how the columns of a dataset are read: a mapping, as `score --mapping` takes it."""
    dataset = get_store(get_settings()).dataset(dataset_id)
    if dataset.state != "ready":
        raise NotFoundError("This export has no recipe yet.", where=dataset.filename)
    mapping = dataset.mapping or dataset.recognition.mapping
    name = f"{_stem(dataset)} recipe.json"
    return JSONResponse(mapping.to_dict(), headers=attachment(name))


@router.get("/datasets/{dataset_id}/mapping", dependencies=[IDS])
def mapping(dataset_id: str, request: Request) -> Columns:
    """Return how the columns of an export are read, or, where that has to be said, what is guessed so far."""
    found = get_store(get_settings()).dataset(dataset_id)
    recognised = found.recognition
    return Columns(
        mapping=(found.mapping or recognised.mapping).to_dict(),
        needs_mapping=found.state == "needs_mapping",
        columns={column.name: list(column.examples) for column in recognised.columns},
        unused=list(recognised.unused),
        notes=list(recognised.notes),
    )


@router.put("/datasets/{dataset_id}/mapping", status_code=202, dependencies=[needs("uploads.write")])
def map_columns(dataset_id: str, told: dict[str, Any], request: Request) -> Scoring:
    """Read an export by this mapping, score it, and read the next one with the same columns alike.

    It is what `GET` answers as `mapping`, or what `recipe.json` of another export says.
    """
    get_store(get_settings()).dataset(dataset_id)
    href = services.score(dataset_id, read_mapping(told))
    return Scoring(result_id=href.rpartition("/")[2], href=href)


@router.get("/samples/{name}", response_class=FileResponse)
async def sample(name: str, request: Request) -> FileResponse:
    """Return a sample export, as a file to look into or to upload."""
    folder = get_settings().data_dir / "samples"
    path = await run_in_threadpool(sample_file, name, folder)
    return FileResponse(path, filename=path.name)
