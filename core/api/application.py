"""The ASGI application: routes, how errors are answered, and the warm-up of each worker."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from fastapi import APIRouter, Depends, FastAPI

from core.api import (
    audience_lists,
    audiences,
    audit,
    collector,
    datasets,
    figures,
    health,
    listing,
    live,
    live_rules,
    me,
    points,
    predict,
    privacy,
    results,
    schedules,
    sdk_settings,
    shop,
    sources,
    tus,
    uploads,
)
from core.api.base.described import ERRORS, KEY
from core.api.base.errors import add_error_handlers
from core.api.base.permissions import permitted
from core.api.base.stopping import noticing_signals
from core.api.collector import Collector
from core.api.learning import models, trainings
from core.api.observing import Observer
from core.api.projects import choosing, managing
from core.api.projects.gate import ProjectGate
from core.api.warmup import warm_up
from core.base.libraries.memory import releasing_memory
from core.base.settings import Settings
from core.base.version import VERSION
from core.jobs.reasons import reasons_for_pages
from core.live.feed import Feeds
from core.oidc import Provider
from core.results.reason_filter import provide_reasons
from core.security import joining, provider_logout, second_factor, sign_in, single_sign_on
from core.security.access import Access
from core.security.guard import Guard
from core.security.headers import inline_hashes


def create_application(settings: Settings, *more: APIRouter) -> FastAPI:
    """Return the application with every route of the API; pages come on top of it.

    Its ``state`` holds what routes need: ``settings``; ``access`` and ``provider`` for sign-in; ``feeds`` of
    live scores; ``stopping``, which is set once the server is told to stop; and all ``routes`` of the API.
    ``more`` are routes that need what stands above ``core``: pictures and pages.
    """
    application = FastAPI(
        title="Smart Customer Session Predictor",
        version=VERSION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        dependencies=[Depends(permitted)],
    )
    provide_reasons(reasons_for_pages)
    application.state.settings = settings
    application.state.access = Access(settings)
    application.state.provider = Provider(settings)
    application.state.script_hashes = ()
    application.state.feeds = Feeds()
    application.state.stopping = threading.Event()
    routers = (*_asking_for_a_key(), *more)
    application.router.routes.extend(_first_routes().routes)
    for router in more:
        application.include_router(router, dependencies=[KEY], responses=ERRORS)
    application.router.routes.extend(_last_routes().routes)
    application.state.routes = tuple(
        route for router in (*routers, collector.router) for route in router.routes
    )
    add_error_handlers(application)
    application.add_middleware(ProjectGate, owner=application)
    return application


def _asking_for_a_key() -> tuple[APIRouter, ...]:
    """Return the routers whose routes ask for a key; those that shops ask all the time come first."""
    parts = (
        live,
        uploads,
        tus,
        sources,
        datasets,
        results,
        figures,
        models,
        trainings,
        shop,
        audit,
        me,
        points,
        audiences,
        audience_lists,
        predict,
        privacy,
        live_rules,
        schedules,
        managing,
    )
    return (*(part.router for part in parts), tus.finishing)


@cache
def _first_routes() -> APIRouter:
    """Return the routes that ask for a key, the collector's first: one of its own, and most often of all.

    They are made once a process:
    FastAPI works out what each of them reads and answers at a first request, for half a second of all routes.
    """
    first = APIRouter(dependencies=[Depends(permitted)])
    first.include_router(collector.router, responses=ERRORS)
    for router in _asking_for_a_key():
        first.include_router(router, dependencies=[KEY], responses=ERRORS)
    return first


@cache
def _last_routes() -> APIRouter:
    """Return the routes that ask for no key, for every application of this process.

    The listing comes last: it answers for every address under ``/api`` that nobody else has.
    """
    last = APIRouter(dependencies=[Depends(permitted)])
    for part in (
        health,
        sign_in,
        second_factor,
        single_sign_on,
        provider_logout,
        joining,
        choosing,
        sdk_settings,
        listing,
    ):
        last.include_router(part.router)
    return last


def protect(application: FastAPI) -> None:
    """Put the guard before everything, and who observes before that, once all other middleware is added.

    Right behind the guard stands the collector.
    """
    application.add_middleware(Collector)
    application.add_middleware(Guard, owner=application, settings=application.state.settings)
    application.add_middleware(Observer, settings=application.state.settings)


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    index = await warm_up(application)
    application.state.script_hashes = inline_hashes(index.decode())
    with noticing_signals(application.state.stopping):
        async with releasing_memory():
            yield
    application.state.stopping.set()
