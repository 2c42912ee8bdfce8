"""Handing runs in, and telling DBOS whether to look: from a page, a command or the worker."""

from __future__ import annotations

from core.base.settings import Settings
from core.jobs.queues import APPLICATION, client, project_argument
from core.projects.records import in_every_project
from core.storage import Run, get_store

#: What DBOS calls the queues of runs and of looks, the workflows, and the schedule that looks.
QUEUE, LOOKS = "schedules", "schedules-look"
RUN, LOOK, LOOKING = "run_schedule", "look_for_exports", "look-for-exports"


def enqueue(run: Run, settings: Settings) -> None:
    """Put a run into its queue; one that is there already stays as it is."""
    client(settings).enqueue(
        {"workflow_name": RUN, "queue_name": QUEUE, "workflow_id": run.id},
        run.id,
        *project_argument(settings),
    )


def keep_looking(settings: Settings) -> None:
    """Have DBOS look as long as a schedule is on, and not without one: an idle worker does nothing."""
    queue = client(settings)
    there = queue.get_schedule(LOOKING)
    on = any(in_every_project(settings, _has_one_on, "looking for schedules"))
    wanted = cron(settings.look_seconds) if on else None
    if there is not None and there["schedule"] != wanted:
        queue.delete_schedule(LOOKING)
        there = None
    if there is None and wanted is not None:
        queue.create_schedule(
            schedule_name=LOOKING,
            workflow_name=LOOK,
            schedule=wanted,
            queue_name=LOOKS,
            application_name=APPLICATION,
        )


def _has_one_on(settings: Settings) -> bool:
    return bool(get_store(settings).schedules(only_on=True))


def cron(seconds: int) -> str:
    """Return when to look, as DBOS takes it."""
    return "* * * * *" if seconds >= 60 else f"*/{seconds} * * * * *"
