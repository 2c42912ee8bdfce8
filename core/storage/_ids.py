"""Ids nobody can guess."""

from __future__ import annotations

import secrets

ID_BYTES = 12


def new_id() -> str:
    """Return an id nobody can guess; it never begins with a dash, which commands take for an option."""
    while not (made := secrets.token_urlsafe(ID_BYTES))[0].isalnum():
        pass
    return made
