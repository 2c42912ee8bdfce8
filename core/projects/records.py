"""Make, list and rename projects."""

from __future__ import annotations

import json
import logging
import math
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from core.accounts.tables import people, projects
from core.accounts.tables import project_members as members
from core.audit import record
from core.base.data_folder import make_data_folder
from core.base.errors import CoreError, NotFoundError, ProjectError
from core.base.identity import require
from core.base.project import FIRST, SHIPPED, in_project, schema_of, settings_of
from core.base.settings import PROJECTS, ROOT, SEVERAL, Settings
from core.database import close_engine, get_engine, shared_engine, wait_for_turn

T = TypeVar("T")

log = logging.getLogger(__name__)

MOST_NAME = 80
#: Taken by whoever makes or renames a project (``wait_for_turn``).
LOCK = 0x960EC7
#: Settings of which a project has those the administrator allows it.
ALLOWED = ("sources", "destinations", "databases")
#: What is raised where a project's data can't be used.
UNUSABLE = (CoreError, SQLAlchemyError, sqlite3.Error, OSError)
#: Seconds after which another process' change is seen here.
FRESH_SECONDS = 1.0

_read: dict[str, tuple[float, dict[str, Project]]] = {}
_several: dict[str, tuple[float, bool]] = {}
#: Called with the settings of a deleted project: each process gives back what it has open of it.
when_gone: list[Callable[[Settings], None]] = [close_engine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One shop's project; ``allowed`` names what it may use of the installation, by the setting."""

    id: str
    name: str
    allowed: Mapping[str, list[str]]
    created_at: datetime


def all_projects(settings: Settings) -> tuple[Project, ...]:
    """Return all projects, the first one first; none where there is a single one."""
    shared = settings.installation
    if not shared.has_projects:
        return ()
    with shared_engine(shared).connect() as connection:
        rows = connection.execute(select(projects).order_by(projects.c.created_at, projects.c.id)).mappings()
        return tuple(Project(**row) for row in rows)


def find_project(asked: str, settings: Settings) -> Project:
    """Return the project of an id or a name; NotFoundError if there is none."""
    for project in all_projects(settings):
        if asked == project.id or asked.strip().casefold() == project.name.casefold():
            return project
    raise NotFoundError(
        f"There is no project “{asked[:MOST_NAME]}”.",
        remedy="`python -m core projects list` shows those there are.",
    )


def settings_by_id(project_id: str, settings: Settings) -> Settings:
    """Return the settings of a project; NotFoundError if there is none of that id."""
    shared = settings.installation
    if not shared.has_projects:
        if project_id == FIRST:
            return settings_of(FIRST, shared)
        raise NotFoundError("This project doesn't exist.")
    if project_id not in _known(shared):
        # Made in another process just now?
        look_again(shared)
    project = _known(shared).get(project_id)
    if project is None:
        raise NotFoundError("This project doesn't exist.")
    return _settings_as_known(project, shared)


def every_settings(settings: Settings) -> tuple[Settings, ...]:
    """Return the settings of every project: for who looks after all of them."""
    shared = settings.installation
    if not _has_projects(shared):
        return (settings_of(FIRST, shared),)
    # Of one look: a project that is deleted meanwhile is none that can't be found.
    return tuple(_settings_as_known(project, shared) for project in _known(shared).values())


def in_every_project(settings: Settings, work: Callable[[Settings], T], what: str) -> list[T]:
    """Do something with each project at work in turn; return what came of it.

    Where there are several, one whose data can't be used is logged, and keeps none of the others waiting.
    """
    there, found = every_settings(settings), []
    for project in there:
        try:
            with in_project(project):
                found.append(work(project))
        except UNUSABLE as error:
            if len(there) == 1:
                raise
            log.warning("%s of project %s waits: %s", what, project.project, error)
    return found


def create_project(name: str, settings: Settings, *, first_name: str = "First shop") -> Project:
    """Make a project with folders and a database of its own; ``first_name`` is for the one there was.

    Whoever has an account already is a member of the first one, as until now.

    Raises
    ------
    ForbiddenError
        If whoever asks may not.
    ProjectError
        If its name is none, or taken.
    """
    require("people.write")
    shared = settings.installation
    now = datetime.now(UTC)
    made = Project(id=secrets.token_hex(4), name=_checked(name), allowed={}, created_at=now)
    with shared_engine(shared).connect() as connection:
        # Before anything is made of it.
        _check_free(connection, made.name, also=() if shared.has_projects else (FIRST, first_name))
    _prepare(made, shared)
    with shared_engine(shared).begin() as connection:
        wait_for_turn(connection, LOCK)
        if not connection.scalar(select(func.count()).select_from(projects)):
            first = {"id": FIRST, "name": _checked(first_name), "allowed": {}, "created_at": now}
            connection.execute(insert(projects).values(first))
            known = connection.execute(select(people.c.id)).scalars().all()
            if known:
                rows = [{"project_id": FIRST, "person_id": person} for person in known]
                connection.execute(insert(members), rows)
        _check_free(connection, made.name)
        # In the order they were made in, also where that is one moment.
        latest = connection.scalar(select(func.max(projects.c.created_at))) or now
        at = max(now, latest + timedelta(microseconds=1))
        row: dict[str, Any] = {"id": made.id, "name": made.name, "allowed": {}, "created_at": at}
        connection.execute(insert(projects).values(row))
    # Last of all: as long as it isn't there, everybody is in the first one.
    (shared.data_dir / PROJECTS / SEVERAL).touch()
    look_again(shared)
    record("project_changed", made.name, settings=shared, what="made")
    return made


def rename_project(project_id: str, name: str, settings: Settings) -> None:
    """Give a project another name; ProjectError if that is none, or taken."""
    require("people.write")
    before = find_project(project_id, settings)
    with shared_engine(settings).begin() as connection:
        wait_for_turn(connection, LOCK)
        _check_free(connection, _checked(name), but=before.id)
        change = update(projects).where(projects.c.id == before.id)
        connection.execute(change.values(name=_checked(name)))
    look_again(settings.installation)
    record("project_changed", before.name, settings=settings, what="renamed", name=_checked(name))


def allow(project_id: str, allowed: Mapping[str, list[str]], settings: Settings) -> None:
    """Say which sources, destinations and databases of the installation a project may use."""
    require("people.write")
    project = find_project(project_id, settings)
    kept = {name: list(allowed.get(name, [])) for name in ALLOWED}
    with shared_engine(settings).begin() as connection:
        connection.execute(update(projects).where(projects.c.id == project.id).values(allowed=kept))
    look_again(settings.installation)
    record("project_changed", project.name, settings=settings, what="allowed", **kept)


def _has_projects(shared: Settings) -> bool:
    """Whether there are several projects; what is known of it is a second old at most."""
    at, several = _several.get(str(shared.data_dir), (-math.inf, False))
    if time.monotonic() - at > FRESH_SECONDS:
        several = shared.has_projects
        _several[str(shared.data_dir)] = (time.monotonic(), several)
    return several


def look_again(shared: Settings) -> None:
    """Have this process read anew which projects there are."""
    _several.pop(str(shared.data_dir), None)
    _, known = _read.get(shared.metadata_url, (0.0, {}))
    _read[shared.metadata_url] = (-math.inf, known)


def _known(shared: Settings) -> dict[str, Project]:
    """Return the projects by id, the first one first; what is known of them is a second old at most."""
    read = _read.get(shared.metadata_url)
    if read is None or time.monotonic() - read[0] > FRESH_SECONDS:
        before = read[1] if read else {}
        read = (time.monotonic(), {project.id: project for project in all_projects(shared)})
        _read[shared.metadata_url] = read
        for gone in before.keys() - read[1].keys() - {FIRST}:
            for forget in when_gone:
                forget(settings_of(gone, shared))
    return read[1]


def _settings_as_known(project: Project, shared: Settings) -> Settings:
    return settings_of(project.id, shared, _allowed(project, shared))


def _allowed(project: Project, shared: Settings) -> dict[str, Any]:
    """Return what a project may use; what the installation doesn't have (any more) is left out."""
    named = {name: set(project.allowed.get(name, ())) for name in ALLOWED}
    return {
        "sources": tuple(source for source in shared.sources if source in named["sources"]),
        "destinations": tuple(place for place in shared.destinations if place in named["destinations"]),
        "databases": {name: url for name, url in shared.databases.items() if name in named["databases"]},
    }


def _prepare(project: Project, shared: Settings) -> None:
    """Make a project's folders, its database and its copy of the shipped model."""
    own = settings_of(project.id, shared)
    for folder in (shared.data_dir, shared.data_dir / PROJECTS, own.data_dir):
        make_data_folder(folder)
    own.models_dir.mkdir(parents=True, exist_ok=True)
    shipped = next(filter(is_synthetic, (shared.models_dir / SHIPPED, ROOT / "models" / SHIPPED)), None)
    if shipped is not None:
        shutil.copytree(shipped, own.models_dir / SHIPPED)
    if own.database_url:
        with shared_engine(shared).begin() as connection:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema_of(project.id)}"))
    with in_project(own):
        get_engine(own)


def is_synthetic(model: Path) -> bool:
    """Whether a model has learned of made-up sessions: one of a shop's own holds some of that shop's."""
    try:
        return bool(json.loads((model / "manifest.json").read_text(encoding="utf-8"))["synthetic"])
    except (OSError, ValueError, KeyError):
        return False


def _checked(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())[:MOST_NAME]
    if not name:
        raise ProjectError("The project needs a name.", remedy="Name it after the shop.")
    return name


def _check_free(connection: Connection, name: str, *, but: str = "", also: tuple[str, ...] = ()) -> None:
    # Ids, too: a command takes either.
    others = connection.execute(select(projects.c.id, projects.c.name).where(projects.c.id != but))
    if name.casefold() in {taken.casefold() for row in [*others, also] for taken in row}:
        raise ProjectError(f"There is a project “{name}” already.", remedy="Choose another name.")
