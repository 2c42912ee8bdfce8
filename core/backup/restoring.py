"""Put a backup back into an installation that holds nothing yet."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from sqlalchemy import text

from core.backup import postgres
from core.backup.making import QUEUE_SCHEMA, own_tables
from core.backup.manifest import (
    DATA,
    DATABASE,
    LIVE,
    MODELS,
    BackupError,
    Manifest,
    check_files,
    copy_stamped,
    read_manifest,
    stamp_of,
)
from core.base.data_folder import make_data_folder
from core.base.progress import Progress, silent
from core.base.project import FIRST, schema_of, settings_of
from core.base.settings import Settings
from core.database.migrating import known_revisions, migrate
from core.database.opening import bare_engine
from core.jobs.queues import prepare_queue
from core.live.database import connect
from core.live.postgres import SCHEMA as LIVE_SCHEMA
from core.live.schema import SCHEMAS

LIVE_SETTING = "PREDICTOR_LIVE_DATABASE"
#: How the file of a table in a project's schema begins.
_PROJECT = re.compile(r"project_([a-z0-9]+)(?:_live)?\.")


def check_backup(source: Path) -> Manifest:
    """Read a backup through; nothing is written.

    Raises
    ------
    BackupError
        If it is none, or a file isn't as it was written.
    """
    manifest = read_manifest(source)
    check_files(manifest, source)
    return manifest


def restore_backup(settings: Settings, source: Path, progress: Progress = silent) -> Manifest:
    """Put a backup into the data folder, the models folder and the databases of these settings.

    Everything is checked before anything is written.

    Raises
    ------
    BackupError
        If the backup is damaged or of a newer program, or where it should go isn't empty.
    """
    progress(0.0, "Checking the backup")
    manifest = check_backup(source)
    if manifest.schema not in known_revisions():
        raise BackupError(
            f"it was made by a newer program (schema {manifest.schema}).",
            where=str(source),
            remedy="Install that version first.",
        )
    _check_target(settings, manifest, source)
    make_data_folder(settings.data_dir)
    for folder in manifest.folders:
        inside = folder.removeprefix(f"{DATA}/")
        (settings.data_dir / inside).mkdir(mode=0o700, parents=True, exist_ok=True)
    written = 0
    for path in manifest.files:
        part, _, inside = path.partition("/")
        if part in (DATA, MODELS):
            target = (settings.data_dir if part == DATA else settings.models_dir) / inside
            if not target.exists():
                copy_stamped(source / path, target)
        written += manifest.files[path].bytes
        progress(written / max(manifest.size, 1), f"Writing {part}")
    if DATABASE in manifest.databases:
        _restore_database(settings, manifest, source / DATABASE)
    if LIVE in manifest.databases:
        for project in (FIRST, *_projects_in(source / LIVE)):
            for part in SCHEMAS:
                connect(settings_of(project, settings), part).close()
        postgres.copy_in(settings.live_database or "", source / LIVE, manifest.databases[LIVE])
    progress(1.0, "Done")
    return manifest


def _restore_database(settings: Settings, manifest: Manifest, folder: Path) -> None:
    from dbos import DBOS  # Here, not above: it takes a second, which SQLite does without.

    # To where it stood: what the next opening does, it does to what is in there.
    for project in (FIRST, *_projects_in(folder)):
        engine = bare_engine(settings.metadata_url)
        if project != FIRST:
            with engine.begin() as connection:
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema_of(project)}"))
            engine.dispose()
            engine = bare_engine(settings_of(project, settings).metadata_url)
        with engine.begin() as connection:
            migrate(connection, manifest.schema)
        engine.dispose()
    prepare_queue(settings)
    DBOS.migrate(settings.jobs_url)
    postgres.copy_in(settings.database_url or "", folder, manifest.databases[DATABASE])


def _projects_in(folder: Path) -> list[str]:
    """Return the projects but the first whose tables are in a folder, by their ids."""
    found = {_PROJECT.match(file.name) for file in folder.glob("*.copy")}
    return sorted({match[1] for match in found if match})


def _check_target(settings: Settings, manifest: Manifest, source: Path) -> None:
    """Refuse to mix a backup with what is there, or to leave a part of it out."""
    if settings.data_dir.exists() and any(settings.data_dir.iterdir()):
        raise _not_empty("the data folder", str(settings.data_dir), "PREDICTOR_DATA_DIR")
    for path, stamp in manifest.files.items():
        target = settings.models_dir / path.removeprefix(f"{MODELS}/")
        if path.startswith(f"{MODELS}/") and target.exists() and stamp_of(target) != stamp:
            raise _not_empty(
                f"the model {Path(path).parts[1]}", str(settings.models_dir), "PREDICTOR_MODELS_DIR"
            )
    for part, url, name in (
        (DATABASE, settings.database_url, "DATABASE_URL"),
        (LIVE, settings.live_database, LIVE_SETTING),
    ):
        if (part in manifest.databases) != bool(url):
            was, now = ("PostgreSQL", "SQLite") if not url else ("SQLite", "PostgreSQL")
            raise BackupError(
                f"the backup was made with {was}, the settings name {now}.",
                where=name,
                remedy=f"{'Set' if not url else 'Remove'} {name}, as it was when the backup was made.",
            )
    if settings.database_url and postgres.has_tables(settings.database_url, [QUEUE_SCHEMA], own_tables()):
        raise _not_empty("the database", "DATABASE_URL", "DATABASE_URL")
    if settings.live_database and postgres.has_tables(settings.live_database, [LIVE_SCHEMA], []):
        raise _not_empty(
            "the database of live sessions", "PREDICTOR_LIVE_DATABASE", "PREDICTOR_LIVE_DATABASE"
        )
    needed = sum(stamp.bytes for path, stamp in manifest.files.items() if path.startswith(f"{DATA}/"))
    folder = next(
        parent for parent in (settings.data_dir, *settings.data_dir.resolve().parents) if parent.exists()
    )
    if shutil.disk_usage(folder).free < needed:
        raise BackupError(f"{needed / 10**9:.1f} GB are needed on the disk.", where=str(folder))


def _not_empty(what: str, where: str, setting: str) -> BackupError:
    return BackupError(
        f"{what} is not empty, and a backup is never mixed with what is there.",
        where=where,
        remedy=f"Let {setting} name another, or move away what is there.",
    )
