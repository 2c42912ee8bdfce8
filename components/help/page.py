"""What the page of help shows: how to start, and what every figure's name means."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components.base.glossary import GLOSSARY, Entry
from components.base.layout import button, page, section
from components.help.tour import START


def help_page() -> Component:
    """Return the page."""
    return page(
        *(
            section(html.Dl([_entry(entry) for entry in entries], className="glossary mb-0"), title=topic)
            for topic, entries in GLOSSARY.items()
        ),
        title="Help",
        subtitle="What each figure means, in the words used on every page.",
        actions=button("Take the tour", id=START, icon="arrow-right"),
        width="narrow",
    )


def _entry(entry: Entry) -> Component:
    # Focus goes to the entry a link names, so a screen reader reads on from there.
    term = html.Dt(entry.name, className="fw-semibold")
    meaning = html.Dd(entry.text, className="mb-0 text-body-secondary")
    return html.Div([term, meaning], id=entry.anchor, className="glossary-entry", tabIndex=-1)
