"""Delete a project: people, keys, jobs, live sessions and schedules end, then its folder and databases go."""

from __future__ import annotations

import logging
import time

from sqlalchemy.exc import SQLAlchemyError

from core.audit import record
from core.base.errors import CoreError, ProjectError
from core.base.identity import require
from core.base.project import FIRST, in_project
from core.base.settings import Settings
from core.jobs.fetching import FETCHING
from core.jobs.queues import client
from core.jobs.reasons import REASONS
from core.jobs.scoring import SCORING
from core.jobs.training import TRAINING
from core.keys.records import revoke_all
from core.privacy.erasure import compact
from core.projects import Project, all_projects, find_project, settings_by_id
from core.projects.records import UNUSABLE
from core.projects.removal import check_not_last, close_doors, remove_data
from core.storage import get_store

log = logging.getLogger(__name__)

#: Seconds that jobs and live workers have to notice; what they write later is removed by the job worker.
NOTICE_SECONDS, LOOK_SECONDS = 10.0, 0.2


def delete_project(project_id: str, typed: str, settings: Settings) -> Project:
    """Delete a project with all that is in it, which nothing but a backup brings back.

    Parameters
    ----------
    typed
        Its name, as whoever asks has typed it: nobody deletes another than they mean.

    Raises
    ------
    ForbiddenError
        If whoever asks may not.
    NotFoundError
        If there is none.
    ProjectError
        If it is the only one, or the name isn't its own.
    """
    require("people.write")
    project = find_project(project_id, settings)
    check_not_last({one.id for one in all_projects(settings)})
    if " ".join(typed.split()) != project.name:
        raise ProjectError(
            "The name you typed isn’t this project’s.", remedy=f"Type “{project.name}” to delete it."
        )
    own = settings_by_id(project.id, settings)
    close_doors(project, settings)
    revoke_all(project.id, settings.installation)
    record("project_changed", project.name, settings=settings.installation, what="deleted", id=project.id)
    try:
        with in_project(own):
            _stop_jobs(own)
    except UNUSABLE as error:
        # What is damaged is deleted all the same.
        log.warning("jobs of the deleted project %s can't be stopped: %s", project.id, error)
    try:
        remove_data(project.id, settings)
        if project.id == FIRST:
            # Of the others' databases there is no file left.
            compact(settings.installation)
    except (CoreError, SQLAlchemyError, OSError) as error:
        log.warning("something of project %s is still open; the job worker removes it: %s", project.id, error)
    return project


def _stop_jobs(own: Settings) -> None:
    """End what waits and what runs, and wait a moment for what runs."""
    store = get_store(own)
    kinds = (SCORING, TRAINING, FETCHING, REASONS)
    ids = [job.id for kind in kinds for job in kind.jobs(store).unfinished()]
    ids += [run.id for run in store.unfinished_runs()]
    store.stop_everything()
    if not ids:
        return
    queue = client(own)
    running = [one.workflow_id for one in queue.list_workflows(workflow_ids=ids, status="PENDING")]
    queue.cancel_workflows([one for one in ids if one not in running])
    until = time.monotonic() + NOTICE_SECONDS
    while running and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        running = [one.workflow_id for one in queue.list_workflows(workflow_ids=running, status="PENDING")]
    queue.cancel_workflows(running)
