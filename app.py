"""The dashboard: wires Dash, pages, API and settings together. Served by ``python -m core serve``."""

from __future__ import annotations

from dash import Dash, html
from dash.development.base_component import Component

from components.app_shell.backend import ThreadedBackend
from components.app_shell.document import INDEX
from components.app_shell.permissions import protect_pages
from components.app_shell.shell import shell
from components.shared.errors import error_area, on_error
from core.api import protect


def layout() -> Component:
    """Return what every page stands in."""
    return html.Div([error_area(), shell()])


app = Dash(
    __name__,
    backend=ThreadedBackend,
    use_pages=True,
    include_pages_meta=False,
    title="Smart Customer Session Predictor",
    index_string=INDEX,
    update_title=None,
    serve_locally=True,
    # It is for the shop's pages, not for ours.
    assets_ignore=r"^tracker\.js$",
    suppress_callback_exceptions=True,
    on_error=on_error,
    meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    compress=True,
)
app.layout = layout
protect_pages()
server = app.server
protect(server)
