"""Trainings: start one, watch it, stop it; what came of it against the model that was in use."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from core.api.base.jobs import JobEntry, job_fields
from core.api.base.paging import Cursor, Limit, Page, newest_first
from core.api.base.permissions import needs
from core.base.identity import identity
from core.base.settings import get_settings
from core.jobs.training import cancel_training, submit_training
from core.services.trainings import THOROUGHNESS
from core.storage import Training, get_store

router = APIRouter(prefix="/api/trainings", tags=["models"], dependencies=[needs("results.read")])


class TrainingEntry(JobEntry):
    """A model that learns, or has learned, from an export."""

    model: str = Field(description="The model's name; it is there once the state is done.")
    dataset_name: str
    who: str = Field(description="Who started it.")


class TrainingDetails(TrainingEntry):
    """A training with what was chosen for it and what came of it."""

    options: dict[str, Any]
    comparison: dict[str, Any] | None = Field(
        description="The new model beside the one in use then, on the same sessions; null where none was."
    )


class Wanted(BaseModel):
    """What to learn from, and how long to search."""

    dataset_id: str = Field(max_length=100, description="An export with outcomes.")
    name: str | None = Field(None, max_length=80, description="The model's; made of the export's without it.")
    thoroughness: Literal["quick", "normal", "thorough"] = "normal"


@router.get("")
def trainings(request: Request, cursor: Cursor = None, limit: Limit = 50) -> Page[TrainingEntry]:
    """Return the trainings there are, newest first."""
    store = get_store(get_settings())
    return newest_first(
        lambda before, most: store.trainings(most, before=before),
        lambda one: TrainingEntry(**_told(one)),
        cursor=cursor,
        limit=limit,
    )


@router.get("/{training_id}")
def training(training_id: str, request: Request) -> TrainingDetails:
    """Return one training: how far it is, and what came of it."""
    return _details(get_store(get_settings()).training(training_id))


@router.post("", status_code=202, dependencies=[needs("uploads.write")])
def train(wanted: Wanted, request: Request) -> TrainingDetails:
    """Train a model on an export. It is put to use with `POST /api/models/{name}/use`, not by itself."""
    made = submit_training(
        wanted.dataset_id,
        name=wanted.name,
        options=THOROUGHNESS[wanted.thoroughness],
        who=identity().name,
        settings=get_settings(),
    )
    return _details(made)


@router.delete(
    "/{training_id}", status_code=204, response_class=Response, dependencies=[needs("uploads.write")]
)
def cancel(training_id: str, request: Request) -> Response:
    """Stop a training; nothing of it is kept. One that is over stays as it is."""
    cancel_training(training_id, get_settings())
    return Response(status_code=204)


def _details(made: Training) -> TrainingDetails:
    return TrainingDetails(**_told(made), options=made.options, comparison=made.comparison)


def _told(made: Training) -> dict[str, Any]:
    return job_fields(made) | {"dataset_name": made.dataset_name, "who": made.who}
