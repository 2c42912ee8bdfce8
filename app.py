"""The dashboard: wires Dash, pages, API and settings together. Served by ``python -m core serve``."""

from __future__ import annotations

from dash import Dash, html, page_container

from components.dash_backend import ThreadedBackend
from core.api import protect

try:
    from components.dash_errors import error_area, on_error
    from components.shell import shell
except ImportError:
    on_error = None

    def error_area() -> html.Div:
        """Stand in for the errors."""
        return html.Div()

    def shell() -> html.Div:
        """Stand in for the shell."""
        return html.Div([html.H1("Smart Customer Session Predictor"), page_container])


def layout() -> html.Div:
    """Return what every page stands in."""
    return html.Div([error_area(), shell()])


app = Dash(
    __name__,
    backend=ThreadedBackend,
    use_pages=True,
    include_pages_meta=False,
    title="Smart Customer Session Predictor",
    update_title=None,
    serve_locally=True,
    suppress_callback_exceptions=True,
    on_error=on_error,
    meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    compress=True,
)
app.layout = layout
server = app.server
protect(server)
