"""The "?" beside a figure's name: what it means, on a click, under the pointer and by keyboard."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from components.base.glossary import entry_of
from components.base.icons import icon


def help_mark(name: str, text: str | None = None) -> Component | None:
    """Return the mark of a figure, with ``text`` or what the glossary says, or none where neither is there.

    ``assets/js/help.js`` opens and closes it, and ties the words to the button by an id of its own: the same
    figure may stand on a page several times.
    """
    entry = entry_of(name)
    if entry is None and not text:
        return None
    said: list[Component | str] = [html.Span(text or (entry.text if entry else ""), className="help-words")]
    if entry:
        said.append(dcc.Link("Glossary", href=entry.href, className="help-link"))
    mark = html.Button(
        icon("help", size=14),
        type="button",
        className="help-button",
        **{"aria-label": f"What is “{name}”?", "aria-expanded": "false"},
    )
    return html.Span([mark, html.Span(said, className="help-text", hidden=True)], className="help")
