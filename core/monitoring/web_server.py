"""Whether the web server of this machine answers, asked as anybody would."""

from __future__ import annotations

import urllib.error
import urllib.request

from core.base.settings import Settings

SECONDS = 8
OK = 200
#: Where one that listens everywhere is asked: by number, since not every container knows a name for it.
HERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "localhost": "127.0.0.1", "::1": "[::1]"}  # noqa: S104


def web_server_answers(settings: Settings) -> bool:
    """Whether ``/healthz`` is answered."""
    host = HERE.get(settings.host, settings.host)
    try:
        address = f"http://{host}:{settings.port}/healthz"
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            return bool(answer.status == OK)
    except (urllib.error.URLError, OSError, ValueError):
        return False
