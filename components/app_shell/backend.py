"""Dash's FastAPI backend, with callbacks run in threads.

As it comes, it runs plain (not ``async``) callbacks on the event loop: one slow page would hold up every
other request of the worker, uploads included.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from dash import Dash, get_app
from dash._pages import _path_to_page
from dash.backends._fastapi import FastAPIDashServer, reset_current_request, set_current_request
from dash.exceptions import DashException, PreventUpdate
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from components.app_shell.offered import offered
from components.app_shell.permissions import check_callback, may_open
from components.base.once import answering
from components.models.download import router as model_card_router
from components.report.download import router as report_router
from core.api import create_application
from core.api.base.errors import as_dict
from core.base.identity import ForbiddenError
from core.base.settings import installation_settings

OK, NO_CONTENT, BAD_REQUEST, FORBIDDEN, NOT_FOUND, SERVER_ERROR = 200, 204, 400, 403, 404, 500
DOWNLOAD_TYPES = (
    "text/csv",
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)


class ThreadedBackend(FastAPIDashServer):
    """The backend ``app.py`` hands to Dash."""

    @staticmethod
    def create_app(name: str = "__main__", config: dict[str, Any] | None = None) -> FastAPI:
        """Return the application with the API's routes, for Dash to add its own to."""
        return create_application(installation_settings(), model_card_router, report_router)

    def serve_callback(self, dash_app: Dash) -> Callable[[Request], Awaitable[Response]]:
        """Return the route that runs a callback."""

        async def dispatch(request: Request) -> Response:
            body = self.request_adapter().get_json()
            if not isinstance(body, dict) or body.get("output") not in dash_app.callback_map:
                return JSONResponse({"code": "callback", "message": "Callback not found."}, BAD_REQUEST)
            try:
                check_callback(body["output"], dash_app.callback_map[body["output"]])
                return await run(body)
            except ForbiddenError as error:
                return JSONResponse(error.to_dict(), error.status)
            except PreventUpdate:
                return Response(status_code=NO_CONTENT)
            except Exception as error:  # noqa: BLE001 - logged by as_dict
                return JSONResponse(as_dict(error, f"callback {body['output']}"), SERVER_ERROR)

        async def run(body: dict[str, Any]) -> Response:
            context = dash_app._initialize_context(body)
            function = dash_app._prepare_callback(context, body)
            arguments = dash_app._inputs_to_vals(context.inputs_list + context.states_list)
            call = dash_app._execute_callback(function, arguments, context.outputs_list, context)
            with answering() as put_in:
                if inspect.iscoroutinefunction(function):
                    answer = await call()
                else:
                    answer = await run_in_threadpool(call)
            return context.dash_response.set_response(data=offered(dash_app, put_in(answer)))

        return dispatch

    def serve_websocket_callback(self, dash_app: Dash) -> None:
        """Serve no callbacks over sockets: none here uses them, and they have one way in."""

    def serve_component_suites(
        self, dash_app: Dash, package_name: str, fingerprinted_path: str, request: Request
    ) -> Response:
        """Return a script of a component library, 404 where there is none of that name."""
        try:
            return super().serve_component_suites(dash_app, package_name, fingerprinted_path, request)
        except (DashException, OSError, IndexError):
            return Response(status_code=NOT_FOUND)

    def enable_compression(self) -> None:
        """Compress texts on the way out; downloads go as they are, with their length."""
        self.server.add_middleware(
            GZipMiddleware,
            minimum_size=1000,
            compresslevel=5,
            exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, *DOWNLOAD_TYPES),
        )

    def _setup_catchall(self) -> None:
        """Answer every other address with the dashboard, and with 404 where no page has it."""
        dash_app = get_app()

        async def page(request: Request) -> Response:
            token = set_current_request(request)
            try:
                found, _ = _path_to_page(dash_app.strip_relative_path(request.url.path))
                shown = FORBIDDEN if found and not may_open(found) else OK
                return HTMLResponse(dash_app.index(), shown if found else NOT_FOUND)
            finally:
                reset_current_request(token)

        self.add_url_rule("{path:path}", page, methods=["GET"])
