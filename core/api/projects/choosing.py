"""The page on which one chooses the project to work in."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from core.api.projects.gate import COOKIE, SEE_OTHER, chosen
from core.base.identity import identity
from core.base.project import CHOOSE, FIRST, PARAMETER
from core.base.settings import Settings
from core.projects import enter, open_to
from core.security.forms import local_target, read_form
from core.security.plain import plain_page
from core.security.sessions import set_cookie

router = APIRouter(include_in_schema=False)

#: Days a choice is remembered in a browser.
REMEMBERED_DAYS = 365


@router.get(CHOOSE)
async def choose(request: Request) -> Response:
    """Show the projects somebody may enter; a link to a page of one of them leads straight there."""
    settings: Settings = request.app.state.settings
    there = await run_in_threadpool(open_to, identity(), settings)
    asked = request.query_params.get(PARAMETER)
    if asked in {project.id for project in there}:
        return _on(asked, request.query_params.get("next"), settings)
    page = plain_page(
        "core/security/templates/projects.html",
        title="Choose a project" if there else "You are in no project",
        projects=there,
        chosen=chosen(request.headers),
        signed_in=identity().via in ("account", "password"),
        action=CHOOSE,
        next=local_target(request.query_params.get("next")),
        width="480px",
    )
    return HTMLResponse(page)


@router.post(CHOOSE)
async def take(request: Request) -> Response:
    """Have this browser work in a project from now on."""
    settings: Settings = request.app.state.settings
    fields = await read_form(request)
    asked = fields.get("project", FIRST)
    place = await run_in_threadpool(lambda: enter(identity(), settings, asked=asked))
    return _on(place.settings.project, fields.get("next"), settings)


def _on(project: str, target: str | None, settings: Settings) -> Response:
    """Lead on to a page, in a project from now on."""
    cookie = set_cookie(project, settings, seconds=REMEMBERED_DAYS * 86_400, name=COOKIE)
    return RedirectResponse(local_target(target), SEE_OTHER, {"set-cookie": cookie})
