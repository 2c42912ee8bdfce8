"""Which project a request is about, and what whoever asks may do there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast, get_args

from core.base.errors import ProjectError
from core.base.identity import Identity, Role
from core.base.project import FIRST, settings_of
from core.base.settings import Settings
from core.projects.members import roles_of
from core.projects.records import Project, all_projects, settings_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A project that was entered: its settings, and who asks with the role they have there."""

    settings: Settings
    who: Identity


def open_to(who: Identity, settings: Settings) -> tuple[Project, ...]:
    """Return the projects somebody may enter; none where there is a single one."""
    there = all_projects(settings)
    if who.via == "nobody":
        return ()
    if who.via == "key":
        return tuple(project for project in there if project.id == who.project)
    if who.role == "admin":
        return there
    mine = roles_of(who.id, settings)
    return tuple(project for project in there if project.id in mine)


def enter(who: Identity, settings: Settings, *, asked: str = "", usual: str = "") -> Place:
    """Return the project somebody asks in.

    Parameters
    ----------
    asked
        The project an open page says it is of: no other will do.
    usual
        The one chosen last in this browser: any other is as good where that isn't open (any more), as long
        as there is only one.

    Raises
    ------
    ProjectError
        If that isn't open to them, or it isn't clear which of several is meant.
    """
    if not settings.has_projects:
        return Place(settings=settings_of(FIRST, settings), who=replace(who, project=FIRST))
    there = {project.id for project in open_to(who, settings)}
    if asked:
        chosen = asked
    elif usual in there:
        chosen = usual
    elif len(there) == 1:
        (chosen,) = there
    elif there:
        raise ProjectError("You are in several projects.", remedy="Choose one of them.")
    else:
        raise NoProjectError("You are in no project.", remedy="Ask an administrator to add you to one.")
    if chosen not in there:
        raise NoProjectError(
            "This project isn't open to you (any more).", remedy="Reload the page, or ask an administrator."
        )
    return Place(settings=settings_by_id(chosen, settings), who=_with_role(who, chosen, settings))


def _with_role(who: Identity, project: str, settings: Settings) -> Identity:
    if who.via == "account" and who.role != "admin":
        own = roles_of(who.id, settings).get(project, "")
        who = replace(who, role=cast("Role", own)) if own in get_args(Role) else who
    return replace(who, project=project)


class NoProjectError(ProjectError):
    """A project that isn't open to whoever asks."""

    status = 403
