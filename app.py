"""The dashboard: wires Dash, pages, API and settings together. Served by ``python -m core serve``."""

from __future__ import annotations

from dash import Dash, html, page_container

from components.dash_backend import ThreadedBackend

try:
    from components.shell import shell
except ImportError:

    def shell() -> html.Div:
        """Stand in for the shell."""
        return html.Div([html.H1("Smart Customer Session Predictor"), page_container])


app = Dash(
    __name__,
    backend=ThreadedBackend,
    use_pages=True,
    title="Smart Customer Session Predictor",
    update_title=None,
    serve_locally=True,
    suppress_callback_exceptions=True,
    compress=True,
)
app.layout = shell
server = app.server
