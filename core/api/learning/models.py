"""Models: which there are, how good each is, and putting one to use."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from core.api.base.permissions import needs
from core.base.errors import NotFoundError
from core.base.identity import identity
from core.base.settings import Settings, get_settings
from core.bundle import registry
from core.bundle.model_card import Card, read_card, read_shelf
from core.bundle.repository import NAME

router = APIRouter(prefix="/api/models", tags=["models"], dependencies=[needs("results.read")])


class Model(BaseModel):
    """A model, and whether new exports are scored with it."""

    name: str
    in_use: bool
    created_at: str
    currency: str = Field(description="ISO code of its amounts.")
    synthetic: bool = Field(description="Whether it learned from made-up data.")
    predicts_purchase: bool = Field(description="False of a model that knows clusters only.")
    base_rate: float | None = Field(description="Share of buyers it learned from.")
    threshold: float | None = Field(description="From which probability on a session is a likely buyer.")
    alarms: list[dict[str, Any]] = Field(description="Signs that something gives the outcome away.")


class ModelCard(Model):
    """All that is known of a model; figures were measured on sessions it hadn't seen."""

    metrics: dict[str, Any] = Field(description="By group and name: `value`, `low`, `high`, `n`, `unit`.")
    features: list[str]
    clusters: dict[str, str] = Field(description="Names of the clusters, by id.")
    training: dict[str, Any] = Field(description="What it learned from, and how that was split.")
    early: list[dict[str, Any]] = Field(description="How good it is after k events.")
    notes: list[str]


class Models(BaseModel):
    """All models: the one in use first, then the newest first."""

    in_use: str
    earlier: str | None = Field(description="The model that was in use before, if it still exists.")
    items: list[Model]


class Use(BaseModel):
    """Why a model is put to use, for the record."""

    note: str = Field("", max_length=500)
    confirmed: bool = Field(False, description="Whether somebody has seen its alarms and wants it anyway.")


@router.get("")
def models(request: Request) -> Models:
    """Return the models there are."""
    shelf = read_shelf(get_settings())
    return Models(
        in_use=shelf.in_use, earlier=shelf.earlier, items=[Model(**_told(card)) for card in shelf.cards]
    )


@router.get("/{name}")
def card(name: str, request: Request) -> ModelCard:
    """Return a model's card: how good it is, and what it learned from."""
    return _card(_checked(name, get_settings()), get_settings())


@router.post("/{name}/use", dependencies=[needs("models.write")])
def use(name: str, request: Request, wanted: Use | None = None) -> ModelCard:
    """Score new exports with this model from now on.

    A model with alarms is put to use only with `confirmed`.
    """
    settings, wanted = get_settings(), wanted or Use()
    registry.promote(
        _checked(name, settings),
        who=identity().name,
        note=wanted.note,
        confirmed=wanted.confirmed,
        settings=settings,
    )
    return _card(name, settings)


@router.delete("/{name}", status_code=204, response_class=Response, dependencies=[needs("models.write")])
def delete(name: str, request: Request) -> Response:
    """Delete a model for good; results it has made stay. The one in use can't be deleted."""
    settings = get_settings()
    registry.delete_bundle(_checked(name, settings), settings)
    return Response(status_code=204)


def _checked(name: str, settings: Settings) -> str:
    if not NAME.fullmatch(name) or not (settings.models_dir / name).is_dir():
        raise NotFoundError("Model not found.", where=f"model {name[:80]}", remedy="See /api/models.")
    return name


def _card(name: str, settings: Settings) -> ModelCard:
    card = read_card(name, settings)
    manifest = card.manifest
    return ModelCard(
        **_told(card),
        metrics=dict(manifest.metrics),
        features=[note.name for note in manifest.features],
        clusters={str(place): note.name for place, note in enumerate(manifest.clusters)},
        training=dict(manifest.training),
        early=[dict(row) for row in manifest.early],
        notes=list(manifest.notes),
    )


def _told(card: Card) -> dict[str, Any]:
    names = ("name", "created_at", "currency", "synthetic", "predicts_purchase", "base_rate", "threshold")
    told = {name: getattr(card.manifest, name) for name in names}
    return told | {"in_use": card.in_use, "alarms": [dict(alarm) for alarm in card.manifest.alarms]}
