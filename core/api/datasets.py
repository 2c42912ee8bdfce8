"""What can be fetched of a dataset: the rows that were refused; and sample exports to try."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from core.base.errors import NotFoundError
from core.services.samples import sample_file
from core.storage import get_store

router = APIRouter(prefix="/api", tags=["datasets"])


@router.get("/datasets/{dataset_id}/rejected.csv", response_class=FileResponse)
def rejected(dataset_id: str, request: Request) -> FileResponse:
    """Return the refused rows of a dataset: row number, reason, original cells."""
    dataset = get_store(request.app.state.settings).dataset(dataset_id)
    if not dataset.rejected_path.is_file():
        raise NotFoundError("No row of this dataset was refused.", where=dataset.filename)
    stem = Path(dataset.filename).name.split(".")[0] or "export"
    return FileResponse(dataset.rejected_path, filename=f"{stem} refused rows.csv", media_type="text/csv")


@router.get("/samples/{name}", response_class=FileResponse)
async def sample(name: str, request: Request) -> FileResponse:
    """Return a sample export, as a file to look into or to upload."""
    folder = request.app.state.settings.data_dir / "samples"
    path = await run_in_threadpool(sample_file, name, folder)
    return FileResponse(path, filename=path.name)
