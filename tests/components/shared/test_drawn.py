"""Parts that are drawn without Dash: their description holds all of them, and nothing else is let through."""

from __future__ import annotations

import json

import pytest
from dash import dcc, html

from components.shared.drawn import described


def test_a_description_holds_elements_links_and_texts() -> None:
    part = html.Div(
        ["<b>5 € & more</b>", dcc.Link("there", href="/results/r1?a=1"), None, html.Span(3)],
        className="card",
        style={"width": "50%"},
        **{"aria-label": "Part"},
    )

    told = json.loads(described(part))
    assert told["type"] == "Div"
    assert told["props"]["className"] == "card"
    assert told["props"]["style"] == {"width": "50%"}
    text, link, nothing, span = told["props"]["children"]
    assert text == "<b>5 € & more</b>", "a text stays one: the browser puts it in as a text"
    assert link == {"type": "Link", "props": {"children": "there", "href": "/results/r1?a=1"}}
    assert nothing is None
    assert span["props"]["children"] == 3


def test_what_needs_dash_is_refused() -> None:
    with pytest.raises(TypeError, match="Graph can't be drawn"):
        described(html.Div(dcc.Graph()))
