"""A text with a button that copies it."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component


def copied(text: str, id: str, *, class_name: str = "my-2") -> Component:
    """Return a text, such as a command, with a button that copies it."""
    return html.Div(
        [
            html.Pre(text, id=id, className="live-command mb-0"),
            dcc.Clipboard(target_id=id, title="Copy", className="live-copy"),
        ],
        className=f"position-relative {class_name}".strip(),
    )
