"""Taking exports from the server's own side: which sources there are, what is in them, and taking it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from core.api.base.permissions import needs
from core.base.settings import get_settings
from core.jobs import fetching
from core.sources import allowed

router = APIRouter(prefix="/api", tags=["uploads"], dependencies=[needs("uploads.write")])


class SourceEntry(BaseModel):
    """A folder or bucket exports may be taken from."""

    name: str
    is_folder: bool = Field(description="A folder of the server's, or else an address such as a bucket's.")


class FileEntry(BaseModel):
    """A file or folder in a source."""

    name: str
    path: str
    is_folder: bool
    size: int | None
    modified: datetime | None


class Taking(BaseModel):
    """An export that is on its way."""

    dataset_id: str
    href: str = Field(description="Where that can be watched.")


@router.get("/sources", response_model=list[SourceEntry])
def sources(request: Request) -> list[dict[str, Any]]:
    """Return the sources exports may be taken from."""
    settings = get_settings()
    return [{"name": one.name, "is_folder": one.is_folder} for one in allowed.sources(settings)]


@router.get("/sources/browse", response_model=list[FileEntry])
def browse(request: Request, source: str, path: str = "") -> list[dict[str, Any]]:
    """Return what is in a folder of a source."""
    found = allowed.browse(source, path, settings=get_settings())
    return [
        {
            "name": entry.name,
            "path": entry.path,
            "is_folder": entry.is_folder,
            "size": entry.size,
            "modified": entry.modified.isoformat() if entry.modified else None,
        }
        for entry in found
    ]


class Take(BaseModel):
    """Which files of a source become one dataset, and what it is called."""

    source: str
    paths: list[str] = Field(min_length=1)
    name: str | None = None


@router.post("/sources/take", status_code=202, response_model=Taking)
def take(wanted: Take, request: Request) -> dict[str, Any]:
    """Make one dataset of files, which a worker fetches; ``href`` leads to where that can be watched."""
    dataset = fetching.take(wanted.source, wanted.paths, name=wanted.name or None, settings=get_settings())
    return {"dataset_id": dataset.id, "href": f"/upload/{dataset.id}"}
