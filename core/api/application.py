"""The ASGI application: routes, how errors are answered, and the warm-up of each worker."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from core import __version__
from core.api import health
from core.api.warmup import warm_up
from core.settings import Settings

log = logging.getLogger(__name__)


def create_application(settings: Settings) -> FastAPI:
    """Return the application with every route of the API; pages come on top of it.

    Parameters
    ----------
    settings
        Kept as ``application.state.settings``, where the routes find it.
    """
    application = FastAPI(
        title="Smart Customer Session Predictor",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    application.state.settings = settings
    application.include_router(health.router)
    return application


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    await warm_up(application)
    yield
