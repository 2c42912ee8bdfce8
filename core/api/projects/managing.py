"""Which projects there are, and the end of one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from core.api.base.permissions import needs
from core.base.identity import identity
from core.base.settings import Settings
from core.projects import open_to
from core.projects.records import MOST_NAME
from core.services.project_deletion import delete_project

router = APIRouter(prefix="/api/projects", tags=["projects"])

NO_CONTENT = 204


class ListedProject(BaseModel):
    """One shop's project."""

    id: str = Field(description="What `X-Project` names.")
    name: str
    created_at: datetime
    is_current: bool = Field(description="Whether this request was answered in it.")


@router.get("")
def projects(request: Request) -> list[ListedProject]:
    """Return the projects you may enter, the first one first; none where there is a single one."""
    settings: Settings = request.app.state.settings
    who = identity()
    return [
        ListedProject(
            id=project.id,
            name=project.name,
            created_at=project.created_at,
            is_current=project.id == who.project,
        )
        for project in open_to(who, settings)
    ]


@router.delete("/{project_id}", status_code=NO_CONTENT, dependencies=[needs("people.write")])
def delete(
    project_id: str,
    request: Request,
    name: Annotated[
        str, Query(max_length=MOST_NAME, description="Its name: nobody deletes another than they mean.")
    ],
) -> None:
    """Delete a project with all that is in it: its keys, jobs, live sessions and schedules end.

    It can only be restored from a backup. The only project can't be deleted.
    """
    delete_project(project_id, name, request.app.state.settings)
