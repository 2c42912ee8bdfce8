"""The matrix: every route, page and callback × every role and key, as the document says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from dash import page_registry
from dash.exceptions import PreventUpdate
from fastapi import HTTPException
from starlette.testclient import TestClient

import app as dashboard
from components.app_shell.permissions import CALLBACKS, PAGES, callback_name
from core.api.base import permissions
from core.api.base.permissions import need_of
from core.base.identity import GRANTED, ROLES, Identity, Role
from tools.permissions import allowed, routes
from tools.permissions import dashboard as all_routes

LET_IN = 418
OK, NO_CONTENT, UNAUTHORISED, FORBIDDEN = 200, 204, 401, 403
TUS = {"tus-resumable": "1.0.0"}
#: Dash's own, which look who asks as they run.
DASH = ("/_dash-update-component", "{path:path}", "/", "/_dash-layout")
#: Nobody, each role, and keys: one without any scope, one that may read and nothing else.
ASKING: dict[str, Identity | None] = {
    "nobody": None,
    **{role: Identity(id="x", role=role, via="account") for role in ROLES},
    "key without scopes": Identity(id="x", role="admin", via="key", scopes=frozenset()),
    "key that reads": Identity(id="x", role="admin", via="key", scopes=frozenset({"results.read"})),
    "viewer's key": Identity(id="x", role="viewer", via="key", scopes=GRANTED["admin"]),
}


@pytest.fixture(scope="module")
def served() -> Iterator[TestClient]:
    """Serve the dashboard in this process; a route that lets somebody in isn't run."""

    def only_looked_at(route: Any, method: str) -> permissions.Need | None:
        need = need_of(route, method)
        permissions.check(need)
        if route.path not in DASH:
            raise HTTPException(LET_IN)
        return need

    client = TestClient(dashboard.server, base_url="http://localhost", raise_server_exceptions=False)
    all_routes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(permissions, "need_of", only_looked_at)
        client.get("/_dash-layout")
        yield client


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Any:
    def ask(who: Identity | None) -> None:
        monkeypatch.setattr(
            dashboard.server.state.access, "identify", lambda cookie, address: who, raising=False
        )

    return ask


def may(who: Identity | None, need: Any) -> bool:
    if need == "open" or who is None:
        return need == "open"
    return need == "signed_in" or all(who.may(permission) for permission in need)


@pytest.mark.parametrize("who", ASKING)
def test_routes_let_in_and_refuse_as_the_table_says(served: TestClient, asking: Any, who: str) -> None:
    asking(ASKING[who])
    wrong, refused = [], UNAUTHORISED if who == "nobody" else FORBIDDEN
    for method, path, need in routes(dashboard.server):
        if path.startswith(("/_dash", "/_favicon")) or path in ("{path:path}", "/", "/metrics"):
            continue
        body = {} if method in ("POST", "PUT", "PATCH") else None
        address = re.sub(r"\{[^}]+\}", "x", path)
        status = served.request(method, address, json=body, headers=TUS).status_code
        expected = LET_IN if may(ASKING[who], need) else refused
        if status != expected:
            wrong.append((method, path, status, expected))
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_callbacks_run_and_are_refused_as_the_table_says(
    served: TestClient, asking: Any, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_run(*_: Any) -> None:
        raise PreventUpdate

    monkeypatch.setattr(dashboard.app, "_prepare_callback", not_run)
    asking(ASKING[role])
    wrong = []
    for output, entry in dashboard.app.callback_map.items():
        name = callback_name(output, entry)
        body = {"output": output, "outputs": [], "inputs": [], "changedPropIds": []}
        status = served.post("/_dash-update-component", json=body).status_code
        expected = NO_CONTENT if name and allowed(CALLBACKS[name], role) else FORBIDDEN
        if status != expected:
            wrong.append((name, status, expected))
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_pages_open_as_the_table_says(served: TestClient, asking: Any, role: Role) -> None:
    asking(ASKING[role])
    for entry in page_registry.values():
        if entry["path"] != "/" and "404" not in entry["module"]:
            status = served.get(entry["path"]).status_code
            assert (status == OK) is allowed(PAGES[entry["module"]], role), entry["module"]
