"""Dash's FastAPI backend, with callbacks run in threads.

As it comes, it runs plain (not ``async``) callbacks on the event loop: one slow page would hold up every
other request of the worker, uploads included.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from dash import Dash
from dash.backends._fastapi import FastAPIDashServer
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from core.api import create_application
from core.settings import get_settings


class ThreadedBackend(FastAPIDashServer):
    """The backend ``app.py`` hands to Dash."""

    @staticmethod
    def create_app(name: str = "__main__", config: dict[str, Any] | None = None) -> FastAPI:
        """Return the application with the API's routes, for Dash to add its own to."""
        return create_application(get_settings())

    def serve_callback(self, dash_app: Dash) -> Callable[[Request], Awaitable[Response]]:
        """Return the route that runs a callback."""

        async def dispatch(request: Request) -> Response:
            body = self.request_adapter().get_json()
            context = dash_app._initialize_context(body)
            function = dash_app._prepare_callback(context, body)
            arguments = dash_app._inputs_to_vals(context.inputs_list + context.states_list)
            call = dash_app._execute_callback(function, arguments, context.outputs_list, context)
            if inspect.iscoroutinefunction(function):
                answer = await call()
            else:
                answer = await run_in_threadpool(call)
            return context.dash_response.set_response(data=answer)

        return dispatch
