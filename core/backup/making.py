"""Make a backup while everything runs, such that nothing in it tells of a file that isn't there.

Files are held by links first, then databases are copied as they are at one moment, then files that came in
between are held as well. A file that was deleted in between is in the backup without a record, and is swept
there like any other; one that a record tells of and that is missing makes it look again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import inspect

from core.backup import postgres, sqlite
from core.backup.manifest import (
    DATA,
    DATABASE,
    LIVE,
    MODELS,
    BackupError,
    Manifest,
    Stamp,
    copy_stamped,
    stamp_of,
)
from core.backup.staging import Staging, staging
from core.base.progress import Progress, silent
from core.base.project import FIRST, schema_of
from core.base.settings import PROJECTS, Settings
from core.base.version import VERSION
from core.database import shared_engine
from core.database.migrating import current_revision, migrate
from core.database.opening import bare_engine
from core.live.postgres import SCHEMA as LIVE_SCHEMA
from core.projects import all_projects

#: Schema of the job queue.
QUEUE_SCHEMA = "dbos"
#: How often a record of what has just been deleted may turn up.
TRIES = 5
#: Of datasets in these states there are no files, or soon none.
WITHOUT_FILES = ("fetching", "not_fetched", "deleting")

Ask = Callable[[str], Iterable[tuple[Any, ...]]]
#: Where sequences stood, by part and name.
Databases = dict[str, dict[str, tuple[int, bool]]]


def make_backup(settings: Settings, target: Path, progress: Progress = silent) -> Manifest:
    """Copy everything into a folder that isn't there, or is empty.

    Raises
    ------
    BackupError
        If the folder holds something, or a database can't be read.
    """
    if target.exists() and any(target.iterdir()):
        raise BackupError(
            "there is something in it already.",
            where=str(target),
            remedy="Name a folder that is empty or new.",
        )
    data = settings.data_dir.resolve()
    if target.resolve().is_relative_to(data):
        raise BackupError(
            "it lies in the data folder itself.", where=str(target), remedy="Name another folder."
        )
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with shared_engine(settings).connect() as connection:
        schema = current_revision(connection) or ""
    with ExitStack() as stack:
        files = stack.enter_context(staging(data))
        counted = _one_moment(settings, files, target, progress)
        models = stack.enter_context(staging(settings.models_dir)) if settings.models_dir.is_dir() else None
        if models is not None:
            models.hold()
        stamps = _copy_held(files, models, target, progress)
        folders = tuple(
            f"{DATA}/{path.relative_to(files.place)}"
            for path in sorted(files.place.rglob("*"))
            if path.is_dir()
        )
    manifest = Manifest(
        version=VERSION,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        schema=schema,
        files=dict(sorted(stamps.items())),
        folders=folders,
        databases=counted,
    )
    manifest.write(target)
    progress(1.0, "Done")
    return manifest


def _one_moment(settings: Settings, files: Staging, target: Path, progress: Progress) -> Databases:
    """Hold files and copy databases until every file that a record tells of is held."""
    for _ in range(TRIES):
        progress(0.0, "Holding files")
        files.hold()
        for database in sqlite.databases(files.folder):
            sqlite.copy(files.folder / database, files.place / database)
        counted: Databases = {}
        if settings.live_database:
            with postgres.snapshot(settings.live_database) as connection:
                live = [LIVE_SCHEMA, *(f"{schema}_live" for schema in project_schemas(settings))]
                names = postgres.tables(connection, live)
                counted[LIVE] = _copy_tables(connection, names, live, target / LIVE)
        # What a step that the queue knows to be done has written is there until its record says more.
        files.hold()
        if settings.database_url:
            with postgres.snapshot(settings.database_url) as connection:
                files.hold()
                projects = project_schemas(settings)
                ours = [postgres.current_schema(connection), *projects]
                own = {f"{schema}.{name}" for schema in ours for name in own_tables()}
                schemas = [*ours, QUEUE_SCHEMA]
                names = [
                    name
                    for name in postgres.tables(connection, schemas)
                    if name in own or (name.startswith(f"{QUEUE_SCHEMA}.") and name not in postgres.OWN)
                ]
                counted[DATABASE] = _copy_tables(connection, names, schemas, target / DATABASE)
                files.hold()
                missing = _missing(lambda query: connection.execute(query.encode()), files)
                for schema, project in projects.items():
                    connection.execute(f"SET LOCAL search_path = {schema}".encode())
                    place = Path(PROJECTS, project)
                    missing += _missing(lambda query: connection.execute(query.encode()), files, place)
        else:
            missing = []
            for name in sqlite.metadata(files.folder):
                sqlite.copy(files.folder / name, files.place / name)
                files.hold()
                with closing(sqlite3.connect(files.place / name)) as copied:
                    missing += _missing(copied.execute, files, name.parent)
        if not missing:
            return counted
    raise BackupError("files that are recorded aren't there.", where=", ".join(missing[:3]))


def project_schemas(settings: Settings) -> dict[str, str]:
    """Return the schemas of all projects but the first, each with its project."""
    there = (project.id for project in all_projects(settings))
    return {schema_of(project): project for project in there if project != FIRST}


def own_tables() -> list[str]:
    """Return the tables of the metadata database: it may have those of other programs besides."""
    engine = bare_engine("sqlite://")
    with engine.begin() as connection:
        migrate(connection)
        names = inspect(connection).get_table_names()
    engine.dispose()
    return names


def _copy_tables(
    connection: postgres.Connection, names: Iterable[str], schemas: list[str], folder: Path
) -> dict[str, tuple[int, bool]]:
    for name in (names := list(names)):
        postgres.copy_out(connection, name, folder)
    owners = tuple(f"{name}_" for name in names)
    found = postgres.sequences(connection, schemas)
    return {name: state for name, state in found.items() if name.startswith(owners)}


def _missing(ask: Ask, files: Staging, place: Path = Path()) -> list[str]:
    """Return files that a project's records tell of and that aren't held; ``place`` is its folder."""
    wanted = []
    for folder, stored_as, listed, state in ask("SELECT id, stored_as, files, state FROM datasets"):
        if state not in WITHOUT_FILES:
            entries = json.loads(listed) if isinstance(listed, str) else listed
            names = [entry["stored_as"] for entry in entries] if entries else [stored_as]
            wanted += [f"datasets/{folder}/{name}" for name in names]
    gone = f"SELECT id FROM datasets WHERE state IN {WITHOUT_FILES}"
    for (folder,) in ask(f"SELECT id FROM results WHERE state = 'done' AND dataset_id NOT IN ({gone})"):
        wanted.append(f"results/{folder}/sessions.parquet")
    return [path for path in wanted if not (files.place / place / path).exists()]


def _copy_held(files: Staging, models: Staging | None, target: Path, progress: Progress) -> dict[str, Stamp]:
    """Copy what is held, and return the stamps of the copies."""
    held = [(path, files.place, DATA) for path in sorted(files.place.rglob("*")) if path.is_file()]
    if models is not None:
        held += [(path, models.place, MODELS) for path in sorted(models.place.rglob("*")) if path.is_file()]
    total, done, stamps = sum(path.stat().st_size for path, _, _ in held) or 1, 0, {}
    for path, place, part in held:
        inside = Path(part) / path.relative_to(place)
        stamps[str(inside)] = copy_stamped(path, target / inside)
        done += stamps[str(inside)].bytes
        progress(done / total, f"Copying {inside.parts[1]}")
    for part in (DATABASE, LIVE):
        stamps |= {str(path.relative_to(target)): stamp_of(path) for path in (target / part).glob("*")}
    return stamps
