"""The shop's settings, and the recipes exports are read by."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from core.api.base.downloads import attachment
from core.api.base.permissions import needs
from core.base.identity import may, require
from core.base.settings import Shop, get_settings
from core.privacy.service import NAMES as PRIVATE
from core.services import shop as services
from core.storage import get_store

router = APIRouter(prefix="/api", tags=["settings"], dependencies=[needs("results.read")])

#: Patterns of the team's own visits may name people.
IDS = needs("ids.read")


class Change(Shop):
    """What is to be changed; what isn't named stays."""

    model_config = ConfigDict(extra="forbid")


class RecipeEntry(BaseModel):
    """How exports with certain columns are read."""

    fingerprint: str = Field(description="Of the names of their columns.")
    name: str
    mapping: dict[str, Any]


@router.get("/settings")
def settings(request: Request) -> Shop:
    """Return what holds now: what pages have set, and elsewhere what the environment says.

    `internal` may name people: without `ids.read` it is empty.
    """
    return _holding(request)


@router.patch("/settings", dependencies=[needs("settings.write")])
def change(wanted: Change, request: Request) -> Shop:
    """Change some of the shop's settings; how long data is kept also needs `privacy.write`."""
    values = wanted.model_dump(exclude_unset=True)
    if PRIVATE & values.keys():
        require("privacy.write")
    get_store(get_settings()).set_shop(values)
    return _holding(request)


@router.get("/recipes", dependencies=[IDS])
def recipes(request: Request) -> list[RecipeEntry]:
    """Return the recipes there are, by name."""
    return [RecipeEntry(**services.recipe_file(each)) for each in services.recipes(get_settings())]


@router.get("/recipes/{fingerprint}.json", dependencies=[IDS])
def recipe(fingerprint: str, request: Request) -> JSONResponse:
    """Return a recipe with the columns it is for, to be imported into another installation."""
    found = services.recipe_of(fingerprint, get_settings())
    return JSONResponse(services.recipe_file(found), headers=attachment(f"{found.name} recipe.json"))


@router.delete(
    "/recipes/{fingerprint}",
    status_code=204,
    response_class=Response,
    dependencies=[needs("uploads.write")],
)
def forget(fingerprint: str, request: Request) -> Response:
    """Read exports with these columns as they are recognised again."""
    settings = get_settings()
    services.delete_recipe(services.recipe_of(fingerprint, settings).fingerprint, settings)
    return Response(status_code=204)


def _holding(request: Request) -> Shop:
    held = get_store(get_settings()).settings
    shown = {name: getattr(held, name) for name in Shop.model_fields}
    return Shop(**shown if may("ids.read") else shown | {"internal": {}})
