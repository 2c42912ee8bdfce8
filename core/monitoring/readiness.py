"""Whether this installation can do its work now, part by part.

Each answer is one word and one sentence without paths or names, so that anybody may read it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core.base.errors import CoreError
from core.base.settings import Settings
from core.bundle.registry import in_use
from core.bundle.repository import read_manifest
from core.database import shared_engine
from core.jobs.heartbeat import SILENT_SECONDS, seconds_since_heartbeat
from core.projects.records import every_settings, in_every_project
from core.storage._files import room as room_of

State = Literal["ok", "warning", "failing"]


@dataclass(frozen=True, slots=True)
class Part:
    """How one part is; with ``failing`` the installation is not ready, with ``warning`` it is."""

    state: State
    message: str

    def to_dict(self) -> dict[str, str]:
        """Return plain JSON."""
        return asdict(self)


def readiness(settings: Settings) -> dict[str, Part]:
    """Return how each part is; none of them raises."""
    return {name: check(settings) for name, check in PARTS.items()}


def is_ready(parts: dict[str, Part]) -> bool:
    """Whether no part is failing."""
    return all(part.state != "failing" for part in parts.values())


def _database(settings: Settings) -> Part:
    try:
        with shared_engine(settings).connect() as connection:
            connection.execute(select(1))
    except (CoreError, SQLAlchemyError):
        return Part("failing", "The database can't be reached or read.")
    return Part("ok", "The database answers.")


def _worker(settings: Settings) -> Part:
    seconds = seconds_since_heartbeat(settings)
    if seconds is None:
        return Part("failing", "No job worker has been started: python -m core work.")
    if seconds > SILENT_SECONDS:
        return Part("failing", f"The job worker has been silent for {seconds:.0f} s.")
    return Part("ok", "A job worker runs.")


def _disk(settings: Settings) -> Part:
    try:
        if not os.access(settings.data_dir, os.W_OK | os.X_OK):
            return Part("failing", "The data folder can't be written.")
        room = room_of(settings.data_dir, kept_free=settings.min_free_bytes)
    except OSError:
        return Part("failing", "The data folder can't be read.")
    if room.free == 0:
        return Part("failing", "The disk is full.")
    if room.usable == 0:
        return Part("warning", "Less is free on the disk than is kept in reserve: no uploads are taken.")
    return Part("ok", f"{room.usable / 10**9:.1f} GB can be used.")


def _model(settings: Settings) -> Part:
    failing = Part("failing", "The model in use can't be read.")
    try:
        n_projects = len(every_settings(settings))
        n_read = len(in_every_project(settings, lambda each: read_manifest(in_use(each), each), "the model"))
    except (CoreError, SQLAlchemyError):
        return failing
    if n_read == n_projects:
        return Part("ok", "The model in use is there.")
    # One shop's model is no reason to take the others' pages away.
    told = f"The model in use can't be read in {n_projects - n_read} of {n_projects} projects."
    return Part("warning", told) if n_read else failing


PARTS: dict[str, Callable[[Settings], Part]] = {
    "database": _database,
    "worker": _worker,
    "disk": _disk,
    "model": _model,
}
