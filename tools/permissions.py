"""Write docs/permissions.md: who may open which page, use which route and run which callback.

    python -m tools.permissions

It is made of the tables the server itself looks at; ``tests/test_permissions.py`` compares.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from components.app_shell.permissions import CALLBACKS, PAGES
from core.api.base.permissions import BY_LIVE_KEY, TRACKERS, Need, need_of
from core.base.html import template
from core.base.identity import ALLOWS, GRANTED, ROLES

#: Not routes of ours: for whoever is signed in, which is looked at before.
SIGNED_IN = ("/assets", "/api/openapi.json")
DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "permissions.md"


def dashboard() -> FastAPI:
    """Return the server with every route, Dash's own among them."""
    from app import app  # only here: it takes a while

    app._setup_server()
    if not any(path == "{path:path}" for _, path, _ in routes(app.server)):
        app.backend._setup_catchall()
    return app.server


def document() -> str:
    """Return the document."""
    rows = {
        "roles": [f"| `{name}` | {text} | {_marks((name,))} |" for name, text in ALLOWS.items()],
        "routes": [
            f"| `{method} {path}` | {_need(need)} | {_marks(need)} | {_scopes(path, need)} |"
            for method, path, need in routes(dashboard())
            if need is not None and not path.startswith(TRACKERS)
        ],
        "trackers": ", ".join(f"`{path}…`" for path in TRACKERS),
        "pages": [f"| `{name}` | {_need(need)} | {_marks(need)} |" for name, need in PAGES.items()],
        "callbacks": [f"| `{name}` | {_need(need)} | {_marks(need)} |" for name, need in CALLBACKS.items()],
    }
    return template("tools/templates/permissions.md").render(rows, roles_of=" | ".join(ROLES)) + "\n"


def allowed(need: Need, role: str) -> bool:
    """Whether a role has what is needed."""
    return isinstance(need, str) or set(need) <= GRANTED[role]  # type: ignore[index]


def routes(application: FastAPI) -> list[tuple[str, str, Need | None]]:
    """Return every route there is: its method, its address as it was defined, what it needs.

    A socket's method is SOCKET.
    """
    found = []
    for route in iter_route_contexts(application.routes):
        path = getattr(route, "path", None)
        if path is not None and path not in SIGNED_IN:
            methods = getattr(route, "methods", None) or ["SOCKET"]
            found += [(method, path, need_of(route.original_route, method)) for method in sorted(methods)]
    return found


def _need(need: Need) -> str:
    return need.replace("_", " ") if isinstance(need, str) else ", ".join(f"`{name}`" for name in need)


def _marks(need: Need) -> str:
    return " | ".join("yes" if allowed(need, role) else "–" for role in ROLES)


def _scopes(path: str, need: Need) -> str:
    if not path.startswith("/api/"):
        return "–"
    keys = _need(need) if not isinstance(need, str) else "any"
    return f"{keys}; a secret live key" if path in BY_LIVE_KEY else keys


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
