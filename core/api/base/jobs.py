"""What the API says of every job: how far it is, and why it failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from core.api.base.described import ApiError
from core.storage import Result, Training


class JobEntry(BaseModel):
    """A job that a worker does, or has done, with an export."""

    id: str
    dataset_id: str
    model: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    share: float = Field(description="How far it is, from 0 to 1.")
    message: str = Field(description="What it is doing.")
    error: ApiError | None = Field(description="Why it failed.")
    created_at: datetime
    finished_at: datetime | None


def job_fields(job: Result | Training) -> dict[str, Any]:
    """Return what ``JobEntry`` takes of a job."""
    names = JobEntry.model_fields.keys() - {"model"}
    return {name: getattr(job, name) for name in names} | {"model": job.bundle}
