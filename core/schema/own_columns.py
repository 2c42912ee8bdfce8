"""What columns mean that are no field of a session but that well-known tools and data sets bring."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: By their names in small letters, without anything between them.
_MEANINGS = {
    "pagevalues": "Google Analytics' average value of the pages visited, from purchases made after seeing "
    "them; the visit's own may be among these.",
    "bouncerates": "Google Analytics' average share of visits that began on these pages and ended there.",
    "exitrates": "Google Analytics' average share of views of these pages that were a visit's last.",
    "specialday": "How near a day such as Mother's Day is: 0 for no such day, 1 for the nearest.",
    "administrative": "Pages about the visitor's account viewed.",
    "administrativeduration": "Seconds on pages about the visitor's account.",
    "informational": "Pages about the shop viewed, such as contact and addresses.",
    "informationalduration": "Seconds on pages about the shop.",
    "productrelatedduration": "Seconds on pages about products.",
}


def meaning_of(name: str) -> str:
    """Return what a column means; nothing where only the shop knows."""
    return _MEANINGS.get(re.sub(r"[^a-z0-9]", "", name.lower()), "")


def meanings_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return, each once, the columns that sentences begin with and what they mean: "PageValues: …"."""
    names = (match[0] for text in texts if (match := re.match(r"\w+", text)))
    return tuple(f"{name}: {meaning_of(name)}" for name in dict.fromkeys(names) if meaning_of(name))
