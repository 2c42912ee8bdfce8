"""What can be fetched of a dataset: refused rows, how its columns are read; and sample exports to try."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse
from starlette.concurrency import run_in_threadpool

from core.audit import record
from core.base.errors import NotFoundError
from core.services.samples import sample_file
from core.services.shop import recipe_file
from core.storage import Dataset, get_store

router = APIRouter(prefix="/api", tags=["datasets"])


@router.get("/datasets/{dataset_id}/rejected.csv", response_class=FileResponse)
def rejected(dataset_id: str, request: Request) -> FileResponse:
    """Return the refused rows of a dataset: row number, reason, original cells."""
    dataset = get_store(request.app.state.settings).dataset(dataset_id)
    if not dataset.rejected_path.is_file():
        raise NotFoundError("No rows of this export were refused.", where=dataset.filename)
    told = {"kind": "refused rows", "id": dataset.id, "format": "csv"}
    record("ids_downloaded", dataset.name, settings=request.app.state.settings, **told)
    return FileResponse(
        dataset.rejected_path, filename=f"{_stem(dataset)} refused rows.csv", media_type="text/csv"
    )


def _stem(dataset: Dataset) -> str:
    return Path(dataset.filename).name.split(".")[0] or "export"


@router.get("/datasets/{dataset_id}/recipe.json")
def recipe(dataset_id: str, request: Request) -> JSONResponse:
    """Return how the columns of a dataset are read: a mapping, as `score --mapping` takes it."""
    dataset = get_store(request.app.state.settings).dataset(dataset_id)
    if dataset.state != "ready":
        raise NotFoundError("This export has no recipe yet.", where=dataset.filename)
    mapping = dataset.mapping or dataset.recognition.mapping
    name = f"{_stem(dataset)} recipe.json"
    disposition = f"attachment; filename*=utf-8''{quote(name)}"
    return JSONResponse(mapping.to_dict(), headers={"Content-Disposition": disposition})


@router.get("/recipes/{fingerprint}.json")
def kept_recipe(fingerprint: str, request: Request) -> JSONResponse:
    """Return a recipe with the columns it is for, to be imported into another installation."""
    found = get_store(request.app.state.settings).recipe(fingerprint)
    if found is None:
        raise NotFoundError("This recipe doesn't exist or was deleted.", remedy="Choose one from the list.")
    disposition = f"attachment; filename*=utf-8''{quote(f'{found.name} recipe.json', safe='')}"
    return JSONResponse(recipe_file(found), headers={"Content-Disposition": disposition})


@router.get("/samples/{name}", response_class=FileResponse)
async def sample(name: str, request: Request) -> FileResponse:
    """Return a sample export, as a file to look into or to upload."""
    folder = request.app.state.settings.data_dir / "samples"
    path = await run_in_threadpool(sample_file, name, folder)
    return FileResponse(path, filename=path.name)
