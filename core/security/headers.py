"""The headers of every answer: what a browser may run, load and show of it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from hashlib import sha256

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
#: Attributes of a script that needs no hash: it comes from a file, or is data that never runs.
_NOT_INLINE = re.compile(r"\bsrc=|application/json")

FIXED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def inline_hashes(page: str) -> tuple[str, ...]:
    """Return the content-policy hashes of a page's inline scripts."""
    return tuple(
        f"'sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}'"
        for attributes, script in _SCRIPT.findall(page)
        if not _NOT_INLINE.search(attributes)
    )


def content_policy(script_hashes: Iterable[str] = ()) -> str:
    """Return the content policy: everything from this server, scripts only from files or by their hash.

    Styles may stand inline: charts and the grid set them while they run.
    """
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *script_hashes)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def security_headers(*, script_hashes: Iterable[str] = (), https: bool = False) -> dict[str, str]:
    """Return the headers every answer carries, by lower-case name."""
    headers = {**FIXED, "content-security-policy": content_policy(script_hashes)}
    if https:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers
