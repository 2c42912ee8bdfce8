"""Ids of visitors and sessions as whoever asks may see them: a viewer reads a short hash in their place."""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache
from pathlib import Path

from core.base.identity import may
from core.base.settings import Settings, get_settings
from core.security.files import create_private
from core.security.sessions import SECRET_FILE

#: Enough to tell rows of a table apart.
LENGTH = 10


def shown_id(given: str | None, settings: Settings | None = None) -> str:
    """Return an id, or for whoever may see none a hash that only this installation can make."""
    if given is None or may("ids.read"):
        return given or ""
    key = _key(get_settings(settings).data_dir)
    return "#" + hmac.new(key, given.encode(), "sha256").hexdigest()[:LENGTH]


@lru_cache(maxsize=8)
def _key(folder: Path) -> bytes:
    return f"shown ids {create_private(folder / SECRET_FILE, secrets.token_urlsafe(48))}".encode()
