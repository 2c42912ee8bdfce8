"""``GET /api/models/{name}/card.html``: a model card as one file."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from core.api.base.downloads import attachment
from core.api.base.permissions import needs
from core.base.errors import NotFoundError
from core.base.settings import get_settings
from core.bundle.repository import NAME

router = APIRouter(prefix="/api", tags=["models"], dependencies=[needs("results.read")])


@router.get("/models/{name}/card.html", response_class=Response)
def card(name: str, request: Request) -> Response:
    """Return the card of a model as one HTML file that opens without the internet."""
    from components.models.html import card_html
    from core.bundle.model_card import read_card

    settings = get_settings()
    if not NAME.fullmatch(name) or not (settings.models_dir / name).is_dir():
        raise NotFoundError("Model not found.", where=f"model {name[:80]}", remedy="See /models.")
    shown = read_card(name, settings)
    return Response(
        card_html(shown),
        media_type="text/html; charset=utf-8",
        # The name is a plain one: it has been checked before it was read.
        headers=attachment(f"{shown.name} model card.html"),
    )
