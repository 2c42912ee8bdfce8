"""What has to run or be reached: databases, models, worker, web server, and who may come in."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from core.accounts.people import any_people
from core.base.errors import CoreError
from core.base.project import FIRST, in_project
from core.base.settings import LOOPBACK, Settings
from core.bundle.registry import in_use
from core.bundle.repository import NAME, verify_bundle
from core.database.migrating import current_revision, known_revisions
from core.database.opening import NotUpgradedError, bare_engine, get_engine
from core.jobs.heartbeat import SILENT_SECONDS, seconds_since_heartbeat
from core.monitoring.doctor.data import SKEW
from core.monitoring.doctor.finding import Finding
from core.monitoring.web_server import web_server_answers
from core.projects import Project, all_projects, settings_by_id
from core.projects.records import every_settings
from core.security import has_password

#: The oldest PostgreSQL that is still looked after by those who make it.
OLDEST_POSTGRES = 14


def database(settings: Settings) -> Iterator[Finding]:
    """Look whether the metadata database is reached, and at which schema it stands; it isn't migrated."""
    if not settings.database_url and not (settings.data_dir / "predictor.sqlite").exists():
        yield Finding("database", "ok", "SQLite, made at the first start.")
        return
    engine = bare_engine(settings.metadata_url)
    where = make_url(settings.metadata_url).render_as_string(hide_password=True)
    try:
        with engine.connect() as connection:
            revision = current_revision(connection)
            if connection.dialect.name == "postgresql":
                yield from _postgres(connection.scalar(text("show server_version_num")), where)
                then = connection.scalar(text("select extract(epoch from clock_timestamp())"))
                if abs(skew := float(then) - time.time()) > SKEW:
                    told = f"The database's clock is {skew:+.0f} s off this machine's."
                    yield Finding("clock", "warning", told, "Set both by NTP: timedatectl set-ntp true.")
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
        yield Finding(
            "database", "wrong", f"{where} can't be used: {cause}", "Start it, or mend DATABASE_URL."
        )
        return
    finally:
        engine.dispose()
    known = known_revisions()
    if revision is not None and revision not in known:
        told = f"A newer program has used it: it is at schema {revision}, this one knows up to {known[-1]}."
        yield Finding("database", "wrong", told, "Run the newer version, or restore a backup made before.")
    elif revision != known[-1]:
        told = f"It is at schema {revision or 0}; the next start upgrades it to {known[-1]}."
        yield Finding("database", "warning", told, "Back up first: python -m core backup FOLDER.")
    else:
        yield Finding("database", "ok", f"{where.partition('://')[0]} answers, at schema {revision}.")
        for project in all_projects(settings):
            if project.id != FIRST:
                yield from _of_project(project, settings)


def _of_project(project: Project, settings: Settings) -> Iterator[Finding]:
    try:
        with in_project(own := settings_by_id(project.id, settings)):
            get_engine(own)
    except NotUpgradedError:
        told = f"That of {project.name} is at an earlier schema; the next start upgrades it."
        yield Finding("database", "warning", told, "Back up first: python -m core backup FOLDER.")


def _postgres(number: str, where: str) -> Iterator[Finding]:
    major = int(number) // 10_000
    if major < OLDEST_POSTGRES:
        told = f"PostgreSQL {major} at {where} is too old; {OLDEST_POSTGRES} or newer is needed."
        yield Finding("database", "wrong", told, "Upgrade it.")


def live_database(settings: Settings) -> Iterator[Finding]:
    """Look whether the database of live sessions is reached, where there is one."""
    if settings.live_database:
        psycopg.connect(settings.live_database, connect_timeout=10).close()
        yield Finding("live database", "ok", "PostgreSQL answers.")


def models(settings: Settings) -> Iterator[Finding]:
    """Look whether each model is as it was saved, and the one in use there."""
    names = {project.id: f"models of {project.name}" for project in all_projects(settings)}
    for project in every_settings(settings):
        with in_project(project):
            found = list(_models(project))
        for finding in found:
            yield replace(finding, part=names.get(project.project, finding.part))


def _models(settings: Settings) -> Iterator[Finding]:
    used = in_use(settings)
    folder = settings.models_dir
    names = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
    names = {name for name in names if NAME.fullmatch(name)} | {used}
    damaged = 0
    for name in sorted(names):
        try:
            verify_bundle(name, settings)
        except CoreError as error:
            damaged += 1
            state = "wrong" if name == used else "warning"
            told = f"The model {name}{' in use' if name == used else ''} can't be used: {error.message}"
            yield Finding("models", state, told, error.remedy or "")  # type: ignore[arg-type]
    if not damaged:
        yield Finding("models", "ok", f"{len(names)} as they were saved; {used} is in use.")


def worker(settings: Settings) -> Iterator[Finding]:
    """Look whether a job worker runs."""
    seconds = seconds_since_heartbeat(settings)
    remedy = "Start it: python -m core serve, or python -m core work beside python -m core web."
    if seconds is None or seconds > SILENT_SECONDS:
        state = "wrong" if web_server_answers(settings) else "warning"
        since = "" if seconds is None else f" It was last alive {seconds / 60:,.0f} minutes ago."
        yield Finding("worker", state, f"No job worker runs: what is uploaded waits.{since}", remedy)  # type: ignore[arg-type]
    else:
        yield Finding("worker", "ok", "A job worker runs.")


def web_server(settings: Settings) -> Iterator[Finding]:
    """Look whether the web server answers, or could."""
    here = f"{settings.host}:{settings.port}"
    if web_server_answers(settings):
        yield Finding("web server", "ok", f"It answers on {here}.")
        return
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            told = f"It can't listen on {here}: {error.strerror}."
            yield Finding("web server", "wrong", told, "Stop what listens there, or set PREDICTOR_PORT.")
        else:
            yield Finding("web server", "warning", f"It doesn't run; {here} is free.", "python -m core serve")


def sign_in(settings: Settings) -> Iterator[Finding]:
    """Look whether others come in only as they should."""
    if settings.is_local:
        yield _behind_a_proxy(settings)
        return
    if not (has_password(settings) or any_people(settings)):
        told = f"{settings.host} can be reached from other machines, and nobody has to sign in."
        yield Finding("sign-in", "wrong", told, "python -m core people add EMAIL")
    elif not settings.secure_cookies:
        told = "Cookies may be sent without encryption, and it can be reached from other machines."
        yield Finding("sign-in", "warning", told, "Behind HTTPS, set PREDICTOR_SECURE_COOKIES=true.")
    else:
        yield Finding("sign-in", "ok", "People sign in, over HTTPS only.")


def _behind_a_proxy(settings: Settings) -> Finding:
    """Look whether a proxy on this machine, which other names lead to, keeps cookies encrypted."""
    others = [name for name in settings.allowed_hosts if name not in LOOPBACK]
    by_https = (settings.public_url or "").startswith("https:")
    if settings.secure_cookies or not (others or by_https):
        return Finding("sign-in", "ok", "It listens to this machine only, or to a proxy on it.")
    where = settings.public_url if by_https else ", ".join(others)
    told = f"A proxy leads here ({where}), and cookies may be sent without encryption."
    return Finding("sign-in", "warning", told, "Where it speaks HTTPS, set PREDICTOR_SECURE_COOKIES=true.")
