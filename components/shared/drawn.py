"""Parts of a page that only show something, described for ``assets/js/drawn.js`` to draw.

As components of Dash, hundreds of elements take tenths of a second to come and stop the page for as long.
What has callbacks of its own can't be drawn this way, nor can charts of plotly.
"""

from __future__ import annotations

import json
from typing import Any

from dash import dcc
from dash.development.base_component import Component

#: The property of an ``html.Div`` that holds a description.
DESCRIBED = "data-component"


def described(part: Component) -> str:
    """Describe a part: elements of HTML and links only.

    Raises
    ------
    TypeError
        If there is something else in it.
    """
    return json.dumps(_plain(part), ensure_ascii=False, separators=(",", ":"))


def _plain(part: Any) -> Any:  # noqa: ANN401 (anything that can be a child)
    if isinstance(part, (list, tuple)):
        return [_plain(one) for one in part]
    if not isinstance(part, Component):
        return part
    told = part.to_plotly_json()
    if told["namespace"] != "dash_html_components" and not isinstance(part, dcc.Link):
        raise TypeError(f"{told['type']} can't be drawn without Dash.")
    return {
        "type": told["type"],
        "props": {name: _plain(value) for name, value in told["props"].items()},
    }
