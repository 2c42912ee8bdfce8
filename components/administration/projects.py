"""The page of projects: make them, name them, and say who is in which and with which role."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.administration.people import ROLE_WORDS
from components.base.control import control
from components.base.format import date
from components.base.layout import badge, button, card, page, simple_table
from core.accounts import Person
from core.base.identity import identity
from core.base.project import CHOOSE, FIRST
from core.base.settings import Settings
from core.projects import Member, Project
from core.projects.members import PROJECT_ROLES
from core.projects.records import ALLOWED, MOST_NAME

PATH = "/settings/projects"
NEW, FIRST_NAME, MAKE, LIST, SAID, SHOWN = (
    *("project-new", "project-first", "project-make", "project-list", "project-said", "project-shown"),
)
#: What leads on from the page of the only project to that of one of several.
GO = "project-go"
NAME, RENAME, WHO, ADD = "project-name", "project-rename", "project-who", "project-add"
ROLE, LEAVE, MAY, ALLOW = "project-role", "project-leave", "project-may", "project-allow"
TYPED, DELETE = "project-typed", "project-delete"
#: What stands for the role of somebody's account.
OWN = "own"
_MAY_WORDS = {"sources": "Sources", "destinations": "Destinations", "databases": "Databases"}


def projects_page(
    *,
    projects: Sequence[Project],
    shown: Project | None,
    members: Sequence[Member],
    people: Sequence[Person],
    settings: Settings,
    first_name: str,
) -> Component:
    """Return the page as things are now; ``shown`` is the project whose members are in view."""
    return page(
        _form(is_first=not projects, first_name=first_name),
        html.Div(id=SAID, role="status", className="hide-empty"),
        html.Div(
            project_parts(projects=projects, shown=shown, members=members, people=people, settings=settings),
            id=LIST,
            className="vstack gap-4",
        ),
        dcc.Store(id=SHOWN, data=shown.id if shown else None),
        title="Projects",
        subtitle="One shop each: only its members see a project’s exports, models, keys and settings.",
        actions=button("Settings", href="/settings", icon="arrow-left", kind="quiet"),
    )


def _form(*, is_first: bool, first_name: str) -> Component:
    name = dbc.Input(id=NEW, maxlength=MOST_NAME, size="sm", placeholder="Shop in France")
    present = dbc.Input(id=FIRST_NAME, maxlength=MOST_NAME, size="sm", value=first_name)
    told = (
        "What is here now becomes a project of its own. Everybody who has an account stays in it."
        if is_first
        else "It begins empty, with the demo model. Administrators may open every project."
    )
    return card(
        html.Div(
            [
                control("Name of the new project", name),
                html.Div(control("Name for what is here now", present), hidden=not is_first),
            ],
            className="administration-fields administration-fields-wide",
        ),
        html.Div(button("Make a project", id=MAKE, kind="primary"), className="d-flex justify-content-end"),
        title="New project",
        subtitle=told,
        stack=True,
    )


def project_parts(
    *,
    projects: Sequence[Project],
    shown: Project | None,
    members: Sequence[Member],
    people: Sequence[Person],
    settings: Settings,
) -> list[Component]:
    """Return the list of projects, and what there is to say of the one in view."""
    if not projects:
        return []
    rows = [
        [
            html.Span(project.name, className="fw-medium text-break"),
            date(project.created_at),
            html.Div(_ways(project, shown), className="hstack flex-wrap gap-2"),
        ]
        for project in projects
    ]
    table = simple_table(["Name", "Since", ""], rows, caption="Projects", stack=True)
    parts = [card(table, title="Projects", flush=True)]
    if shown is None:
        return parts
    parts += [_naming(shown), _members(shown, members, people)]
    if shown.id != FIRST and any(getattr(settings, name) for name in ALLOWED):
        parts.append(_allowed(shown, settings))
    if len(projects) > 1:
        parts.append(_deleting(shown))
    return parts


def _ways(project: Project, shown: Project | None) -> list[Component]:
    """Return what leads into a project, and to its name and members."""
    is_current = project.id == identity().project
    # Whoever leaves a project opens every page anew: each is of one project.
    enter = f"{CHOOSE}?{urlencode({'project': project.id, 'next': '/'})}"
    return [
        badge("You are here") if is_current else button("Open", href=enter, external=True, small=True),
        badge("Shown below", "accent")
        if shown and project.id == shown.id
        else button("Name and members", href=f"{PATH}?project={project.id}", small=True),
    ]


def _naming(shown: Project) -> Component:
    name = dbc.Input(id={"type": NAME, "project": shown.id}, value=shown.name, maxlength=MOST_NAME, size="sm")
    return card(
        html.Div(
            [control("Name", name), button("Rename", id={"type": RENAME, "project": shown.id}, small=True)],
            className="hstack gap-2 align-items-end",
        ),
        title=shown.name,
    )


def _members(shown: Project, members: Sequence[Member], people: Sequence[Person]) -> Component:
    there = {member.person.id for member in members}
    others = [person for person in people if person.id not in there and person.role != "admin"]
    rows = [_member(shown, member) for member in members]
    choices = [{"value": person.id, "label": f"{person.name} ({person.email})"} for person in others]
    who = dbc.Select(id={"type": WHO, "project": shown.id}, options=choices, size="sm", placeholder="Person")
    add = html.Div(
        [control("Add somebody", who), button("Add", id={"type": ADD, "project": shown.id}, small=True)],
        className="hstack gap-2 align-items-end",
    )
    return card(
        simple_table(["Name", "Role here", ""], rows, caption="Members", stack=True)
        if rows
        else html.P("Nobody but the administrators.", className="mb-0 text-body-secondary"),
        add if others else None,
        title="Members",
        subtitle="Administrators may open every project without being a member.",
        stack=True,
    )


def _member(shown: Project, member: Member) -> list[Component | str]:
    person = member.person
    name = html.Div(
        [
            html.Div(person.name, className="fw-medium text-break"),
            html.Div(person.email, className="smaller text-body-tertiary text-break"),
        ]
    )
    if person.role == "admin":
        return [name, ROLE_WORDS["admin"].partition(":")[0], _leave(shown, person)]
    own = ROLE_WORDS[person.role].partition(":")[0]
    options = [{"value": OWN, "label": f"As in their account: {own}"}]
    options += [{"value": role, "label": ROLE_WORDS[role]} for role in PROJECT_ROLES]
    select = dbc.Select(
        id={"type": ROLE, "project": shown.id, "person": person.id},
        value=member.own_role or OWN,
        options=options,
        size="sm",
    )
    hidden = html.Span(f"Role of {person.name} in {shown.name}", className="visually-hidden")
    return [name, html.Label([hidden, select], className="w-100"), _leave(shown, person)]


def _leave(shown: Project, person: Person) -> Component:
    id = {"type": LEAVE, "project": shown.id, "person": person.id}
    return button("Remove from project", id=id, kind="danger", small=True)


def _allowed(shown: Project, settings: Settings) -> Component:
    lists = [
        control(
            _MAY_WORDS[name],
            dbc.Checklist(
                id={"type": MAY, "project": shown.id, "setting": name},
                options=[{"value": one, "label": one} for one in getattr(settings, name)],
                value=[one for one in shown.allowed.get(name, ()) if one in getattr(settings, name)],
            ),
        )
        for name in ALLOWED
        if getattr(settings, name)
    ]
    return card(
        *lists,
        html.Div(
            button("Save", id={"type": ALLOW, "project": shown.id}), className="d-flex justify-content-end"
        ),
        title="What it may use",
        subtitle="Folders, addresses and databases of this installation; only those with a tick.",
        stack=True,
    )


def _deleting(shown: Project) -> Component:
    typed = dbc.Input(
        id={"type": TYPED, "project": shown.id}, maxlength=MOST_NAME, size="sm", autoComplete="off"
    )
    return card(
        html.P(
            "Every export, result, model, audience, schedule and live session in it is deleted, its keys "
            "stop working, and its members lose it at once. It can only be restored from a backup.",
            className="mb-0",
        ),
        html.Div(
            [
                control(f"Type “{shown.name}” to delete it", typed),
                button("Delete project", id={"type": DELETE, "project": shown.id}, kind="danger", small=True),
            ],
            className="hstack gap-2 align-items-end",
        ),
        title="Delete this project",
        stack=True,
    )
