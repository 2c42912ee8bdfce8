"""Take a project away for good: who is in it at once, then its folder and its databases.

Its folder is moved below ``projects/.deleted-<id>`` before it is emptied, so that nothing is half there. That
mark stays for a while: what a process that hasn't heard of it yet may have made anew is removed, too.
"""

from __future__ import annotations

import logging
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import delete, select, table, text
from sqlalchemy.exc import SQLAlchemyError

from core.accounts.tables import links, projects
from core.base.errors import ProjectError
from core.base.identity import require
from core.base.project import FIRST, SHIPPED, live_schema_of, schema_of, settings_of
from core.base.settings import PROJECTS, Settings
from core.database import shared_engine, wait_for_turn
from core.database.opening import bare_engine
from core.projects.records import LOCK, Project, all_projects, is_synthetic, look_again

log = logging.getLogger(__name__)

DELETED = ".deleted-"
#: Seconds a mark stays; no process knows of a project for longer than a second after it was deleted.
MARKED_SECONDS = 3600.0
#: Milliseconds a statement waits for whoever still reads a table.
PATIENCE = 5000
#: Tables of a project in its database, those first that name rows of others; the first project's database has
#: those of the installation besides.
OWN_TABLES = (
    *("results", "datasets", "trainings", "reasons", "outcomes", "recipes", "scenarios", "audiences"),
    *("arrivals", "schedule_runs", "schedules", "privacy_records", "shop_settings"),
)
#: What of the data folder is the first project's; the rest of it is the installation's.
OWN_FILES = (
    *("datasets", "results", "audiences", "trainings", "incoming", "trash", "samples", "reasons", "live"),
    *("pseudonym.key", "demo.lock", "incoming.lock", "privacy.lock"),
)


def close_doors(project: Project, settings: Settings) -> None:
    """Let nobody into a project any more: its members and invitations end, in every process.

    Raises
    ------
    ForbiddenError
        If whoever asks may not.
    ProjectError
        If it is the only one, or another has deleted it meanwhile.
    """
    require("people.write")
    shared = settings.installation
    with shared_engine(shared).begin() as connection:
        wait_for_turn(connection, LOCK)
        there = set(connection.execute(select(projects.c.id)).scalars())
        check_not_last(there)
        if project.id not in there:
            raise ProjectError("This project has been deleted already.")
        invited = [project.id, ""] if project.id == FIRST else [project.id]
        connection.execute(delete(links).where(links.c.project.in_(invited), links.c.person_id.is_(None)))
        connection.execute(delete(projects).where(projects.c.id == project.id))
    look_again(shared)


def remove_data(project: str, settings: Settings) -> None:
    """Remove the folder and the databases of a project nobody is let into any more."""
    shared = settings.installation
    mark = shared.data_dir / PROJECTS / f"{DELETED}{project}"
    mark.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in _own_paths(project, shared):
        if path.exists():
            path.rename(mark / f"{path.name}-{secrets.token_hex(4)}")
    for path in mark.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for url, schema in _schemas(project, shared):
        engine = bare_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
        with engine.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = {PATIENCE}"))
            connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        engine.dispose()
    if project == FIRST:
        with shared_engine(shared).begin() as connection:
            for name in OWN_TABLES:
                connection.execute(delete(table(name)))


def remove_leftovers(settings: Settings) -> None:
    """Finish what a deletion couldn't, because something was still open or the process ended in it."""
    shared = settings.installation
    for mark in (shared.data_dir / PROJECTS).glob(f"{DELETED}*"):
        project = mark.name.removeprefix(DELETED)
        if not re.fullmatch(r"[a-z0-9]+", project) or project in {one.id for one in all_projects(shared)}:
            continue  # A backup from before it was deleted has been put back.
        try:
            is_old = time.time() - mark.stat().st_mtime > MARKED_SECONDS
            remove_data(project, shared)
            if is_old:
                mark.rmdir()
        except (OSError, SQLAlchemyError) as error:
            log.warning("something of the deleted project %s is still there: %s", project, error)


def check_not_last(there: set[str]) -> None:
    """Raise ProjectError if no other project would be left."""
    if len(there) < 2:
        raise ProjectError(
            "The only project can’t be deleted.", remedy="Delete its exports instead, or make another first."
        )


def _own_paths(project: str, shared: Settings) -> Iterator[Path]:
    """Yield what is a project's own on the disk."""
    if project != FIRST:
        yield settings_of(project, shared).data_dir
        return
    yield from (shared.data_dir / name for name in OWN_FILES)
    for path in shared.models_dir.iterdir() if shared.models_dir.is_dir() else ():
        # What new projects begin with stays.
        is_model = (path / "manifest.json").is_file() and not (path.name == SHIPPED and is_synthetic(path))
        if is_model or path.name == "in-use.json":
            yield path


def _schemas(project: str, shared: Settings) -> Iterator[tuple[str, str]]:
    """Yield the schemas a project has in PostgreSQL, each with the address of its database."""
    if shared.database_url and project != FIRST:
        yield shared.database_url, schema_of(project)
    if shared.live_database:
        yield shared.live_database, live_schema_of(project)
