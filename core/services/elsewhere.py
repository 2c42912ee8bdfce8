"""Which other project of somebody's has what an address names: links are pasted across projects."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from core.base.errors import NotFoundError
from core.base.identity import Identity
from core.base.project import in_project
from core.base.settings import Settings, get_settings
from core.bundle.repository import NAME
from core.projects import Project, open_to, settings_by_id
from core.projects.records import UNUSABLE
from core.rules.repository import get_rule
from core.storage import get_store

log = logging.getLogger(__name__)

Find = Callable[[str], object]


def _find_model(name: str) -> None:
    if not (NAME.fullmatch(name) and (get_settings().models_dir / name).is_dir()):
        raise NotFoundError("Model not found.")


def _result(asked: str) -> object:
    return get_store().result(asked)


def _dataset(asked: str) -> object:
    return get_store().dataset(asked)


#: How to find what an argument of an address names, in the project at work.
FIND: Mapping[str, Find] = {
    **dict.fromkeys(("result_id", "result", "source", "a", "b"), _result),
    **dict.fromkeys(("dataset_id", "dataset"), _dataset),
    "audience_id": lambda asked: get_store().audience(asked),
    "training_id": lambda asked: get_store().training(asked),
    **dict.fromkeys(("schedule_id", "schedule"), lambda asked: get_store().schedule(asked)),
    "rule": lambda asked: get_rule(get_settings(), asked),
    **dict.fromkeys(("name", "model"), _find_model),
}


def project_with(arguments: Mapping[str, Any], who: Identity, settings: Settings) -> Project | None:
    """Return the project that has what an address names, where the one at work doesn't.

    Only projects that are open to whoever asks are looked at: of others nothing is told.

    Parameters
    ----------
    arguments
        The address's, by name: of its path and of its query.
    """
    named = {name: value for name, value in arguments.items() if name in FIND and isinstance(value, str)}
    others = [project for project in open_to(who, settings) if project.id != who.project] if named else []
    missing = {name: value for name, value in named.items() if not _is_here(name, value)} if others else {}
    for project in others if missing else ():
        try:
            with in_project(settings_by_id(project.id, settings)):
                if all(_is_here(name, value) for name, value in missing.items()):
                    return project
        except UNUSABLE as error:
            log.warning("project %s can't be looked into: %s", project.id, error)
    return None


def _is_here(name: str, value: str) -> bool:
    try:
        FIND[name](value)
    except NotFoundError:
        return False
    return True
