"""What a page offers: links to pages one may not open, and buttons one may not press, are left out.

Of everything the server sends to a page, by the tables that also refuse (``permissions.py`` and
``core/api/base/permissions.py``), so that no page has to say it a second time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from dash import Dash
from dash._pages import _path_to_page
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from components.app_shell.permissions import CALLBACKS, callback_name, may_open
from core.api.base.permissions import Need, check, need_of
from core.base.errors import CoreError
from core.base.identity import GRANTED, may

#: What has an address, and what is pressed.
LINKS = frozenset({"A", "Link", "NavLink", "DropdownMenuItem"})
PRESSED = frozenset({"Button", "Switch"})
MENU = "DropdownMenu"
#: Links that are words of a sentence stay, as words; those that look like this go.
STANDS_ALONE = frozenset({"btn", "card", "nav-link"})
#: Properties in which no components are.
DATA = frozenset({"figure", "rowData", "columnDefs", "data", "options"})


def offered(app: Dash, answer: str) -> str:
    """Return a callback's answer without what whoever asks may not use."""
    if all(may(permission) for permission in GRANTED["admin"]):
        return answer
    return json.dumps(_Offer(app).kept(json.loads(answer)), separators=(",", ":"))


class _Offer:
    """What whoever asks now may use."""

    def __init__(self, app: Dash) -> None:
        self.app = app
        self.refused = _refused(app.callback_map)

    def kept(self, node: Any) -> Any:  # noqa: ANN401 - JSON
        """Return a part of an answer without what may not be used; None where nothing is left of it."""
        if isinstance(node, list):
            parts = [(part, self.kept(part)) for part in node]
            return [kept for part, kept in parts if kept is not None or part is None]
        if not isinstance(node, dict):
            return node
        if "namespace" in node and "props" in node:
            allowed = self._component(node)
            if allowed is None:
                return None
            node = allowed
        kept = {name: value if name in DATA else self.kept(value) for name, value in node.items()}
        # A menu that has nothing left in it goes as well.
        return None if kept.get("type") == MENU and not kept["props"].get("children") else kept

    def _component(self, node: dict[str, Any]) -> dict[str, Any] | None:
        props = node["props"]
        if node["type"] in PRESSED and _kind(props.get("id")) in self.refused:
            return None
        href = props.get("href")
        if node["type"] not in LINKS or not isinstance(href, str) or self._may_follow(href):
            return node
        looks = str(props.get("className") or "").split()
        if node["type"] == "DropdownMenuItem" or not STANDS_ALONE.isdisjoint(looks):
            return None
        words = {name: props[name] for name in ("children", "className", "id") if name in props}
        return {"type": "Span", "namespace": "dash_html_components", "props": words}

    def _may_follow(self, href: str) -> bool:
        path = urlsplit(href).path
        if not href.startswith("/"):
            return True
        if path.startswith("/api/"):
            needs = (need for pattern, need in _downloads(self.app) if pattern.match(path))
            return _is_met(next(needs, "open"))
        entry, _ = _path_to_page(path.strip("/"))
        return not entry or may_open(entry)


def _refused(callbacks: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Return the controls whose callbacks are all refused to whoever asks, and that no other reads."""
    started: set[str] = set()
    used: set[str] = set()
    for output, entry in callbacks.items():
        inputs = {_kind(item["id"]) for item in entry["inputs"]}
        name = callback_name(output, entry)
        if name is not None and not _is_met(CALLBACKS.get(name)):
            started |= inputs
            continue
        outputs = entry["output"] if isinstance(entry["output"], (list, tuple)) else [entry["output"]]
        used |= inputs | {_kind(item["id"]) for item in entry["state"]}
        used |= {_kind(item.component_id) for item in outputs if hasattr(item, "component_id")}
    return frozenset(started - used)


@lru_cache(maxsize=4)
def _downloads(app: Dash) -> tuple[tuple[re.Pattern[str], Need | None], ...]:
    """Return the addresses of the API that links lead to, each with what it needs."""
    return tuple(
        (compile_path(path)[0], need_of(route.original_route, "GET"))
        for route in iter_route_contexts(app.server.routes)
        if (path := getattr(route, "path", None)) and "GET" in (getattr(route, "methods", None) or ())
    )


def _kind(id: Any) -> str:  # noqa: ANN401 - as Dash has them
    """Return a component's id; of a wildcard's, its type."""
    if isinstance(id, str) and id.startswith("{"):
        id = json.loads(id)
    return str(id.get("type") if isinstance(id, dict) else id)


def _is_met(need: Need | None) -> bool:
    try:
        check(need)
    except CoreError:
        return False
    return True
