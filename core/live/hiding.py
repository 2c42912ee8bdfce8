"""Ids of visitors are replaced by pseudonyms in live events, before anything is written of them."""

from __future__ import annotations

import json
import re

from core.base.settings import Settings
from core.live.told import AT, Event
from core.security.pseudonym import pseudonym

#: What is kept of an event that can't be used: whatever it says may name somebody.
LEFT_OUT = json.dumps({"left_out": "ids are replaced as they come in"})
_ADDRESS = re.compile(r"[^\s/?&=#]+(@|%40)[^\s/?&=#]+")


def hidden(event: Event, settings: Settings) -> Event:
    """Return an event with pseudonyms, and without e-mail addresses in that of its page."""
    values = list(event)
    for name in ("visitor_id", "user_id"):
        if values[AT[name]] is not None:
            values[AT[name]] = pseudonym(str(values[AT[name]]), settings)
    if values[AT["page"]] is not None:
        values[AT["page"]] = _ADDRESS.sub("removed", str(values[AT["page"]]))
    return tuple(values)


def hidden_links(links: str | None, settings: Settings) -> str | None:
    """Return links of ids with pseudonyms."""
    if not links:
        return links
    return json.dumps([[pseudonym(one, settings) for one in pair] for pair in json.loads(links)])
