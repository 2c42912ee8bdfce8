"""Which project is at work: one shop's exports, models, keys and settings, apart from all others.

A project is settings with a data folder, a models folder and databases of its own. Whatever opens data asks
``core.base.settings.get_settings`` for them, so nothing has to leave out what belongs to others. Which
projects there are is kept in ``core.projects``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from core.base.settings import PROJECTS, Settings, current_settings

#: The model a project begins with: that of the synthetic demo shop.
SHIPPED = "demo-shop"
#: The project whose data are where an installation with a single one has them.
FIRST = "main"
#: How a request says which project it is about: a header, and a parameter of addresses.
HEADER, PARAMETER = "x-project", "project"
#: Where one chooses a project, and where a link of one leads by way of (``link_to``).
CHOOSE = "/projects/choose"

MOST_MADE = 256
_made: dict[tuple[int, str], tuple[Settings, Mapping[str, Any], Settings]] = {}
_making = threading.Lock()


def settings_of(project: str, settings: Settings, allowed: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of a project: the same object as long as nothing about it has changed.

    ``allowed`` are sources, destinations and databases of the installation that the project may use, by the
    name of the setting; another than the first has none without.
    """
    root = settings.installation
    changes = {} if project == FIRST else _apart(project, root) | dict(allowed or {})
    with _making:
        made = _made.get((id(root), project))
        # Ids are used again: it counts only for the very same settings.
        if made is None or made[0] is not root or made[1] != changes:
            if len(_made) > MOST_MADE:
                _made.clear()
            made = _made[id(root), project] = (root, changes, root.of_project(project, **changes))
        return made[2]


def enter_project(settings: Settings | None) -> None:
    """Have the project of these settings at work from here on, for as long as this request is answered."""
    current_settings.set(settings)


@contextmanager
def in_project(settings: Settings | None) -> Iterator[None]:
    """Have the project of these settings at work for a while; none without settings."""
    token = current_settings.set(settings)
    try:
        yield
    finally:
        current_settings.reset(token)


def current_project() -> str:
    """Return the id of the project at work; empty where none was entered."""
    current = current_settings.get()
    return current.project if current else ""


def link_to(path: str, settings: Settings) -> str:
    """Return a page's address for whoever may be in another project: by way of its own."""
    if not settings.has_projects:
        return path
    return f"{CHOOSE}?{urlencode({'project': settings.project, 'next': path})}"


def same_project() -> dict[str, Any]:
    """Return what a pool of threads is made with so that the project at work is at work in them, too."""
    return {"initializer": enter_project, "initargs": (current_settings.get(),)}


def schema_of(project: str) -> str:
    """Return the name of a project's schema in PostgreSQL."""
    return f"project_{project}"


def live_schema_of(project: str) -> str:
    """Return the name of the schema of a project's live sessions in PostgreSQL."""
    return "predictor_live" if project == FIRST else f"{schema_of(project)}_live"


def without_schema(url: str) -> tuple[str, str]:
    """Return a project's PostgreSQL URL without its schema, and the schema; empty where it names none.

    It is set once a connection stands: poolers don't take it when one is made.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    rest, _, schema = query.get("options", "").rpartition("-csearch_path=")
    if not schema.startswith(schema_of("")):
        return url, ""
    options = {"options": rest.strip()} if rest.strip() else {}
    query = {name: said for name, said in query.items() if name != "options"} | options
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote))), schema


def _apart(project: str, root: Settings) -> dict[str, Any]:
    folder = root.data_dir / PROJECTS / project
    return {
        "data_dir": folder,
        "models_dir": folder / "models",
        "bundle": SHIPPED,
        "database_url": _in_schema(root.database_url, project),
        "live_database": _in_schema(root.live_database, project),
        "sources": (),
        "destinations": (),
        "databases": {},
    }


def _in_schema(url: str | None, project: str) -> str | None:
    """Return a PostgreSQL URL whose connections see the schema of a project and no other."""
    if url is None:
        return None
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query["options"] = f"{query.get('options', '')} -csearch_path={schema_of(project)}".strip()
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))
