"""The frame around every page: the way past it, the pages it leads to, who may leave."""

from __future__ import annotations

import dash_bootstrap_components as dbc
import pytest
from dash import html

from components.app_shell import shell
from components.app_shell.document import INDEX
from core.base.identity import Identity, Via, acting_as
from tests.components.reading import of_class, of_type, text

REGISTRY = {
    "pages.not_found_404": {"module": "pages.not_found_404", "path": "/404", "name": "Not found"},
    "pages.clusters": {"module": "pages.clusters", "path": "/clusters", "name": "Clusters", "order": 4},
    "pages.home": {"module": "pages.home", "path": "/", "name": "Home", "order": 0},
    "pages.hidden": {"module": "pages.hidden", "path": "/x", "name": "Hidden", "order": 1, "nav": False},
    "pages.later": {"module": "pages.later", "path": "/later", "name": "Later", "order": None},
}


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {key: entry | {"relative_path": entry["path"]} for key, entry in REGISTRY.items()}
    monkeypatch.setattr(shell, "page_registry", pages)
    monkeypatch.setattr(shell, "may_open", lambda entry: True)


def test_the_navigation_is_the_registered_pages_in_their_order() -> None:
    links = of_type(shell.shell(), dbc.NavLink)
    assert [(text(link).strip(), link.href) for link in links] == [
        ("Home", "/"),
        ("Clusters", "/clusters"),
        ("Later", "/later"),
        ("Help", "/help"),
    ]
    # Every address begins with the start page's.
    assert [link.active for link in links] == ["exact", "partial", "partial", "partial"]


def test_the_navigation_can_be_skipped() -> None:
    built = shell.shell()
    (skip,) = of_class(built, "skip-link")
    (main,) = of_type(built, html.Main)
    assert skip.href == f"#{main.id}"


@pytest.mark.parametrize(("via", "shown"), [("open", False), ("password", True), ("account", True)])
def test_signing_out_is_offered_to_those_signed_in(via: Via, shown: bool) -> None:
    with acting_as(Identity(via=via)):
        assert ("Sign out" in text(shell.shell())) is shown


def test_the_theme_is_set_before_anything_is_painted() -> None:
    assert INDEX.index("/assets/js/theme.js") < INDEX.index("{%css%}") < INDEX.index("<body>")
    assert '<html lang="en">' in INDEX
    # The content policy refuses scripts that stand in the page.
    assert "<script>" not in INDEX
